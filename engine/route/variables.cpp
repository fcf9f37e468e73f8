#include "engine/route/variables.h"

namespace pons {

namespace {

/// The brace that closes the variable which begins at `start`; a default may hold braces of its own.
std::size_t closing_brace(std::string_view text, std::size_t start) {
  int depth = 0;
  for (std::size_t i = start; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

Filled fill(std::string_view text, const Lookup& lookup) {
  Filled filled;
  while (true) {
    const auto start = text.find("${");
    const auto end = start == std::string_view::npos ? start : closing_brace(text, start + 1);
    if (end == std::string_view::npos) break;
    filled.text += text.substr(0, start);
    const std::string_view inside = text.substr(start + 2, end - start - 2);
    const auto kind_end = inside.find(':');
    const std::string_view kind = inside.substr(0, kind_end);
    const std::string_view rest = kind_end == std::string_view::npos ? "" : inside.substr(kind_end + 1);
    const auto name_end = rest.find(':');
    const std::string_view name = rest.substr(0, name_end);
    if (const auto value = lookup(kind, name); value && !value->empty())
      filled.text += *value;
    else if (name_end != std::string_view::npos)
      filled.text += rest.substr(name_end + 1);
    else if (filled.unset.empty())
      filled.unset = text.substr(start, end - start + 1);
    text.remove_prefix(end + 1);
  }
  filled.text += text;
  return filled;
}

bool holds_text_of_its_own(const Node& secret) {
  const auto nothing = [](std::string_view, std::string_view) { return std::optional<std::string>(); };
  return !fill(secret.text, nothing).text.empty();
}

}  // namespace pons
