#pragma once

#include <string>
#include <string_view>

#include "engine/hl7/delimiters.h"

namespace pons::hl7 {

/// Decodes \F\ \S\ \T\ \R\ \E\ \P\ and \Xdd..\ (HL7 v2.5.1 ch. 2.7; \P\ is v2.7). Of formatted text, \.br\, \.sp\ and
/// \.ce\ become line feeds, \.sk5\ spaces; \H\ \N\ (highlighting) and \.in\ \.ti\ \.fi\ \.nf\ say only how it looks and
/// are dropped. Unknown sequences, \C..\ and \M..\ stay as they are: some systems send bare backslashes in Windows
/// paths.
std::string unescape(std::string_view text, const Delimiters& delimiters);

/// The text as one value: delimiters as \F\ \S\ \T\ \R\ \E\ \P\, control characters as \Xdd\. Where MSH-2 has no escape
/// character, each of them becomes a space.
std::string escape(std::string_view text, const Delimiters& delimiters);
/// True when escape() would change the text.
bool needs_escape(std::string_view text, const Delimiters& delimiters);

/// Structured content of a message with the delimiters `from`, written with the delimiters `to`: what was structure
/// stays structure, what was text stays text, control characters are escaped.
std::string redelimit(std::string_view raw, const Delimiters& from, const Delimiters& to);

}  // namespace pons::hl7
