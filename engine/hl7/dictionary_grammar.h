#pragma once

#include <string_view>

#include "engine/hl7/dictionary.h"

namespace pons::hl7 {

/// Reads a structure row's grammar ("MSH [{NTE}] {ORDER(ORC [OBR])}"); its nodes view into the text. Throws
/// std::logic_error: the text is ours.
StructureNode read_grammar(std::string_view name, std::string_view text);

}  // namespace pons::hl7
