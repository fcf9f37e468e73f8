#include "engine/config/excerpt.h"

#include <algorithm>
#include <string_view>

#include "engine/config/text_line.h"

namespace pons {

namespace {

constexpr std::size_t kWidest = 160;  // characters of a line shown whole
constexpr std::size_t kBefore = 60;   // characters before the span when a line is cut
constexpr std::string_view kCut = "…";
constexpr std::string_view kUnshowable = "\xef\xbf\xbd";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string showable(std::string_view text, std::size_t at) {
  if (text[at] == '\t') return " ";
  if (is_control(text[at]) || is_ill_formed(text, at)) return std::string(kUnshowable);
  return std::string(text.substr(at, character_length(text, at)));
}

/// Characters [from, to) of a line.
std::string shown(std::string_view line, std::size_t from, std::size_t to) {
  std::string out;
  std::size_t index = 0;
  for (std::size_t at = 0; at < line.size() && index < to; at += character_length(line, at), ++index)
    if (index >= from) out += showable(line, at);
  return out;
}

}  // namespace

Excerpt excerpt(const Span& span) {
  const std::string_view all = span.source->text;
  const TextLine place = line_at(all, span.begin);
  const std::string_view line = all.substr(place.begin, place.end - place.begin);
  const std::size_t begin = std::clamp(span.begin, place.begin, place.end) - place.begin;
  const std::size_t end = std::clamp(span.end, place.begin + begin, place.end) - place.begin;

  const std::size_t length = count_characters(line);
  const std::size_t first = count_characters(line.substr(0, begin));
  const std::size_t last = first + count_characters(line.substr(begin, end - begin));
  const std::size_t from = length > kWidest && first > kBefore ? first - kBefore : 0;
  const std::size_t to = length > kWidest ? std::min(length, from + kWidest) : length;

  Excerpt out;
  out.line = shown(line, from, to);
  if (from > 0) out.line.insert(0, kCut);
  if (to < length) out.line += kCut;
  out.column = first - from + (from > 0 ? 1 : 0);
  out.width = std::max<std::size_t>(1, std::min(last, to) - std::min(first, to));
  return out;
}

}  // namespace pons
