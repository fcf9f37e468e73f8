#include "engine/hl7/parts.h"

#include <algorithm>

namespace pons::hl7 {

std::optional<std::string_view> part(std::string_view text, char separator, std::size_t number) {
  if (text.empty()) return std::nullopt;
  if (separator == 0) return number == 1 ? std::optional(text) : std::nullopt;
  for (; number > 1; --number) {
    const auto end = text.find(separator);
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find(separator));
}

std::size_t count_parts(std::string_view text, char separator) {
  if (text.empty()) return 0;
  if (separator == 0) return 1;
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), separator)) + 1;
}

std::string with_part(std::string_view text, char separator, std::size_t number, std::string_view content) {
  const auto old = part(text, separator, number);
  if (!old && content.empty()) return std::string(text);
  if (old) {
    const auto at = static_cast<std::size_t>(old->data() - text.data());
    return std::string(text.substr(0, at)).append(content).append(text.substr(at + old->size()));
  }
  const std::size_t have = std::max<std::size_t>(count_parts(text, separator), 1);
  return std::string(text).append(number - have, separator).append(content);
}

}  // namespace pons::hl7
