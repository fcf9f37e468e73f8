#include "engine/expr/parser.h"

#include <array>
#include <utility>

namespace pons {

namespace {

using Kind = Token::Kind;
using Parsed = std::optional<Term>;

constexpr std::size_t kDeepest = 64;

struct Comparison {
  std::string_view sign;
  Term::Operator compare;
};
constexpr std::array kComparisons{
    Comparison{"=", Term::Operator::equal},          Comparison{"!=", Term::Operator::not_equal},
    Comparison{"<", Term::Operator::less},           Comparison{"<=", Term::Operator::at_most},
    Comparison{">", Term::Operator::greater},        Comparison{">=", Term::Operator::at_least},
    Comparison{"contains", Term::Operator::contains}};

/// Recursive descent: a function for each line of the grammar, the loosest binding first.
class Parser {
 public:
  Parser(const ScalarText& excerpt, Compilation& compilation)
      : compilation_(compilation), tokens_(read_tokens(excerpt)) {}

  Parsed parse() {
    if (!tokens_.faults.empty()) return fail(tokens_.faults.front());
    if (next().kind == Kind::end)
      return fail(next().begin, next().end, "here is no expression", "write a path, a word or text(\"…\")");
    Parsed term = parse_otherwise();
    if (term && next().kind != Kind::end) return fail_after();
    return term;
  }

 private:
  const Token& next() const { return tokens_.all[at_]; }
  const Token& previous() const { return tokens_.all[at_ == 0 ? 0 : at_ - 1]; }
  bool take(Kind kind) {
    if (next().kind != kind) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!next().is_word(word)) return false;
    ++at_;
    return true;
  }

  std::nullopt_t fail(std::size_t begin, std::size_t end, std::string message, std::string label) {
    if (!compilation_.failed) compilation_.error("E0210", begin, end, std::move(message), std::move(label));
    return std::nullopt;
  }
  std::nullopt_t fail(const SyntaxFault& fault) { return fail(fault.begin, fault.end, fault.message, fault.label); }

  std::nullopt_t fail_after() {
    const Token& token = next();
    if (token.kind == Kind::close)
      return fail(token.begin, token.end, "this ) closes nothing", "write ( before it or drop it");
    if (token.kind == Kind::comparison || token.is_word("matches") || token.is_word("contains"))
      return fail(token.begin, token.end, "a comparison has two sides", "write and, and the next comparison");
    const std::string what = token.kind == Kind::quoted ? "a text" : "\"" + token.text + "\"";
    return fail(token.begin, token.end, what + " is not expected here",
                "write else, when, and, or, a comparison or | before it; a text with spaces is text(\"…\")");
  }

  template <class... Terms>
  static std::vector<Term> list(Terms... terms) {
    std::vector<Term> out;
    out.reserve(sizeof...(terms));
    (out.push_back(std::move(terms)), ...);
    return out;
  }

  Term joined(Term::Kind kind, std::size_t begin, std::vector<Term> parts) const {
    Term term;
    term.kind = kind;
    term.begin = begin;
    term.end = previous().end;
    term.parts = std::move(parts);
    return term;
  }

  /// part (word part)*
  template <class Part>
  Parsed parse_chain(std::string_view word, Term::Kind kind, Part part) {
    const std::size_t begin = next().begin;
    Parsed first = part();
    if (!first || !next().is_word(word)) return first;
    std::vector<Term> parts;
    parts.push_back(std::move(*first));
    while (take_word(word)) {
      Parsed more = part();
      if (!more) return more;
      parts.push_back(std::move(*more));
    }
    return joined(kind, begin, std::move(parts));
  }

  Parsed parse_otherwise() {
    if (++depth_ > kDeepest)
      return fail(next().begin, next().end, "this expression is too deep", "use fewer parentheses");
    Parsed term = parse_chain("else", Term::Kind::otherwise, [this] { return parse_guarded(); });
    --depth_;
    return term;
  }

