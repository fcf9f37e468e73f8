#pragma once

#include <cstddef>
#include <string_view>

namespace pons {

/// The line around a byte, without its line end (LF or CRLF) and without the file's byte-order mark.
struct TextLine {
  std::size_t begin = 0, end = 0;  // bytes, end not included
};

/// `offset` past the end of the text gives the last line.
TextLine line_at(std::string_view text, std::size_t offset);

/// 3 when the text begins with a UTF-8 byte-order mark, else 0.
std::size_t mark_length(std::string_view text);

/// Bytes of the UTF-8 character at `at`; 1 for an ill-formed byte.
std::size_t character_length(std::string_view text, std::size_t at);
bool is_ill_formed(std::string_view text, std::size_t at);
std::size_t count_characters(std::string_view text);

/// From `at` past blanks and tabs of the same line.
std::size_t skip_blanks(std::string_view text, std::size_t at);

}  // namespace pons
