#include "engine/config/scalar_place.h"

#include <algorithm>
#include <string>

#include "engine/config/text_line.h"

namespace pons {

namespace {

/// Where the lines of a block scalar begin, and by how much they are indented.
struct BlockLines {
  std::size_t begin = 0, indent = 0;
};

std::size_t next_line(std::string_view source, std::size_t at) {
  const std::size_t line_end = source.find('\n', at);
  return line_end == std::string_view::npos ? source.size() : line_end + 1;
}

bool is_break(std::string_view source, std::size_t at) {
  return at < source.size() && (source[at] == '\n' || (source[at] == '\r' && source.substr(at, 2) == "\r\n"));
}

bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::size_t indentation(std::string_view source, std::size_t line) {
  return std::min(source.find_first_not_of(' ', line), source.size()) - line;
}

bool is_blank_line(std::string_view source, std::size_t line) {
  const std::size_t first = skip_blanks(source, line);
  return first >= source.size() || is_break(source, first);
}

/// The digit of `|2`, `>-4`; 0 without one.
std::size_t explicit_indent(std::string_view source, std::size_t begin) {
  for (std::size_t at = begin + 1; at < source.size() && at < begin + 3; ++at)
    if (source[at] >= '1' && source[at] <= '9') return static_cast<std::size_t>(source[at] - '0');
  return 0;
}

std::size_t first_content(std::string_view source, std::size_t line) {
  while (line < source.size() && is_blank_line(source, line)) line = next_line(source, line);
  return line;
}

/// From what the first line's indentation left in the text: an explicit indent leaves blanks there.
BlockLines block_lines(std::string_view source, std::size_t begin, std::string_view text) {
  BlockLines lines{next_line(source, begin), 0};
  const std::size_t content = first_content(source, lines.begin);
  const std::size_t kept = text.substr(std::min(text.find_first_not_of('\n'), text.size())).find_first_not_of(' ');
  const std::size_t all = content < source.size() ? indentation(source, content) : 0;
  lines.indent = kept == std::string_view::npos || kept > all ? all : all - kept;
  return lines;
}

/// Goes through source and text together and notes where each byte of the text stands.
class Walk {
 public:
  Walk(std::string_view source, std::size_t begin, std::string_view text)
      : source_(source), text_(text), at_(begin), style_(begin < source.size() ? source[begin] : ' ') {
    places_.reserve(text.size() + 1);
    if (is_block()) enter_block(begin);
    if (is_quoted()) ++at_;
  }

  std::size_t to_end() {
    while (places_.size() < text_.size() && at_ < source_.size()) step();
    return std::min(at_, source_.size());
  }

  std::vector<std::size_t> places() && { return std::move(places_); }

 private:
  bool is_block() const { return style_ == '|' || style_ == '>'; }
  bool is_quoted() const { return style_ == '"' || style_ == '\''; }

  void enter_block(std::size_t begin) {
    const BlockLines lines = block_lines(source_, begin, text_);
    indent_ = lines.indent;
    at_ = lines.begin;
    skip_indent();
  }

  void skip_indent() { at_ += std::min(indent_, indentation(source_, at_)); }

  void step() {
    if (is_block()) return block_step();
    if (is_white(source_[at_])) return white_step();
    if (style_ == '"' && source_[at_] == '\\') return escape_step();
    if (style_ == '\'' && source_.substr(at_, 2) == "''") return note(1, 2);
    note(1, 1);
  }

  void block_step() {
    if (!is_break(source_, at_)) return note(1, 1);
    const char want = text_[places_.size()];
    if (want == '\n' || want == ' ') note(1, 0);
    at_ = next_line(source_, at_);
    skip_indent();
  }

  /// Blanks stand for themselves, unless a line ends there: then all up to the next character is one blank, or one
  /// line end less than was written.
  void white_step() {
    const std::size_t run = skip_blanks(source_, at_);
    if (!is_break(source_, run)) {
      while (at_ < run && places_.size() < text_.size()) note(1, 1);
      at_ = run;
      return;
    }
    std::size_t end = at_, breaks = 0;
    for (; end < source_.size() && is_white(source_[end]); ++end) breaks += source_[end] == '\n' ? 1 : 0;
    note(std::max<std::size_t>(breaks - 1, 1), end - at_);
  }

  void escape_step() {
    if (is_break(source_, at_ + 1)) {
      at_ = skip_blanks(source_, next_line(source_, at_));
      return;
    }
    const char letter = at_ + 1 < source_.size() ? source_[at_ + 1] : ' ';
    const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    note(escaped_bytes(), 2 + digits);
  }

  /// UTF-8 bytes that the escape at at_ gave the text.
  std::size_t escaped_bytes() const { return character_length(text_, places_.size()); }

  void note(std::size_t text_bytes, std::size_t source_bytes) {
    for (; text_bytes > 0 && places_.size() < text_.size(); --text_bytes) places_.push_back(at_);
    at_ += source_bytes;
  }

  std::string_view source_, text_;
  std::size_t at_;
  char style_;  // the first character: a quote, `|`, `>`, or that of a plain scalar
  std::size_t indent_ = 0;
  std::vector<std::size_t> places_;
};

bool ends_block(std::string_view source, std::size_t line, std::size_t indent) {
  return !is_blank_line(source, line) && indentation(source, line) < indent;
}

}  // namespace

std::size_t plain_end(std::string_view source, std::size_t begin, std::string_view text) {
  return Walk(source, begin, text).to_end();
}

std::optional<std::size_t> quoted_end(std::string_view source, std::size_t begin) {
  const char quote = source[begin];
  for (std::size_t at = begin + 1; at < source.size(); ++at) {
    if (source[at] == '\\' && quote == '"') {
      ++at;
    } else if (source[at] == quote) {
      if (quote == '"' || source.substr(at, 2) != "''") return at + 1;
      ++at;
    }
  }
  return std::nullopt;
}

std::size_t block_end(std::string_view source, std::size_t begin, int parent) {
  const std::size_t outer = static_cast<std::size_t>(parent + 1);  // the least indentation that is inside
  const std::size_t first = first_content(source, next_line(source, begin));
  std::size_t end = line_at(source, begin).end;
  if (first >= source.size()) return end;
  const std::size_t digit = explicit_indent(source, begin);
  const std::size_t top = static_cast<std::size_t>(std::max(parent, 0));
  const std::size_t indent = digit > 0 ? top + digit : indentation(source, first);
  if (indent < outer) return end;
  for (std::size_t line = first; line < source.size() && !ends_block(source, line, indent);
       line = next_line(source, line))
    if (!is_blank_line(source, line)) end = line_at(source, line).end;
  return end;
}

std::vector<std::size_t> text_places(std::string_view source, std::size_t begin, std::size_t end,
                                     std::string_view text) {
  const std::size_t last = std::min(end, source.size());
  Walk walk(source.substr(0, last), begin, text);
  const std::size_t reached = walk.to_end();
  std::vector<std::size_t> places = std::move(walk).places();
  places.resize(text.size(), last);
  places.push_back(reached);
  return places;
}

}  // namespace pons