  Parsed parse_guarded() {
    const std::size_t begin = next().begin;
    Parsed value = parse_either();
    if (!value || !take_word("when")) return value;
    Parsed condition = parse_either();
    if (!condition) return condition;
    return joined(Term::Kind::guarded, begin, list(std::move(*value), std::move(*condition)));
  }

  Parsed parse_either() {
    return parse_chain("or", Term::Kind::either, [this] { return parse_both(); });
  }
  Parsed parse_both() {
    return parse_chain("and", Term::Kind::both, [this] { return parse_negation(); });
  }

  Parsed parse_negation() {
    const std::size_t begin = next().begin;
    bool negated = false, any = false;
    while (take_word("not")) {
      negated = !negated;
      any = true;
    }
    Parsed term = parse_comparison();
    if (!term || !any) return term;
    Term negation = joined(Term::Kind::negation, begin, list(std::move(*term)));
    if (negated) return negation;
    return joined(Term::Kind::negation, begin, list(std::move(negation)));
  }

  Parsed parse_comparison() {
    const std::size_t begin = next().begin;
    Parsed left = parse_pipe();
    if (!left) return left;
    if (take_word("is")) return parse_absence(begin, std::move(*left));
    if (take_word("in")) return parse_membership(begin, std::move(*left));
    if (next().is_word("not")) return parse_not_in(begin, std::move(*left));
    if (take_word("matches")) return parse_right(begin, std::move(*left), Term::Kind::fit, Term::Operator::equal);
    for (const Comparison& comparison : kComparisons)
      if ((next().kind == Kind::comparison || next().kind == Kind::word) && next().text == comparison.sign) {
        ++at_;
        return parse_right(begin, std::move(*left), Term::Kind::comparison, comparison.compare);
      }
    return left;
  }

  Parsed parse_right(std::size_t begin, Term left, Term::Kind kind, Term::Operator compare) {
    Parsed right = parse_pipe();
    if (!right) return right;
    Term term = joined(kind, begin, list(std::move(left), std::move(*right)));
    term.compare = compare;
    return term;
  }

  Parsed parse_absence(std::size_t begin, Term left) {
    const bool negated = take_word("not");
    if (!take_word("absent")) {
      const Token& token = next().kind == Kind::end ? previous() : next();
      return fail(token.begin, token.end, "after is comes absent or not absent",
                  token.is_word("null") ? "for HL7 \"\" write is_null(…)" : "for a comparison write =");
    }
    return negated_if(negated, joined(Term::Kind::absence, begin, list(std::move(left))));
  }

  Parsed parse_not_in(std::size_t begin, Term left) {
    const Token& word = next();
    ++at_;
    if (!take_word("in"))
      return fail(word.begin, word.end, "not stands before a comparison, or before in",
                  "write and not, or X not in (A, B)");
    Parsed term = parse_membership(begin, std::move(left));
    return term ? negated_if(true, std::move(*term)) : term;
  }

  Term negated_if(bool negated, Term term) const {
    const std::size_t begin = term.begin;
    return negated ? joined(Term::Kind::negation, begin, list(std::move(term))) : term;
  }

  Parsed parse_membership(std::size_t begin, Term left) {
    const Token& in = previous();
    if (!take(Kind::open)) return fail(in.begin, in.end, "in has a list in parentheses", "write in (A, B)");
    std::vector<Term> parts;
    parts.push_back(std::move(left));
    do {
      Parsed candidate = parse_pipe();
      if (!candidate) return candidate;
      parts.push_back(std::move(*candidate));
    } while (take(Kind::comma));
    if (!take(Kind::close)) return fail_open(in);
    return joined(Term::Kind::membership, begin, std::move(parts));
  }

  std::nullopt_t fail_open(const Token& open) {
    if (next().kind == Kind::end)
      return fail(open.begin, open.end, "the parenthesis after this is not closed", "write ) at its end");
    return fail(next().begin, next().end, "here a , or ) is missing", "write a comma between two values");
  }

