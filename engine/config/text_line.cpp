#include "engine/config/text_line.h"

#include <algorithm>

#include "engine/base/text.h"

namespace pons {

namespace {

std::size_t announced_length(unsigned char lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

}  // namespace

std::size_t mark_length(std::string_view text) {
  return text.substr(0, 3) == "\xef\xbb\xbf" ? 3 : 0;
}

TextLine line_at(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  TextLine line;
  line.begin = before == std::string_view::npos ? mark_length(text) : before + 1;
  line.end = std::max(line.begin, std::min(text.find('\n', offset), text.size()));
  if (line.end > line.begin && text[line.end - 1] == '\r') --line.end;
  return line;
}

std::size_t character_length(std::string_view text, std::size_t at) {
  const std::size_t length = announced_length(static_cast<unsigned char>(text[at]));
  return length > 1 && is_utf8(text.substr(at, length)) ? length : 1;
}

bool is_ill_formed(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]) >= 0x80 && character_length(text, at) == 1;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_length(text, at)) ++count;
  return count;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t", at), text.size());
}

}  // namespace pons
