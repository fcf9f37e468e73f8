#include "engine/base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

namespace pons {

namespace {

constexpr std::size_t kLongestName = 100;  // bytes; no name that could be meant is longer

}  // namespace

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string upper_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  while (true) {
    const auto at = from.empty() ? std::string_view::npos : text.find(from);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    out.append(to);
    text.remove_prefix(at + from.size());
  }
}

std::vector<std::size_t> distances_to_beginnings(std::string_view a, std::string_view b, std::size_t most) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0], nearest = i;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j], replaced = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
      const std::size_t one_more = (above < row[j - 1] ? above : row[j - 1]) + 1;
      row[j] = replaced < one_more ? replaced : one_more;
      nearest = row[j] < nearest ? row[j] : nearest;
      diagonal = above;
    }
    if (nearest > most) return {};
  }
  return row;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  const auto distances = distances_to_beginnings(a, b, most);
  return distances.empty() ? most + 1 : distances.back();
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestName) return {};
  const std::size_t limit = std::max<std::size_t>(2, word.size() / 3);
  const std::string small = lower_ascii(word);
  std::size_t best = limit + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) >= best) continue;  // so many edits at least
    const std::size_t distance = edit_distance(small, lower_ascii(candidate), best - 1);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return best < word.size() ? found : std::string{};
}

bool is_ascii(std::string_view text) {
  std::uint64_t high = 0;
  for (; text.size() >= sizeof high; text.remove_prefix(sizeof high)) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data(), sizeof eight);
    high |= eight;
  }
  for (const char c : text) high |= static_cast<unsigned char>(c);
  return (high & 0x8080808080808080) == 0;
}

bool is_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f))
      return false;
    i += length;
  }
  return true;
}

}  // namespace pons
