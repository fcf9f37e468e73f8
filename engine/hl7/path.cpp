#include "engine/hl7/path.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/text.h"

namespace pons::hl7 {
namespace {

constexpr int kMaxNumber = 99999;

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

/// Reads one path from left to right. Every function leaves the rest in `rest_`.
class PathReader {
 public:
  explicit PathReader(std::string_view text) : whole_(text), rest_(text) {}

  Result<Path> read() {
    if (!read_segment()) return *fault_;
    if (!read_selector(path_.occurrence, true)) return *fault_;
    if (rest_.empty()) return std::move(path_);
    if (!take('-') && !take('.')) return fail("write - and a field number, such as PID-5");
    if (!read_number(path_.field, "a field number")) return *fault_;
    if (!read_selector(path_.repetition, false)) return *fault_;
    if (!read_part(path_.component, "a component number")) return *fault_;
    if (!read_part(path_.subcomponent, "a subcomponent number")) return *fault_;
    if (!rest_.empty()) return fail("a path ends after the subcomponent");
    return std::move(path_);
  }

 private:
  Fault fail(const std::string& what) {
    fault_ = refused("\"" + std::string(whole_) + "\" is no path: column " +
                     std::to_string(whole_.size() - rest_.size() + 1) + ": " + what);
    return *fault_;
  }
  bool failed(const std::string& what) {
    fail(what);
    return false;
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  bool read_segment() {
    if (rest_.size() < 3 || !is_upper(rest_[0])) return failed("write a segment's name, such as PID");
    for (const char c : rest_.substr(0, 3))
      if (!is_upper(c) && !is_digit(c)) return failed("a segment's name is three capitals or digits, such as PID");
    path_.segment = rest_.substr(0, 3);
    rest_.remove_prefix(3);
    return true;
  }

  bool read_number(int& number, const char* what) {
    const auto from = rest_;
    int value = 0;
    while (!rest_.empty() && is_digit(rest_[0]) && value <= kMaxNumber) {
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (value >= 1 && value <= kMaxNumber) {
      number = value;
      return true;
    }
    rest_ = from;
    return failed(std::string("write ") + what + ", counted from 1");
  }

  bool read_part(int& number, const char* what) {
    if (rest_.empty() || (!take('.') && !take('-'))) return true;
    return read_number(number, what);
  }

  /// `(0)` counts from 0, as HAPI's Terser and Mirth do.
  bool read_zero_based(Selector& selector) {
    int value = 0;
    bool any = false;
    while (!rest_.empty() && is_digit(rest_[0]) && value < kMaxNumber) {
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
      any = true;
    }
    if (!any || value >= kMaxNumber) return failed("write a number counted from 0 in parentheses, or use [1]");
    if (!take(')')) return failed("write ) after the number");
    selector.kind = Selector::Kind::number;
    selector.number = value + 1;
    return true;
  }

  bool read_selector(Selector& selector, bool of_segment) {
    if (take('(')) return read_zero_based(selector);
    if (!take('[')) return true;
    skip_blanks();
    if (!read_choice(selector, of_segment)) return false;
    skip_blanks();
    if (!take(']')) return failed("write ] to end the selector");
    return true;
  }

  bool read_choice(Selector& selector, bool of_segment) {
    using Kind = Selector::Kind;
    if (take('*')) return choose(selector, Kind::all);
    if (take('+')) return choose(selector, Kind::next);
    if (rest_.starts_with("last")) {
      rest_.remove_prefix(4);
      return choose(selector, Kind::last);
    }
    if (is_plain_number()) {
      selector.kind = Kind::number;
      return read_number(selector.number, "a number");
    }
    selector.kind = Kind::where;
    return read_condition(selector.where, of_segment);
  }

  static bool choose(Selector& selector, Selector::Kind kind) {
    selector.kind = kind;
    return true;
  }

  bool is_plain_number() const {
    const auto end = rest_.find_first_not_of("0123456789 ");
    return end != std::string_view::npos && rest_[end] == ']';
  }

  bool read_condition(Condition& condition, bool of_segment) {
    read_datatype(condition);
    if (!read_number(condition.first, of_segment ? "a field of the segment, *, last, or a number"
                                                 : "a component of the field, *, last, or a number"))
      return false;
    if (take('.') && !read_number(condition.second, "a number")) return false;
    if (condition.second != 0 && of_segment && take('.') && !read_number(condition.third, "a number")) return false;
    skip_blanks();
    condition.equal = !take('!');
    if (!take('=')) return failed("write = or !=, such as [5 = MR]");
    skip_blanks();
    return read_operand(condition.text);
  }

  void read_datatype(Condition& condition) {
    std::size_t end = 0;
    while (end < rest_.size() && is_word(rest_[end])) ++end;
    if (end == 0 || !is_upper(rest_[0]) || end >= rest_.size() || rest_[end] != '.') return;
    condition.datatype = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
  }

  bool read_operand(std::string& text) {
    if (rest_.starts_with('"')) return read_quoted(text);
    const auto end = rest_.find_first_of("]\"");
    const auto word = trim(rest_.substr(0, end));
    if (word.empty()) return failed("write a word or \"text\" to compare with");
    text = word;
    rest_.remove_prefix(std::min(end, rest_.size()));
    return true;
  }

  /// `\"` and `\\` stand for themselves.
  bool read_quoted(std::string& text) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1 && (rest_[1] == '"' || rest_[1] == '\\')) rest_.remove_prefix(1);
      text += rest_[0];
      rest_.remove_prefix(1);
    }
    if (!take('"')) return failed("write \" to end the text");
    return true;
  }

  std::string_view whole_;
  std::string_view rest_;
  Path path_;
  std::optional<Fault> fault_;
};

std::string operand_text(std::string_view text) {
  const bool bare = !text.empty() && trim(text) == text && text.find_first_of("]\"") == std::string_view::npos;
  if (bare) return std::string(text);
  return "\"" + replace_all(replace_all(text, "\\", "\\\\"), "\"", "\\\"") + "\"";
}

std::string condition_text(const Condition& condition) {
  std::string out = std::to_string(condition.first);
  if (condition.second != 0) out += "." + std::to_string(condition.second);
  if (condition.third != 0) out += "." + std::to_string(condition.third);
  return out + (condition.equal ? " = " : " != ") + operand_text(condition.text);
}

std::string selector_text(const Selector& selector) {
  switch (selector.kind) {
    case Selector::Kind::first:
      return "";
    case Selector::Kind::number:
      return "[" + std::to_string(selector.number) + "]";
    case Selector::Kind::last:
      return "[last]";
    case Selector::Kind::all:
      return "[*]";
    case Selector::Kind::next:
      return "[+]";
    case Selector::Kind::where:
      return "[" + condition_text(selector.where) + "]";
  }
  return "";
}

}  // namespace

Result<Path> Path::parse(std::string_view text) {
  return PathReader(text).read();
}

std::string Path::to_text() const {
  std::string out = segment + selector_text(occurrence);
  if (field == 0) return out;
  out += "-" + std::to_string(field) + selector_text(repetition);
  if (component != 0) out += "." + std::to_string(component);
  if (subcomponent != 0) out += "." + std::to_string(subcomponent);
  return out;
}

}  // namespace pons::hl7
