#include "engine/config/source.h"

#include <algorithm>

namespace pons {

namespace {

/// Bytes that begin a character of UTF-8.
bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

}  // namespace

Position Span::position() const {
  if (!source) return {};
  const std::string_view before = std::string_view(source->text).substr(0, std::min(begin, source->text.size()));
  const auto line_start = before.rfind('\n');
  const std::string_view line = line_start == std::string_view::npos ? before : before.substr(line_start + 1);
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<std::size_t>(std::count_if(line.begin(), line.end(), begins_character)) + 1};
}

std::string_view Span::text() const {
  if (!source || begin > source->text.size()) return {};
  return std::string_view(source->text).substr(begin, end - begin);
}

std::string Span::where() const {
  return source ? source->path + ':' + std::to_string(position().line) : std::string();
}

}  // namespace pons
