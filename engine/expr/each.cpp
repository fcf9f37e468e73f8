#include <algorithm>

#include "engine/expr/evaluate.h"
#include "engine/expr/parser.h"
#include "engine/expr/resolve.h"
#include "engine/expr/tree.h"

namespace pons {

namespace {

bool is_variable(std::string_view word) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !word.empty() && good(word[0]) && !is_reserved(word) &&
         std::all_of(word.begin(), word.end(), [&](char c) { return good(c) || (c >= '0' && c <= '9'); });
}

/// Where the list begins in `id in PID-3[*]`; nothing when it does not have that form.
std::optional<std::size_t> list_begin(const std::string& text, std::string& variable) {
  const auto first = text.find_first_not_of(' ');
  const auto end = text.find(' ', first);
  if (first == std::string::npos || end == std::string::npos) return {};
  const auto in = text.find_first_not_of(' ', end);
  if (in == std::string::npos || text.compare(in, 3, "in ") != 0) return {};
  variable = text.substr(first, end - first);
  return is_variable(variable) ? std::optional(in + 3) : std::nullopt;
}

}  // namespace

std::optional<Each> Each::compile(const Node& scalar, const Vocabulary& vocabulary, Findings& findings) {
  Compilation compilation{scalar, vocabulary, findings};
  Each each;
  const auto begin = scalar.is_scalar() ? list_begin(scalar.text, each.variable_) : std::nullopt;
  if (!begin) {
    compilation.error("E0210", 0, scalar.text.size(), "a loop names its variable and what it walks",
                      "write id in PID-3[*]");
    return {};
  }
  const ScalarText whole = ScalarText::whole(scalar.text);
  auto root = parse_expression(whole.sub(*begin, scalar.text.size()), compilation);
  if (!root || !resolve(*root, Expected::segment, compilation)) return {};
  auto tree = std::make_shared<Expr::Tree>();
  tree->node = scalar;
  tree->root = std::move(*root);
  if (tree->root.kind == Term::Kind::extract) tree->paths.push_back(tree->root.extract.path);
  Expr list;
  list.tree_ = std::move(tree);
  each.list_ = std::make_shared<const Expr>(std::move(list));
  return each;
}

Vocabulary Each::inside(const Vocabulary& outside) const {
  Vocabulary inner = outside;
  inner.names[variable_] = {};
  inner.loops.erase(variable_);
  const Term& root = list_->tree_->root;
  if (root.kind == Term::Kind::extract || root.kind == Term::Kind::loop) inner.loops[variable_] = root.extract.path;
  return inner;
}

Result<std::vector<Value>> Each::items(const Scope& scope) const {
  const Term& root = list_->tree_->root;
  if (root.kind == Term::Kind::extract) return read_all(root.extract, scope, true);
  if (root.kind == Term::Kind::loop) return read_loop(root, scope, true);
  const auto value = list_->value(scope);
  if (!value) return value.fault();
  if (!value->has_value()) return std::vector<Value>();
  return value->kind() == Value::Kind::list ? value->items() : std::vector<Value>{*value};
}

}  // namespace pons
