#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pons::hl7 {

/// Where the nth (1-based) of such bytes stands, from `from` on; std::string_view::npos: nowhere.
std::size_t find_byte(std::string_view text, char byte, std::size_t from = 0, std::size_t nth = 1);

/// The `number`th (1-based) part between separators; nothing when the text ends before it. Without a separator (0) the
/// text is one part. An empty text has no parts.
std::optional<std::string_view> part(std::string_view text, char separator, std::size_t number);
std::size_t count_parts(std::string_view text, char separator);

/// The text with that part replaced, and with as many separators as it needs. Emptying a part that does not exist
/// leaves the text alone.
std::string with_part(std::string_view text, char separator, std::size_t number, std::string_view content);

}  // namespace pons::hl7
