#include "engine/hl7/escape.h"

#include <optional>

#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

constexpr std::string_view kNull = "\"\"";
constexpr int kMaxRepeat = 99;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> hex_bytes(std::string_view digits) {
  if (digits.empty() || digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]), low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

/// The number of `.sp3`, `.sp+3`, `.ti-3` as a count; `otherwise` when there is none, nothing when it is no number.
std::optional<int> repeat_count(std::string_view text, int otherwise) {
  if (text.empty()) return otherwise;
  if (text[0] == '+' || text[0] == '-' || text[0] == ' ') text.remove_prefix(1);
  if (text.empty() || text.size() > 2) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value <= kMaxRepeat ? std::optional(value) : std::nullopt;
}

/// HL7 v2.5.1 ch. 2.7.6.
std::optional<std::string> formatting(std::string_view command) {
  const auto word = command.substr(0, 3);
  const auto rest = command.size() > 3 ? command.substr(3) : std::string_view();
  const auto times = repeat_count(rest, 1);
  if (!times) return std::nullopt;
  const auto n = static_cast<std::size_t>(*times);
  if ((word == ".br" || word == ".ce") && rest.empty()) return "\n";
  if (word == ".sp") return std::string(n, '\n');
  if (word == ".sk") return std::string(n, ' ');
  if (word == ".in" || word == ".ti") return "";
  if ((word == ".fi" || word == ".nf") && rest.empty()) return "";
  return std::nullopt;
}

/// What stands between two escape characters, decoded; nothing when it is no known sequence.
std::optional<std::string> meaning(std::string_view content, const Delimiters& delimiters) {
  if (content.empty()) return std::nullopt;
  if (content[0] == 'X') return hex_bytes(content.substr(1));
  if (content[0] == '.') return formatting(content);
  if (content.size() != 1) return std::nullopt;
  const auto one = [](char c) { return c == 0 ? std::nullopt : std::optional(std::string(1, c)); };
  switch (content[0]) {
    case 'F':
      return one(delimiters.field);
    case 'S':
      return one(delimiters.component);
    case 'T':
      return one(delimiters.subcomponent);
    case 'R':
      return one(delimiters.repetition);
    case 'E':
      return one(delimiters.escape);
    case 'P':
      return one(delimiters.truncation);
    case 'H':
    case 'N':
      return "";
    default:
      return std::nullopt;
  }
}

/// The content of the sequence that the escape character at `at` opens; nothing when none closes it.
std::optional<std::string_view> sequence_at(std::string_view text, std::size_t at, char escape) {
  const auto end = text.find(escape, at + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(at + 1, end - at - 1);
}

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == 0x7f;
}

/// The letter of the sequence that stands for a delimiter, 0 for any other character.
char escape_letter(char c, const Delimiters& delimiters) {
  if (c == 0) return 0;
  if (c == delimiters.field) return 'F';
  if (c == delimiters.component) return 'S';
  if (c == delimiters.subcomponent) return 'T';
  if (c == delimiters.repetition) return 'R';
  if (c == delimiters.escape) return 'E';
  if (c == delimiters.truncation) return 'P';
  return 0;
}

void append_hex(std::string& out, char c, char escape) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.append({escape, 'X', kDigits[byte >> 4], kDigits[byte & 15], escape});
}

void append_text(std::string& out, char c, const Delimiters& delimiters) {
  const char letter = escape_letter(c, delimiters);
  if (letter == 0 && !is_control(c))
    out += c;
  else if (delimiters.escape == 0)
    out += ' ';
  else if (letter != 0)
    out.append({delimiters.escape, letter, delimiters.escape});
  else
    append_hex(out, c, delimiters.escape);
}

/// The same level's delimiter of the other message; 0 when `c` is text or the other message has none.
char counterpart(char c, const Delimiters& from, const Delimiters& to) {
  if (c == from.field) return to.field;
  if (c == from.component) return to.component;
  if (c == from.repetition) return to.repetition;
  if (c == from.subcomponent) return to.subcomponent;
  if (c == from.truncation) return to.truncation;
  return 0;
}

}  // namespace

std::string unescape(std::string_view text, const Delimiters& delimiters) {
  if (delimiters.escape == 0 || find_byte(text, delimiters.escape) == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == delimiters.escape) {
      if (const auto content = sequence_at(text, at, delimiters.escape))
        if (const auto decoded = meaning(*content, delimiters)) {
          out += *decoded;
          at += content->size() + 1;
          continue;
        }
    }
    out += text[at];
  }
  return out;
}

bool needs_escape(std::string_view text, const Delimiters& delimiters) {
  if (text == kNull) return true;
  for (const char c : text)
    if (escape_letter(c, delimiters) != 0 || is_control(c)) return true;
  return false;
}

std::string escape(std::string_view text, const Delimiters& delimiters) {
  if (!needs_escape(text, delimiters)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 8);
  if (text == kNull && delimiters.escape != 0) {
    append_hex(out, '"', delimiters.escape);
    append_hex(out, '"', delimiters.escape);
    return out;
  }
  for (const char c : text == kNull ? std::string_view(" ") : text) append_text(out, c, delimiters);
  return out;
}

std::string redelimit(std::string_view raw, const Delimiters& from, const Delimiters& to) {
  std::string out;
  out.reserve(raw.size() + 8);
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const char c = raw[at];
    if (from.escape == 0 || c != from.escape) {
      if (const char structure = counterpart(c, from, to))
        out += structure;
      else
        append_text(out, c, to);
      continue;
    }
    const auto content = sequence_at(raw, at, from.escape);
    const auto decoded = content ? meaning(*content, from) : std::nullopt;
    if (decoded && to.escape != 0) {
      out.append(1, to.escape).append(*content).append(1, to.escape);
      at += content->size() + 1;
    } else if (decoded) {
      for (const char d : *decoded) append_text(out, d, to);
      at += content->size() + 1;
    } else if (c == to.escape) {
      out += c;  // a bare backslash stays as it came
    } else {
      append_text(out, c, to);
    }
  }
  return out;
}

}  // namespace pons::hl7
