#include <algorithm>
#include <charconv>

#include "engine/expr/evaluate.h"

namespace pons {

namespace {

using Kind = Term::Kind;

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

/// Negative, 0 or positive: by number when both are numbers, else as texts.
int order_of(const std::string& left, const std::string& right) {
  const auto a = number_of(left), b = number_of(right);
  if (!a || !b) return left.compare(right);
  return *a < *b ? -1 : *a > *b ? 1 : 0;
}

bool contains(const Value& left, const std::string& right) {
  if (left.kind() != Value::Kind::list) return left.as_text().find(right) != std::string::npos;
  return std::any_of(left.items().begin(), left.items().end(),
                     [&](const Value& item) { return item.as_text() == right; });
}

bool compare(Term::Operator compare, const Value& left, const Value& right) {
  using Operator = Term::Operator;
  if (left.is_absent() || right.is_absent())
    return compare == Operator::not_equal && left.is_absent() != right.is_absent();
  switch (compare) {
    case Operator::equal:
      return left.as_text() == right.as_text();
    case Operator::not_equal:
      return left.as_text() != right.as_text();
    case Operator::contains:
      return contains(left, right.as_text());
    case Operator::less:
      return order_of(left.as_text(), right.as_text()) < 0;
    case Operator::at_most:
      return order_of(left.as_text(), right.as_text()) <= 0;
    case Operator::greater:
      return order_of(left.as_text(), right.as_text()) > 0;
    case Operator::at_least:
      return order_of(left.as_text(), right.as_text()) >= 0;
  }
  return false;
}

Result<bool> comparison(const Term& term, const Evaluation& evaluation) {
  const auto left = value_of(term.parts[0], evaluation);
  if (!left) return left.fault();
  const auto right = value_of(term.parts[1], evaluation);
  if (!right) return right.fault();
  return compare(term.compare, *left, *right);
}

Result<bool> fit(const Term& term, const Evaluation& evaluation) {
  const auto left = value_of(term.parts[0], evaluation);
  if (!left) return left.fault();
  if (!left->has_value()) return false;
  const auto fits = term.pattern->fits(left->as_text());
  if (!fits) return evaluation.fault(term, fits.fault().text, left->path(), fits.fault().code);
  return *fits;
}

Result<bool> membership(const Term& term, const Evaluation& evaluation) {
  const auto left = value_of(term.parts[0], evaluation);
  if (!left) return left.fault();
  if (left->is_absent()) return false;
  const std::string text = left->as_text();
  for (std::size_t i = 1; i < term.parts.size(); ++i) {
    const auto candidate = value_of(term.parts[i], evaluation);
    if (!candidate) return candidate.fault();
    if (!candidate->is_absent() && candidate->as_text() == text) return true;
  }
  return false;
}

/// `and` of all parts; `or` is the same with what is wanted turned round.
Result<bool> both(const Term& term, const Evaluation& evaluation, bool wanted) {
  for (const Term& part : term.parts) {
    const auto each = holds(part, evaluation);
    if (!each) return each.fault();
    if (*each != wanted) return !wanted;
  }
  return wanted;
}

Result<bool> absence(const Term& term, const Evaluation& evaluation) {
  const auto value = value_of(term.parts[0], evaluation);
  if (!value) return value.fault();
  return value->is_absent();
}

Result<bool> negation(const Term& term, const Evaluation& evaluation) {
  const auto inner = holds(term.parts[0], evaluation);
  if (!inner) return inner.fault();
  return !*inner;
}

}  // namespace

Result<bool> holds(const Term& term, const Evaluation& evaluation) {
  switch (term.kind) {
    case Kind::either:
      return both(term, evaluation, false);
    case Kind::both:
      return both(term, evaluation, true);
    case Kind::negation:
      return negation(term, evaluation);
    case Kind::comparison:
      return comparison(term, evaluation);
    case Kind::fit:
      return fit(term, evaluation);
    case Kind::membership:
      return membership(term, evaluation);
    case Kind::absence:
      return absence(term, evaluation);
    default:
      break;
  }
  const auto value = value_of(term, evaluation);
  if (!value) return value.fault();
  return value->holds();
}

}  // namespace pons
