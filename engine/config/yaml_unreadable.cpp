#include "engine/config/yaml_unreadable.h"

#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/base/text.h"
#include "engine/config/text_line.h"
#include "engine/config/yaml_dialect.h"
#include "engine/config/yaml_traps.h"

namespace pons {

namespace {

namespace msg = YAML::ErrorMsg;

constexpr const char* kWordCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-_";

struct Giving {
  const Source& source;
  std::string_view text;
  std::size_t at;
  const std::string& message;
  const Reached& reached;
  TextLine line;  // of `at`

  Span span(std::size_t begin, std::size_t end) const { return {&source, begin, std::max(begin, end)}; }
  Span here() const { return span(at, std::min(at + 1, line.end)); }
  Span rest_of_line() const { return span(std::max(at, line.begin), line.end); }
  char character() const { return at < text.size() ? text[at] : '\n'; }
  std::string_view before() const { return text.substr(line.begin, std::max(at, line.begin) - line.begin); }
  std::string_view up_to() const { return text.substr(line.begin, std::max(at + 1, line.begin) - line.begin); }
  bool says(std::string_view what) const { return message.substr(0, what.size()) == what; }
};

using Reason = bool (*)(const Giving&, Findings&);

bool is_open_flow(const Giving& giving) {
  return giving.reached.flow.has_value();
}

bool tab(const Giving& giving, Findings& findings) {
  const std::size_t word = giving.text.find_first_not_of(" \t-?", giving.line.begin);
  return refuse_tab(giving.source, std::min(word, giving.line.end), findings);
}

/// `x: "M" when PID-8 = M`
bool left_over_after_quote(const Giving& giving, Findings& findings) {
  if (!giving.reached.last || !giving.reached.last_is_quoted || is_open_flow(giving)) return false;
  const Span quoted = *giving.reached.last;
  const std::size_t rest = skip_blanks(giving.text, quoted.end);
  if (giving.at < quoted.end || giving.line.begin > quoted.begin || rest >= giving.line.end) return false;
  if (giving.character() == ':' && giving.at == rest) return false;
  const std::string_view inside = quoted.text().substr(1, quoted.text().size() - 2);
  const bool is_word = !inside.empty() && inside.find_first_not_of(kWordCharacters) == std::string_view::npos;
  const std::string value = is_word ? std::string(inside) : "text(\"" + std::string(inside) + "\")";
  const std::string key(trim(giving.text.substr(giving.line.begin, quoted.begin - giving.line.begin)));
  const std::string_view left = giving.text.substr(rest, giving.line.end - rest);
  const std::string_view tail = trim(left.substr(0, left.find(" #")));
  findings.error("E0101", giving.span(rest, rest + tail.size()), "YAML ends this value at its closing quote",
                 "this is left over: a value must not start with a quote",
                 "words need no quotes; write:  " + key + " " + value + " " + std::string(tail));
  return true;
}

bool sharing(const Giving& giving, Findings& findings) {
  static const std::array kMessages = {msg::ANCHOR_NOT_FOUND, msg::CHAR_IN_ANCHOR,   msg::MULTIPLE_ANCHORS,
                                       msg::ALIAS_NOT_FOUND,  msg::CHAR_IN_ALIAS,    msg::MULTIPLE_ALIASES,
                                       msg::ALIAS_CONTENT,    msg::AMBIGUOUS_ANCHOR, msg::UNKNOWN_ANCHOR};
  if (!std::any_of(kMessages.begin(), kMessages.end(), [&](const char* m) { return giving.says(m); })) return false;
  const auto sign = giving.up_to().find_last_of("&*");
  if (sign == std::string_view::npos) return false;
  const std::size_t at = giving.line.begin + sign;
  refuse_sharing(giving.span(at, at + 1), giving.text[at] == '&' ? "an anchor" : "an alias", findings);
  return true;
}

bool tag(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::CHAR_IN_TAG_HANDLE) && !giving.says(msg::TAG_WITH_NO_SUFFIX) &&
      !giving.says(msg::END_OF_VERBATIM_TAG) && !giving.says(msg::MULTIPLE_TAGS))
    return false;
  const auto sign = giving.up_to().find('!');
  if (sign == std::string_view::npos) return false;
  refuse_tag(giving.source, giving.line.begin + sign, {}, true, findings);
  return true;
}

