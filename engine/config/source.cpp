#include "engine/config/source.h"

#include <algorithm>

#include "engine/config/text_line.h"

namespace pons {

Position Span::position() const {
  if (!source) return {};
  const std::string_view all = source->text;
  const std::size_t at = std::min(begin, all.size());
  const std::size_t start = line_at(all, at).begin;
  Position position;
  position.line +=
      static_cast<std::size_t>(std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  if (at > start) position.column += count_characters(all.substr(start, at - start));
  return position;
}

std::string_view Span::text() const {
  if (!source || begin >= source->text.size() || end <= begin) return {};
  return std::string_view(source->text).substr(begin, end - begin);
}

std::string Span::where() const {
  return source ? source->path + ":" + std::to_string(position().line) : std::string{};
}

}  // namespace pons