  Parsed parse_pipe() {
    const std::size_t begin = next().begin;
    Parsed value = parse_atom();
    std::size_t pipes = 0;
    while (value && take(Kind::pipe)) {
      const Token& name = next();
      if (++pipes > kDeepest) return fail(name.begin, name.end, "these are too many functions", "write a script");
      if (name.kind != Kind::word || is_reserved(name.text)) {
        const Token& at = name.kind == Kind::end ? previous() : name;
        return fail(at.begin, at.end, "after | comes a function", "such as | trim or | lookup(sex)");
      }
      ++at_;
      std::vector<Term> arguments;
      arguments.push_back(std::move(*value));
      if (next().kind == Kind::open && !parse_arguments(arguments)) return std::nullopt;
      value = call(name, begin, std::move(arguments));
    }
    return value;
  }

  Term call(const Token& name, std::size_t begin, std::vector<Term> arguments) const {
    Term term = joined(Term::Kind::call, begin, std::move(arguments));
    term.text = name.text;
    term.name_begin = name.begin;
    term.name_end = name.end;
    return term;
  }

  bool parse_arguments(std::vector<Term>& arguments) {
    const Token& open = next();
    ++at_;
    if (take(Kind::close)) return true;
    do {
      Parsed argument = parse_otherwise();
      if (!argument) return false;
      arguments.push_back(std::move(*argument));
    } while (take(Kind::comma));
    if (take(Kind::close)) return true;
    if (next().kind == Kind::end)
      fail(open.begin, open.end, "this parenthesis is not closed", "write ) at its end");
    else
      fail_open(open);
    return false;
  }

  Parsed parse_atom() {
    const Token& token = next();
    if (token.kind == Kind::open) return parse_parentheses();
    if (token.kind == Kind::quoted) return leaf(token);
    if (token.kind != Kind::word) return fail_missing();
    if (token.text != "absent" && is_reserved(token.text)) return fail_reserved(token);
    if (token.text == "absent" || tokens_.all[at_ + 1].kind != Kind::open) return leaf(token);
    ++at_;
    std::vector<Term> arguments;
    if (!parse_arguments(arguments)) return std::nullopt;
    return call(token, token.begin, std::move(arguments));
  }

  Parsed leaf(const Token& token) {
    ++at_;
    Term term = joined(token.text == "absent" && token.kind == Kind::word ? Term::Kind::absent : Term::Kind::word,
                       token.begin, {});
    term.text = token.text;
    term.is_quoted = token.kind == Kind::quoted;
    term.content = token.content;
    return term;
  }

  Parsed parse_parentheses() {
    const Token& open = next();
    ++at_;
    std::vector<Term> parts;
    do {
      Parsed part = parse_otherwise();
      if (!part) return part;
      parts.push_back(std::move(*part));
    } while (take(Kind::comma));
    if (!take(Kind::close)) {
      if (next().kind == Kind::end)
        return fail(open.begin, open.end, "this parenthesis is not closed", "write ) at its end");
      return fail_after();
    }
    if (parts.size() == 1) return std::move(parts.front());
    return joined(Term::Kind::tuple, open.begin, std::move(parts));
  }

  std::nullopt_t fail_missing() {
    const Token& token = next();
    if (token.kind != Kind::end)
      return fail(token.begin, token.end, "before \"" + token.text + "\" a value is missing",
                  "write a path, a word or text(\"…\")");
    return fail(previous().begin, previous().end, "after \"" + previous().text + "\" a value is missing",
                "write a path, a word or text(\"…\")");
  }

  std::nullopt_t fail_reserved(const Token& token) {
    if (!compilation_.failed)
      compilation_.error("E0226", token.begin, token.end,
                         "\"" + token.text + "\" is a word of the language, not a value",
                         "write text(\"" + token.text + "\") for the word");
    return std::nullopt;
  }

  Compilation& compilation_;
  Tokens tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<Term> parse_expression(const ScalarText& excerpt, Compilation& compilation) {
  return Parser(excerpt, compilation).parse();
}

}  // namespace pons
