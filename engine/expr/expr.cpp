#include "engine/expr/expr.h"

#include <algorithm>

#include "engine/expr/evaluate.h"
#include "engine/expr/parser.h"
#include "engine/expr/resolve.h"
#include "engine/expr/tree.h"

namespace pons {

namespace {

void collect_paths(const Term& term, std::vector<hl7::Path>& paths) {
  if (term.kind == Term::Kind::extract && std::find(paths.begin(), paths.end(), term.extract.path) == paths.end())
    paths.push_back(term.extract.path);
  for (const Term& part : term.parts) collect_paths(part, paths);
}

bool require_scalar(const Node& node, Findings& findings) {
  if (node.is_scalar()) return true;
  findings.error("E0210", node.span, "here comes an expression, not a " + std::string(node.is_list() ? "list" : "map"),
                 "write a path, a word or text(\"…\")");
  return false;
}

}  // namespace

std::optional<Expr> Expr::compile(const Node& scalar, const Vocabulary& vocabulary, Findings& findings) {
  if (!require_scalar(scalar, findings)) return {};
  Compilation compilation{scalar, vocabulary, findings};
  auto root = parse_expression(ScalarText::whole(scalar.text), compilation);
  if (!root || !resolve(*root, Expected::value, compilation)) return {};
  auto tree = std::make_shared<Tree>();
  tree->node = scalar;
  tree->root = std::move(*root);
  collect_paths(tree->root, tree->paths);
  Expr out;
  out.tree_ = std::move(tree);
  return out;
}

Expr Expr::constant(std::string text) {
  auto tree = std::make_shared<Tree>();
  tree->node.text = text;
  tree->root.kind = Term::Kind::constant;
  tree->root.end = text.size();
  tree->root.constant = Value::text(text);
  tree->root.text = std::move(text);
  Expr out;
  out.tree_ = std::move(tree);
  return out;
}

Result<Value> Expr::value(const Scope& scope) const {
  return value_of(tree_->root, {scope, tree_->node});
}

Result<bool> Expr::holds(const Scope& scope) const {
  return pons::holds(tree_->root, {scope, tree_->node});
}

std::string Expr::why_not(const Scope& scope) const {
  return pons::why_not(tree_->root, {scope, tree_->node});
}

const Span& Expr::span() const {
  return tree_->node.span;
}

std::string Expr::text() const {
  return tree_->node.text;
}

const std::vector<hl7::Path>& Expr::paths() const {
  return tree_->paths;
}

std::optional<std::string> Expr::constant_text() const {
  if (tree_->root.kind != Term::Kind::constant) return {};
  return tree_->root.text;
}

std::optional<hl7::Path> Expr::as_path() const {
  if (tree_->root.kind != Term::Kind::extract || tree_->root.extract.received) return {};
  return tree_->root.extract.path;
}

std::optional<std::string> Expr::as_name() const {
  if (tree_->root.kind != Term::Kind::name) return {};
  return tree_->node.text;
}

}  // namespace pons