/// `{x: PID-3[5=MR].1}`, or a bracket that is never closed.
bool flow(const Giving& giving, Findings& findings) {
  if (!is_open_flow(giving)) return false;
  const std::size_t open = *giving.reached.flow;
  const bool is_same_line = open >= giving.line.begin && open < giving.line.end;
  if (is_same_line && giving.at > open && giving.at < giving.line.end) {
    const std::size_t bracket = giving.text.rfind('[', giving.at);
    const bool is_alias = giving.says(msg::ALIAS_NOT_FOUND) && bracket != std::string_view::npos;
    refuse_flow(giving.source, is_alias ? bracket : giving.at, giving.text[open], findings);
    return true;
  }
  refuse_open_bracket(giving.source, open, findings);
  return true;
}

/// The colon with a blank behind it that ends a key.
std::size_t key_colon(std::string_view line) {
  return std::min(line.find(": "), line.find(":\t"));
}

bool second_colon(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::MAP_VALUE) || giving.character() != ':') return false;
  const auto first = key_colon(giving.before());
  if (first == std::string_view::npos) return false;
  const std::size_t value = skip_blanks(giving.text, giving.line.begin + first + 1);
  const std::string key(trim(giving.before().substr(0, first)));
  const std::string whole = replace_all(giving.text.substr(value, giving.line.end - value), "'", "''");
  findings.error("E0101", giving.here(), "this line has a second \": \", so YAML takes the value for a key",
                 "within a value, a colon with a blank after it", "write:  " + key + ": '" + whole + "'");
  return true;
}

/// The last line above that is neither blank nor a comment.
std::optional<TextLine> line_above(const Giving& giving) {
  for (TextLine line = giving.line; line.begin > mark_length(giving.text);) {
    line = line_at(giving.text, line.begin - 1);
    const std::string_view content = trim(giving.text.substr(line.begin, line.end - line.begin));
    if (!content.empty() && content.front() != '#') return line;
  }
  return std::nullopt;
}

bool is_key_line(std::string_view content) {
  return key_colon(content) != std::string_view::npos || content.back() == ':';
}

bool line_without_colon(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::MAP_VALUE)) return false;
  const auto above = line_above(giving);
  if (!above) return false;
  const std::size_t begin = skip_blanks(giving.text, above->begin);
  const std::string_view content = giving.text.substr(begin, above->end - begin);
  if (is_key_line(content) || content.front() == '-') return false;
  refuse_missing_colon(giving.span(begin, above->end), findings);
  return true;
}

bool key_under_value(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::MAP_VALUE) || !line_above(giving)) return false;
  const std::size_t word = skip_blanks(giving.text, giving.line.begin);
  findings.error("E0101", giving.span(word, giving.at), "there cannot be a key here",
                 "the line above already has a value",
                 "give this line the indentation of the line it belongs beside, or the line above no value");
  return true;
}

bool list_in_line(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::BLOCK_ENTRY)) return false;
  findings.error("E0101", giving.here(), "a list cannot start here", "a value cannot begin with \"- \"",
                 "write each \"- \" on a line of its own, below its key");
  return true;
}

bool question_mark(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::MAP_KEY) || giving.character() != '?') return false;
  findings.error("E0101", giving.here(), "YAML reads \"? \" as the start of a key", "a value cannot begin with \"?\"",
                 "put the value in single quotes");
  return true;
}

/// yaml-cpp gives up at the end of the file, or at a line with --- or ..., far from the quote.
bool open_quote(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::EOF_IN_SCALAR) && !giving.says(msg::DOC_IN_SCALAR)) return false;
  std::size_t at = giving.reached.last ? giving.reached.last->end : 0;
  while ((at = giving.text.find_first_of("\"'#", at)) != std::string_view::npos && giving.text[at] == '#')
    at = line_at(giving.text, at).end;
  if (at == std::string_view::npos) return false;
  refuse_open_quote(giving.source, at, findings);
  return true;
}

bool stray_bracket(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::FLOW_END)) return false;
  findings.error("E0101", giving.here(), "this bracket closes nothing", "",
                 "take it out, or put the value in single quotes");
  return true;
}

