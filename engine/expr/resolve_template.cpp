#include "engine/expr/parser.h"
#include "engine/expr/resolve.h"

namespace pons {

namespace {

/// The closing brace of an expression, which may hold quoted texts; npos when there is none.
std::size_t closing_brace(std::string_view text, std::size_t from) {
  bool quoted = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == '}' && !quoted)
      return i;
  }
  return std::string_view::npos;
}

Term constant(std::string text) {
  Term term;
  term.kind = Term::Kind::constant;
  term.constant = Value::text(text);
  term.text = std::move(text);
  return term;
}

/// `{{` and `}}` stand for a brace.
class TemplateReader {
 public:
  TemplateReader(const ScalarText& content, Compilation& compilation)
      : content_(content), text_(content.text), compilation_(compilation) {}

  bool read(std::vector<Term>& parts) {
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const char c = text_[at];
      const bool doubled = at + 1 < text_.size() && text_[at + 1] == c;
      if ((c == '{' || c == '}') && doubled) {
        plain_ += c;
        ++at;
      } else if (c != '{') {
        plain_ += c;
      } else if (!read_expression(at, parts)) {
        return false;
      }
    }
    end_plain(parts);
    return true;
  }

 private:
  /// Leaves `at` on the closing brace.
  bool read_expression(std::size_t& at, std::vector<Term>& parts) {
    const auto end = closing_brace(text_, at + 1);
    if (end == std::string_view::npos)
      return fail(at, at + 1, "this brace is not closed", "write } after the expression, or {{ for the character");
    if (text_.find_first_not_of(' ', at + 1) == end)
      return fail(at, end + 1, "here is no expression", "write a path between the braces, or {{ for the character");
    auto term = parse_expression(content_.sub(at + 1, end), compilation_);
    if (!term || !resolve(*term, Expected::value, compilation_)) return false;
    end_plain(parts);
    parts.push_back(std::move(*term));
    at = end;
    return true;
  }

  void end_plain(std::vector<Term>& parts) {
    if (!plain_.empty()) parts.push_back(constant(std::move(plain_)));
    plain_.clear();
  }

  bool fail(std::size_t begin, std::size_t end, const char* message, const char* label) {
    compilation_.error("E0210", content_.at[begin], content_.at[end], message, label);
    return false;
  }

  const ScalarText& content_;
  std::string_view text_;
  Compilation& compilation_;
  std::string plain_;
};

bool is_constant(const std::vector<Term>& parts) {
  return parts.empty() || (parts.size() == 1 && parts[0].kind == Term::Kind::constant);
}

}  // namespace

bool resolve_template(Term& call, Compilation& compilation) {
  std::vector<Term> parts;
  if (!TemplateReader(call.parts[0].content, compilation).read(parts)) return false;
  if (is_constant(parts)) {
    call.kind = Term::Kind::constant;
    call.text = parts.empty() ? std::string() : parts[0].text;
    call.constant = Value::text(call.text);
    parts.clear();
  } else {
    call.kind = Term::Kind::template_;
  }
  call.parts = std::move(parts);
  return true;
}

}  // namespace pons
