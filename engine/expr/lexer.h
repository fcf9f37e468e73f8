#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pons {

/// Text of an expression, and where each of its characters stands in the scalar of the configuration: what stands
/// inside `text("…{…}")` has escapes before it.
struct ScalarText {
  std::string text;
  std::vector<std::size_t> at;  // one more than the text is long: the last is its end

  static ScalarText whole(std::string text);
  ScalarText sub(std::size_t begin, std::size_t end) const;
};

struct Token {
  enum class Kind { end, word, quoted, open, close, comma, pipe, comparison };

  Kind kind = Kind::end;
  std::size_t begin = 0, end = 0;  // in the scalar
  std::string text;                // of a quoted text without quotes and escapes
  ScalarText content;              // of a quoted text

  bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
};

/// A fault of an expression's form, at characters of the scalar.
struct SyntaxFault {
  std::size_t begin = 0, end = 0;
  std::string message, label;
};

struct Tokens {
  std::vector<Token> all;           // the last is Kind::end
  std::vector<SyntaxFault> faults;  // at most one
};

/// Words are whatever is no sign of the language (LANGUAGE 3, "Words are themselves"): paths with their selectors,
/// numbers, URLs. A URL keeps its `=` signs.
Tokens read_tokens(const ScalarText& excerpt);

/// `else when and or not in matches contains is absent`
bool is_reserved(std::string_view word);

}  // namespace pons
