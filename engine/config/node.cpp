#include "engine/config/node.h"

#include <algorithm>

#include "engine/base/text.h"

namespace pons {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Length of an escape of a double-quoted scalar, from its backslash.
std::size_t escape_length(std::string_view source, std::size_t at) {
  switch (at + 1 < source.size() ? source[at + 1] : '\0') {
    case 'x':
      return 4;
    case 'u':
      return 6;
    case 'U':
      return 10;
    default:
      return 2;
  }
}

/// Walks a scalar's source beside the text that YAML made of it: where in the source stands text[target]?
std::size_t place_of(const Node& scalar, std::size_t target) {
  const std::string_view source = scalar.span.source->text;
  const char quote = scalar.quoted && scalar.span.begin < source.size() ? source[scalar.span.begin] : '\0';
  const bool is_quote = quote == '"' || quote == '\'';
  std::size_t at = scalar.span.begin + (is_quote ? 1 : 0);
  for (std::size_t i = 0; i < target && at < scalar.span.end; ++i) {
    const bool folded = is_blank(scalar.text[i]) && is_blank(source[at]);
    if (folded) {
      const bool last_of_fold = i + 1 >= scalar.text.size() || !is_blank(scalar.text[i + 1]);
      ++at;
      while (last_of_fold && at < scalar.span.end && is_blank(source[at])) ++at;
    } else if (quote == '"' && source[at] == '\\') {
      at += escape_length(source, at);
    } else {
      at += quote == '\'' && source[at] == '\'' ? 2 : 1;
    }
  }
  return std::min(at, scalar.span.end);
}

}  // namespace

const Node* Node::find(std::string_view wanted) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& each) { return each.first.text == wanted; });
  return found == entries.end() ? nullptr : &found->second;
}

const Node* Node::key(std::string_view wanted) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& each) { return each.first.text == wanted; });
  return found == entries.end() ? nullptr : &found->first;
}

Span Node::part(std::size_t begin, std::size_t end) const {
  if (!span.source) return span;
  const std::size_t first = place_of(*this, begin);
  return {span.source, first, std::max(first, place_of(*this, end))};
}

void refuse_unknown_keys(const Node& map, const std::vector<std::string>& known, Findings& findings) {
  for (const auto& [key, value] : map.entries) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    const std::string near = nearest(key.text, known);
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : "  ") + each;
    findings.error("E0111", key.span, "there is no key \"" + key.text + "\" here",
                   near.empty() ? "" : "did you mean " + near + "?", "there is:  " + list);
  }
}

}  // namespace pons
