#include "engine/config/node.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/config/scalar_place.h"

namespace pons {

namespace {

const Node::Entry* entry(const Node& map, std::string_view key) {
  const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                  [&](const auto& candidate) { return candidate.key.text == key; });
  return found == map.entries.end() ? nullptr : &*found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void refuse_key(const Node& key, const std::vector<std::string>& known, Findings& findings) {
  const std::string near = nearest(key.text, known);
  const std::string label = near.empty() ? "" : "did you mean " + near + "?";
  const std::string help = near.empty() ? "the keys known here are:  " + joined(known) : "";
  findings.error("E0111", key.span, "there is no key \"" + key.text + "\" here", label, help);
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto* found = entry(*this, key);
  return found ? &found->value : nullptr;
}

const Node* Node::key(std::string_view key) const {
  const auto* found = entry(*this, key);
  return found ? &found->key : nullptr;
}

Span Node::part(std::size_t begin, std::size_t end) const {
  if (!span.source || !is_scalar()) return span;
  begin = std::min(begin, text.size());
  end = std::clamp(end, begin, text.size());
  if (span.text() == text) return {span.source, span.begin + begin, span.begin + end};
  const auto places = text_places(span.source->text, span.begin, span.end, text);
  return {span.source, places[begin], std::max(places[begin], places[end])};
}

void refuse_unknown_keys(const Node& map, const std::vector<std::string>& known, Findings& findings) {
  std::size_t refused = 0;
  for (const auto& [key, value] : map.entries) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    refuse_key(key, known, findings);
    if (++refused == kEnoughFindings) return;
  }
}

std::string one_word_of(const Node& map, const char* key, const std::vector<std::string>& words, Findings& findings) {
  const Node* node = map.find(key);
  if (!node) return {};
  if (std::find(words.begin(), words.end(), node->text) != words.end()) return node->text;
  std::string list;
  for (const std::string& each : words) list += (list.empty() ? "" : " | ") + each;
  const std::string near = nearest(node->text, words);
  findings.error("E0403", node->span, "\"" + node->text + "\" is no value of " + key + ":",
                 near.empty() ? "" : "did you mean " + near + "?", "write:  " + list);
  return {};
}

}  // namespace pons
