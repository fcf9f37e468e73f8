#include "engine/hl7/dictionary_grammar.h"

#include <stdexcept>
#include <string>

namespace pons::hl7 {
namespace {

bool is_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text) {}

  std::vector<StructureNode> nodes() {
    std::vector<StructureNode> found;
    while (next() != '\0' && next() != ')') {
      if (next() == ' ')
        ++at_;
      else
        found.push_back(node());
    }
    return found;
  }
  bool is_at_end() const { return at_ == text_.size(); }

 private:
  StructureNode node() {
    const bool optional = skip('[');
    const bool repeats = skip('{');
    StructureNode found = skip('<') ? choice() : segment_or_group();
    if (repeats) expect('}');
    if (optional) expect(']');
    found.required = !optional;
    found.repeats = repeats;
    return found;
  }

  StructureNode segment_or_group() {
    StructureNode found;
    found.name = name();
    if (!skip('(')) return found;
    found.children = nodes();
    expect(')');
    return found;
  }

  StructureNode choice() {
    StructureNode found;
    found.is_choice = true;
    const std::size_t first = at_;
    do found.children.push_back({name(), true, false, {}});
    while (skip('|'));
    found.name = text_.substr(first, at_ - first);
    expect('>');
    return found;
  }

  std::string_view name() {
    const std::size_t first = at_;
    while (is_name(next())) ++at_;
    if (at_ == first) fail();
    return text_.substr(first, at_ - first);
  }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool skip(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!skip(c)) fail();
  }
  [[noreturn]] void fail() const {
    throw std::logic_error("no message structure at character " + std::to_string(at_) + ": " + std::string(text_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

StructureNode read_grammar(std::string_view name, std::string_view text) {
  Grammar grammar(text);
  StructureNode root{name, true, false, grammar.nodes()};
  if (!grammar.is_at_end()) throw std::logic_error("a bracket too many: " + std::string(text));
  return root;
}

}  // namespace pons::hl7