bool reserved_character(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::UNKNOWN_TOKEN)) return false;
  const std::string sign(1, giving.character());
  const std::string rest = replace_all(giving.text.substr(giving.at, giving.line.end - giving.at), "'", "''");
  findings.error("E0101", giving.here(), "YAML keeps \"" + sign + "\" for itself",
                 "a value cannot begin with \"" + sign + "\"", "put the value in single quotes:  '" + rest + "'");
  return true;
}

bool block_sign(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::CHAR_IN_BLOCK)) return false;
  const auto sign = giving.before().find_last_of("|>");
  if (sign == std::string_view::npos) return false;
  const std::size_t at = giving.line.begin + sign;
  const std::string shown(1, giving.text[at]);
  findings.error("E0101", giving.span(at, at + 1), "YAML reads \"" + shown + "\" here as the start of a text block",
                 "a value cannot begin with \"" + shown + "\"", "begin with a field, a name, a word or a function");
  return true;
}

bool escape(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::INVALID_ESCAPE) && !giving.says(msg::INVALID_HEX) && !giving.says(msg::INVALID_UNICODE))
    return false;
  const auto sign = giving.text.rfind('\\', std::min(giving.at, giving.text.size() - 1));
  const std::size_t begin = sign == std::string_view::npos ? giving.at : sign;
  findings.error("E0101", giving.span(begin, std::min(begin + 2, giving.text.size())), "YAML does not know this escape",
                 "within \"…\" a backslash begins an escape", "in single quotes a backslash is itself");
  return true;
}

bool item_among_keys(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::END_OF_MAP) || giving.character() != '-') return false;
  findings.error("E0101", giving.rest_of_line(), "a list item stands among keys", "",
                 "give the line the same indentation as the other items of its list");
  return true;
}

bool key_among_items(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::END_OF_SEQ)) return false;
  findings.error("E0101", giving.rest_of_line(), "this is no item of the list above", "",
                 "begin the line with \"- \", or give it the indentation of the keys that it belongs beside");
  return true;
}

bool indentation(const Giving& giving, Findings& findings) {
  if (!giving.says(msg::END_OF_MAP)) return false;
  findings.error("E0101", giving.rest_of_line(), "this line belongs to nothing above", "",
                 "give the line the same indentation as the keys that it belongs beside");
  return true;
}

constexpr std::array<Reason, 18> kReasons = {tab,
                                             left_over_after_quote,
                                             flow,
                                             sharing,
                                             tag,
                                             second_colon,
                                             line_without_colon,
                                             list_in_line,
                                             question_mark,
                                             open_quote,
                                             stray_bracket,
                                             reserved_character,
                                             block_sign,
                                             escape,
                                             item_among_keys,
                                             key_among_items,
                                             indentation,
                                             key_under_value};

}  // namespace

void refuse_missing_colon(const Span& line, Findings& findings) {
  const bool has_colon = line.text().find(':') != std::string_view::npos;
  findings.error("E0101", line, "this line is no key with a value",
                 has_colon ? "the blank after the colon is missing" : "the colon after the key is missing",
                 "write:  key: value");
}

void refuse_open_quote(const Source& source, std::size_t begin, Findings& findings) {
  const std::string quote(1, source.text[begin]);
  findings.error("E0101", {&source, begin, begin + 1}, "this quote is never closed",
                 "no matching " + quote + " behind it", "close it, or write the value without quotes");
}

void refuse_open_bracket(const Source& source, std::size_t begin, Findings& findings) {
  const bool is_map = source.text[begin] == '{';
  const std::string bracket(1, source.text[begin]);
  findings.error("E0101", {&source, begin, begin + 1}, "the \"" + bracket + "\" that starts here is never closed",
                 is_map ? "no matching \"}\"" : "no matching \"]\"",
                 is_map ? "use one line per key, without { }" : "use one line per value, each after \"- \"");
}

void refuse_unreadable(const Source& source, std::size_t at, const std::string& message, const Reached& reached,
                       Findings& findings) {
  const std::size_t place = std::min(at, source.text.size());
  const Giving giving{source, source.text, place, message, reached, line_at(source.text, place)};
  for (const Reason reason : kReasons)
    if (reason(giving, findings)) return;
  findings.error("E0101", giving.here(), "YAML cannot read this: " + message);
}

}  // namespace pons
