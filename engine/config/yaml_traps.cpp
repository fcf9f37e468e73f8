#include "engine/config/yaml_traps.h"

#include <algorithm>
#include <cctype>

#include "engine/base/text.h"
#include "engine/config/text_line.h"

namespace pons {

namespace {

/// Follows an expression's quotes, parentheses and brackets.
class Balance {
 public:
  void take(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (quoted_) {
      escaped_ = c == '\\';
      quoted_ = c != '"';
    } else if (c == '"') {
      quoted_ = true;
    } else {
      parentheses_ = std::max(0, parentheses_ + (c == '(') - (c == ')'));
      brackets_ = std::max(0, brackets_ + (c == '[') - (c == ']'));
    }
  }

  Unclosed state() const {
    if (quoted_) return Unclosed::quotes;
    if (parentheses_ > 0) return Unclosed::parentheses;
    return brackets_ > 0 ? Unclosed::brackets : Unclosed::nothing;
  }

 private:
  bool quoted_ = false, escaped_ = false;
  int parentheses_ = 0, brackets_ = 0;
};

std::string name_of(Unclosed what) {
  if (what == Unclosed::quotes) return "quotes";
  return what == Unclosed::parentheses ? "parentheses" : "brackets";
}

/// The rest of the line as it was meant: a `#` within quotes or brackets belongs to it, one outside begins a comment.
std::string_view meant_value(std::string_view text, std::size_t begin) {
  const std::size_t end = line_at(text, begin).end;
  Balance balance;
  std::size_t at = begin;
  for (; at < end; ++at) {
    const bool is_comment = text[at] == '#' && at > begin && (text[at - 1] == ' ' || text[at - 1] == '\t');
    if (is_comment && balance.state() == Unclosed::nothing) break;
    balance.take(text[at]);
  }
  return trim(text.substr(begin, at - begin));
}

std::string in_single_quotes(std::string_view value) {
  return "'" + replace_all(value, "'", "''") + "'";
}

bool spans_lines(const Span& span) {
  return span.text().find('\n') != std::string_view::npos;
}

std::string cut_help(const Span& value, bool in_flow) {
  const std::string what = "write the whole value in single quotes";
  if (in_flow) return what;
  const std::string_view meant = meant_value(value.source->text, value.begin);
  if (spans_lines(value) || unclosed(meant) != Unclosed::nothing) return "move the comment above the value, or " + what;
  return what + ":  " + in_single_quotes(meant);
}

std::string tag_help(std::string_view value, const std::string& key) {
  const char next = value.size() > 1 ? value[1] : ' ';
  if (next == '!') return "leave the tag out: values are read as they are written";
  const std::string before = key.empty() ? "" : key + ": ";
  if (next != '(' && !std::isalnum(static_cast<unsigned char>(next))) return "\"not\" is a word:  not exists(ZDS)";
  return "write:  " + before + "not " + std::string(value.substr(1));
}

}  // namespace

Unclosed unclosed(std::string_view value) {
  Balance balance;
  for (const char c : value) balance.take(c);
  return balance.state();
}

std::size_t comment_after(const Span& value) {
  const std::string_view text = value.source->text;
  const std::size_t next = skip_blanks(text, value.end);
  return next > value.end && next < text.size() && text[next] == '#' ? next : std::string_view::npos;
}

void refuse_cut_value(const Span& value, std::size_t at, bool in_flow, Findings& findings) {
  findings.error("E0108", {value.source, at, at + 1}, "YAML ends this value at the \"#\"",
                 "a comment starts here, inside your " + name_of(unclosed(value.text())), cut_help(value, in_flow));
}

void refuse_tag(const Source& source, std::size_t at, const std::string& key, bool is_empty, Findings& findings) {
  const std::string_view value = meant_value(source.text, at);
  const std::string tag(value.substr(0, value.find_first_of(" \t")));
  const std::string what = key == "when" ? "condition" : "value";
  const std::string effect = is_empty ? "so this " + what + " is empty" : "not as part of this " + what;
  findings.error("E0107", {&source, at, at + 1}, "YAML read \"" + tag + "\" as a tag, " + effect,
                 "a value cannot begin with \"!\"", tag_help(value, key));
}

void refuse_flow(const Source& source, std::size_t at, char open, Findings& findings) {
  const bool is_map = open == '{';
  const std::string found(source.text.substr(at, character_length(source.text, at)));
  const std::string around = is_map ? "{ }" : "[ ]";
  findings.error(
      "E0109", {&source, at, at + found.size()}, "YAML ends this value at the \"" + found + "\"",
      "within " + around + " it belongs to YAML, not to the value",
      is_map ? "use one line per key, without { }" : "use one line per value, each after \"- \", without [ ]");
}

bool refuse_tab(const Source& source, std::size_t at, Findings& findings) {
  const std::string_view text = source.text;
  const std::size_t begin = text.find_last_not_of(" \t-?", at == 0 ? std::string_view::npos : at - 1);
  if (at == 0 || (begin != std::string_view::npos && text[begin] != '\n' && begin >= mark_length(text))) return false;
  const std::size_t start = line_at(text, at).begin;
  const std::size_t tab = text.substr(0, at).find('\t', start);
  if (tab == std::string_view::npos) return false;
  findings.error("E0102", {&source, tab, tab + 1}, "this line is indented with a tab", "a tab stands here",
                 "indent with blanks, two for each level");
  return true;
}

}  // namespace pons
