#include "engine/expr/lexer.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace pons {

namespace {

using Kind = Token::Kind;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kLongest = 8'000;  // bytes of an expression; what is compiled takes some hundred times as much
constexpr std::string_view kSigns = "(),|\"=!<>";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_capital_or_digit(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z');
}

/// `PID-3` of `PID-3(0)-1`, which counts from 0 as HAPI's Terser does: never a function, whose names are small.
bool is_begun_path(std::string_view word) {
  return word.size() >= 3 && word[0] >= 'A' && word[0] <= 'Z' &&
         std::all_of(word.begin(), word.begin() + 3, is_capital_or_digit) &&
         std::all_of(word.begin() + 3, word.end(), [](char c) { return is_digit(c) || is_one_of(c, "-.()"); });
}

/// What other languages write, and what is written here.
struct Foreign {
  std::string_view sign, ours;
};
constexpr std::array kForeign{Foreign{"==", "write = for equality"}, Foreign{"&&", "write and"},
                              Foreign{"||", "write or"}, Foreign{"<>", "write != for inequality"}};

class Lexer {
 public:
  explicit Lexer(const ScalarText& excerpt) : excerpt_(excerpt), text_(excerpt.text) {}

  Tokens read() {
    if (text_.size() > kLongest)
      fail(kLongest, text_.size(), "this expression is longer than " + std::to_string(kLongest) + " bytes",
           "from here on: write many codes as a table, long rules as a script");
    while (tokens_.faults.empty() && skip_blanks()) read_token();
    add(Kind::end, at_, at_);
    return std::move(tokens_);
  }

 private:
  bool skip_blanks() {
    while (at_ < text_.size() && is_one_of(text_[at_], kBlanks)) ++at_;
    return at_ < text_.size();
  }

  void read_token() {
    const auto rest = text_.substr(at_);
    for (const Foreign& foreign : kForeign)
      if (rest.starts_with(foreign.sign))
        return fail(at_, at_ + 2, "\"" + std::string(foreign.sign) + "\" is not of this language", foreign.ours);
    if (text_[at_] == '"') return read_quoted();
    if (text_[at_] == '\'') return fail(at_, at_ + 1, "a text does not begin with '", "write \"…\"");
    if (text_[at_] == '{')
      return fail(at_, at_ + 1, "braces have a meaning only inside text(\"…\")", "write the expression without them");
    if (is_one_of(text_[at_], kSigns)) return read_sign();
    read_word();
  }

  void read_sign() {
    switch (text_[at_]) {
      case '(':
        return add(Kind::open, at_, at_ + 1);
      case ')':
        return add(Kind::close, at_, at_ + 1);
      case ',':
        return add(Kind::comma, at_, at_ + 1);
      case '|':
        return add(Kind::pipe, at_, at_ + 1);
      default:
        break;
    }
    const bool is_double = at_ + 1 < text_.size() && text_[at_ + 1] == '=' && text_[at_] != '=';
    if (text_[at_] == '!' && !is_double)
      return fail(at_, at_ + 1, "\"!\" is not of this language", "write not, or != for inequality");
    add(Kind::comparison, at_, at_ + (is_double ? 2 : 1));
  }

  void read_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && goes_on(begin)) {
      if (text_[at_] == '[' && !skip_brackets()) return;
      ++at_;
    }
    add(Kind::word, begin, at_);
  }

  bool goes_on(std::size_t begin) {
    const char c = text_[at_];
    const auto word = text_.substr(begin, at_ - begin);
    if (is_one_of(c, kBlanks)) return false;
    if (c == '=' && word.find("://") != std::string_view::npos) return true;
    if (c == ',' && is_tag(begin)) return true;
    if (c == '(' && is_begun_path(word)) return skip_zero_based();
    return !is_one_of(c, kSigns);
  }

  /// `.0040,0100`: a DICOM tag as a member of a name.
  bool is_tag(std::size_t begin) const {
    if (at_ < begin + 5 || text_[at_ - 5] != '.' || at_ + 4 >= text_.size()) return false;
    const auto before = text_.substr(at_ - 4, 4), after = text_.substr(at_ + 1, 4);
    return std::all_of(before.begin(), before.end(), is_hex) && std::all_of(after.begin(), after.end(), is_hex);
  }

  /// Leaves `at_` on the closing parenthesis of `(0)`.
  bool skip_zero_based() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end == at_ + 1 || end >= text_.size() || text_[end] != ')') return false;
    at_ = end;
    return true;
  }

  /// Leaves `at_` on the closing bracket.
  bool skip_brackets() {
    const std::size_t open = at_;
    bool quoted = false;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quoted && at_ + 1 < text_.size()) {
        ++at_;
      } else if (text_[at_] == '"') {
        quoted = !quoted;
      } else if (text_[at_] == ']' && !quoted) {
        return true;
      }
    }
    fail(open, open + 1, "\"[\" is not closed", "write ] to end the selector, such as PID-3[5 = MR]");
    return false;
  }

  void read_quoted() {
    const std::size_t begin = at_++;
    ScalarText content;
    while (at_ < text_.size() && text_[at_] != '"') {
      content.at.push_back(excerpt_.at[at_]);
      content.text += read_character();
    }
    if (at_ >= text_.size()) return fail(begin, begin + 1, "this text is not closed", "write \" at its end");
    content.at.push_back(excerpt_.at[at_]);
    ++at_;
    add(Kind::quoted, begin, at_);
    tokens_.all.back().text = content.text;
    tokens_.all.back().content = std::move(content);
  }

  /// `\n \t \" \\`; any other backslash is itself, as in "\d+".
  char read_character() {
    const char c = text_[at_++];
    if (c != '\\' || at_ >= text_.size()) return c;
    switch (text_[at_]) {
      case 'n':
        ++at_;
        return '\n';
      case 't':
        ++at_;
        return '\t';
      case '"':
      case '\\':
        return text_[at_++];
      default:
        return c;
    }
  }

  void add(Kind kind, std::size_t begin, std::size_t end) {
    Token token{kind, excerpt_.at[begin], excerpt_.at[end], std::string(text_.substr(begin, end - begin)), {}};
    tokens_.all.push_back(std::move(token));
    at_ = end;
  }

  void fail(std::size_t begin, std::size_t end, std::string message, std::string_view label) {
    tokens_.faults.push_back(
        {excerpt_.at[begin], excerpt_.at[std::min(end, text_.size())], std::move(message), std::string(label)});
  }

  const ScalarText& excerpt_;
  std::string_view text_;
  std::size_t at_ = 0;
  Tokens tokens_;
};

}  // namespace

ScalarText ScalarText::whole(std::string text) {
  ScalarText out{std::move(text), {}};
  out.at.resize(out.text.size() + 1);
  std::iota(out.at.begin(), out.at.end(), 0);
  return out;
}

ScalarText ScalarText::sub(std::size_t begin, std::size_t end) const {
  return {text.substr(begin, end - begin),
          {at.begin() + static_cast<std::ptrdiff_t>(begin), at.begin() + static_cast<std::ptrdiff_t>(end) + 1}};
}

Tokens read_tokens(const ScalarText& excerpt) {
  return Lexer(excerpt).read();
}

bool is_reserved(std::string_view word) {
  constexpr std::array<std::string_view, 10> kReserved{"else", "when",    "and",      "or", "not",
                                                       "in",   "matches", "contains", "is", "absent"};
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

}  // namespace pons
