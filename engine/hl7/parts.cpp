#include "engine/hl7/parts.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace pons::hl7 {

// Delimiters stand close together, where a call of memchr costs more than what it saves: the first bytes are looked at
// eight at a time. Where the byte stands the difference is zero, and only there does adding 0x7f to the low seven bits
// leave the high bit clear.
std::size_t find_byte(std::string_view text, char byte, std::size_t from, std::size_t nth) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t kOnes = 0x0101010101010101, kLows = 0x7f7f7f7f7f7f7f7f;
  constexpr std::size_t kNear = 128;
  const std::uint64_t pattern = kOnes * static_cast<unsigned char>(byte);
  const std::size_t near = text.size() - from < kNear ? text.size() : from + kNear;
  if (from >= text.size()) return std::string_view::npos;
  for (; from + sizeof pattern <= near; from += sizeof pattern) {
    std::uint64_t difference;
    std::memcpy(&difference, text.data() + from, sizeof difference);
    difference ^= pattern;
    std::uint64_t hits = ~(((difference & kLows) + kLows) | difference | kLows);
    for (; hits != 0; hits &= hits - 1)
      if (--nth == 0) return from + static_cast<std::size_t>(std::countr_zero(hits)) / 8;
  }
  if (text.size() - from > sizeof pattern) {
    std::size_t at = text.find(byte, from);
    for (; nth > 1 && at != std::string_view::npos; --nth) at = text.find(byte, at + 1);
    return at;
  }
  for (; from < text.size(); ++from)
    if (text[from] == byte && --nth == 0) return from;
  return std::string_view::npos;
}

std::optional<std::string_view> part(std::string_view text, char separator, std::size_t number) {
  if (text.empty()) return std::nullopt;
  if (separator == 0) return number == 1 ? std::optional(text) : std::nullopt;
  if (number > 1) {
    const auto end = find_byte(text, separator, 0, number - 1);
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, find_byte(text, separator));
}

std::size_t count_parts(std::string_view text, char separator) {
  if (text.empty()) return 0;
  if (separator == 0) return 1;
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), separator)) + 1;
}

std::string with_part(std::string_view text, char separator, std::size_t number, std::string_view content) {
  const auto old = part(text, separator, number);
  if (!old && content.empty()) return std::string(text);
  std::string out;
  if (old) {
    const auto at = static_cast<std::size_t>(old->data() - text.data());
    out.reserve(text.size() - old->size() + content.size());
    return out.append(text.substr(0, at)).append(content).append(text.substr(at + old->size()));
  }
  const std::size_t missing = number - std::max<std::size_t>(count_parts(text, separator), 1);
  out.reserve(text.size() + missing + content.size());
  return out.append(text).append(missing, separator).append(content);
}

}  // namespace pons::hl7
