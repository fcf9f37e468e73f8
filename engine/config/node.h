#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/finding.h"
#include "engine/config/source.h"

namespace pons {

/// One node of a YAML file with its place. Scalars keep the text that YAML gives, never retyped: `NO`, `001` and `1E5`
/// are themselves.
struct Node {
  enum class Kind { scalar, list, map };
  struct Entry;

  Kind kind = Kind::scalar;
  Span span;                   // a scalar: from its first to its last character, quotes included
  std::string text;            // of a scalar
  bool quoted = false;         // of a scalar: '…' or "…"
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the order written; keys are unique scalars

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// An entry's value; null when there is none.
  const Node* find(std::string_view key) const;
  /// An entry's key, for its place; null when there is none.
  const Node* key(std::string_view key) const;
  /// The place of `text[begin, end)` of a scalar, also within quotes and over several lines.
  Span part(std::size_t begin, std::size_t end) const;
};

struct Node::Entry {
  Node key, value;
};

/// Reads one YAML document of the route language's subset through yaml-cpp's events. Findings, and no node: tabs,
/// duplicate keys, anchors, aliases, tags, merge keys, several documents, over 64 levels or 100,000 nodes, over 1 MB,
/// text that is not UTF-8, and whatever yaml-cpp itself cannot read (LANGUAGE 3, "YAML traps").
/// `source` must outlive the node.
std::optional<Node> parse_yaml(const Source& source, Findings& findings);

/// One finding for each key of `map` that is not in `known`, with the nearest one to suggest.
void refuse_unknown_keys(const Node& map, const std::vector<std::string>& known, Findings& findings);

/// What a key says that takes one of these words; "" where it is not there. E0403 and "" for any other word.
std::string one_word_of(const Node& map, const char* key, const std::vector<std::string>& words, Findings& findings);

}  // namespace pons
