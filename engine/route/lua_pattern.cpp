#include "engine/route/lua_pattern.h"

#include <optional>

namespace pons::lua {

namespace {

constexpr std::int64_t kBytesAStep = 64;

std::int64_t steps_for(std::size_t bytes) {
  return 1 + static_cast<std::int64_t>(bytes) / kBytesAStep;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) {
  return is_lower(c) || is_upper(c);
}
bool is_graphic(char c) {
  return c > ' ' && c < '\x7f';
}
bool is_control(char c) {
  return (c >= '\0' && c < ' ') || c == '\x7f';
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// What %a, %d … stand for, by their small letter; nothing: the letter is no class.
std::optional<bool> is_of_class(char letter, char c) {
  switch (letter) {
    case 'a':
      return is_letter(c);
    case 'c':
      return is_control(c);
    case 'd':
      return is_digit(c);
    case 'g':
      return is_graphic(c);
    case 'l':
      return is_lower(c);
    case 'p':
      return is_graphic(c) && !is_letter(c) && !is_digit(c);
    case 's':
      return is_space(c);
    case 'u':
      return is_upper(c);
    case 'w':
      return is_letter(c) || is_digit(c);
    case 'x':
      return is_hex(c);
    case 'z':  // of Lua 5.1, still taken
      return c == '\0';
    default:
      return std::nullopt;
  }
}

std::bitset<256> only(char c) {
  return std::bitset<256>().set(static_cast<unsigned char>(c));
}

/// What % and this character stand for.
std::bitset<256> escaped(char character) {
  const char letter = is_upper(character) ? static_cast<char>(character - 'A' + 'a') : character;
  if (!is_of_class(letter, '\0')) return only(character);
  std::bitset<256> set;
  for (std::size_t c = 0; c < set.size(); ++c) set[c] = *is_of_class(letter, static_cast<char>(c));
  return is_upper(character) ? ~set : set;
}

void add_range(std::bitset<256>& set, char first, char last) {
  for (std::size_t c = static_cast<unsigned char>(first); c <= static_cast<unsigned char>(last); ++c) set.set(c);
}

}  // namespace

/// Reads a pattern's text into its items.
class Pattern::Compiler {
 public:
  Compiler(Pattern& pattern, std::string_view text) : pattern_(pattern), text_(text) {}

  const char* compile(Start start) {
    pattern_.anchored_ = start == Start::may_anchor && text_.starts_with('^');
    if (pattern_.anchored_) ++at_;
    while (at_ < text_.size() && !wrong_) add();
    if (!wrong_ && open_count_ > 0) wrong_ = "unfinished capture";
    return wrong_;
  }

 private:
  // After the text's end there is nothing: '\0' that is no character of the pattern.
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool has(std::size_t ahead) const { return at_ + ahead < text_.size(); }

  void add() {
    if (peek() == '(') return has(1) && peek(1) == ')' ? add_position() : add_open();
    if (peek() == ')') return add_close();
    if (peek() == '$' && !has(1)) return add_end();
    if (peek() == '%') {
      if (!has(1)) return fail("malformed pattern (ends with '%')");
      if (peek(1) == 'b') return add_balanced();
      if (peek(1) == 'f') return add_frontier();
      if (is_digit(peek(1))) return add_same_as();
    }
    add_single();
  }

  void add_open() {
    const std::size_t capture = new_capture();
    if (wrong_) return;
    open_[open_count_++] = capture;
    if (Item* item = push(Item::Kind::open, 1)) item->capture = capture;
  }

  void add_position() {
    const std::size_t capture = new_capture();
    if (wrong_) return;
    closed_.set(capture);
    if (Item* item = push(Item::Kind::position, 2)) item->capture = capture;
  }

  void add_close() {
    if (open_count_ == 0) return fail("invalid pattern capture");
    const std::size_t capture = open_[--open_count_];
    closed_.set(capture);
    if (Item* item = push(Item::Kind::close, 1)) item->capture = capture;
  }

  void add_end() { push(Item::Kind::end, 1); }

  void add_balanced() {
    if (!has(3)) return fail("malformed pattern (missing arguments to '%b')");
    const std::string_view ends = text_.substr(at_ + 2, 2);
    if (Item* item = push(Item::Kind::balanced, 4)) item->text = ends;
  }

  void add_frontier() {
    at_ += 2;
    if (peek() != '[') return fail("missing '[' after '%f' in pattern");
    const std::bitset<256> set = read_set();
    if (wrong_) return;
    if (Item* item = push(Item::Kind::frontier, 0)) item->set = set;
  }

  void add_same_as() {
    const auto number = static_cast<std::size_t>(peek(1) - '0');
    if (number == 0 || number > pattern_.captures_ || !closed_[number - 1])
      return fail("invalid capture index in pattern");
    if (Item* item = push(Item::Kind::same_as, 2)) item->capture = number - 1;
  }

  /// One character, a class or a set, and how often.
  void add_single() {
    const std::size_t begin = at_;
    const bool is_plain = peek() != '%' && peek() != '[' && peek() != '.';
    const std::bitset<256> set = read_single();
    if (wrong_) return;
    const Item::Repeat repeat = read_repeat();
    if (is_plain && repeat == Item::Repeat::once) return add_text(begin);
    Item* item = push(Item::Kind::set, 0);
    if (!item) return;
    item->set = set;
    item->repeat = repeat;
  }

  /// Plain characters side by side are one item.
  void add_text(std::size_t begin) {
    if (pattern_.size_ > 0) {
      Item& last = pattern_.items_[pattern_.size_ - 1];
      if (last.kind == Item::Kind::text && last.text.data() + last.text.size() == text_.data() + begin) {
        last.text = {last.text.data(), last.text.size() + 1};
        return;
      }
    }
    if (Item* item = push(Item::Kind::text, 0)) item->text = text_.substr(begin, 1);
  }

  std::bitset<256> read_single() {
    switch (peek()) {
      case '.':
        ++at_;
        return std::bitset<256>().set();
      case '[':
        return read_set();
      case '%':
        at_ += 2;
        return escaped(text_[at_ - 1]);
      default:
        return only(text_[at_++]);
    }
  }

  Item::Repeat read_repeat() {
    using Repeat = Item::Repeat;
    if (!has(0)) return Repeat::once;
    const Repeat repeat = peek() == '?'   ? Repeat::optional
                          : peek() == '*' ? Repeat::longest
                          : peek() == '+' ? Repeat::longest_from_one
                          : peek() == '-' ? Repeat::shortest
                                          : Repeat::once;
    if (repeat != Repeat::once) ++at_;
    return repeat;
  }

  /// From "[" past "]". A "]" that comes first stands for itself.
  std::bitset<256> read_set() {
    ++at_;
    const bool is_complement = has(0) && peek() == '^';
    if (is_complement) ++at_;
    const std::size_t end = end_of_set();
    if (wrong_) return {};
    std::bitset<256> set;
    while (at_ < end) add_member(set, end);
    at_ = end + 1;
    return is_complement ? ~set : set;
  }

  std::size_t end_of_set() {
    std::size_t at = at_;
    do {
      if (at < text_.size() && text_[at] == '%') ++at;
      ++at;
      if (at >= text_.size()) {
        fail("malformed pattern (missing ']')");
        return at;
      }
    } while (text_[at] != ']');
    return at;
  }

  void add_member(std::bitset<256>& set, std::size_t end) {
    if (peek() == '%') {
      set |= escaped(text_[at_ + 1]);
      at_ += 2;
    } else if (at_ + 2 < end && text_[at_ + 1] == '-') {
      add_range(set, text_[at_], text_[at_ + 2]);
      at_ += 3;
    } else {
      set |= only(text_[at_++]);
    }
  }

  std::size_t new_capture() {
    if (pattern_.captures_ == kCaptures) fail("too many captures");
    return wrong_ ? 0 : pattern_.captures_++;
  }

  /// A new item; `length` characters of the text are read.
  Item* push(Item::Kind kind, std::size_t length) {
    at_ += length;
    if (pattern_.size_ == kItems) {
      fail("pattern too complex");
      return nullptr;
    }
    Item& item = pattern_.items_[pattern_.size_++];
    item = {kind, Item::Repeat::once, {}, 0, {}};
    return &item;
  }

  void fail(const char* what) { wrong_ = what; }

  Pattern& pattern_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::array<std::size_t, kCaptures> open_{};
  std::size_t open_count_ = 0;
  std::bitset<kCaptures> closed_;
  const char* wrong_ = nullptr;
};

const char* Pattern::compile(std::string_view text, Start start) {
  size_ = captures_ = 0;
  return Compiler(*this, text).compile(start);
}

bool Match::at(std::size_t begin) {
  begin_ = begin;
  end_ = steps_.take() ? rest(0, begin) : kNone;
  return end_ != kNone;
}

bool Match::find(std::size_t begin) {
  do {
    if (at(begin)) return true;
  } while (++begin <= subject_.size() && !pattern_.is_anchored() && !steps_.ran_out());
  return false;
}

/// Where a match of the items from `item` on ends that begins at `at`. Calls itself only for later items, so never
/// deeper than a pattern is long. What a failed try has caught is overwritten by the next one before anybody reads it.
std::size_t Match::rest(std::size_t item, std::size_t at) {
  for (; item < pattern_.size_; ++item) {
    if (!steps_.take()) return kNone;
    const Item& it = pattern_.items_[item];
    switch (it.kind) {
      case Item::Kind::text:
        at = past_text(it.text, at);
        break;
      case Item::Kind::set:
        if (it.repeat != Item::Repeat::once) return repeated(item, at);
        at = takes(it, at) ? at + 1 : kNone;
        break;
      case Item::Kind::open:
        captures_[it.capture].begin = at;
        break;
      case Item::Kind::close:
        captures_[it.capture].length = at - captures_[it.capture].begin;
        break;
      case Item::Kind::position:
        captures_[it.capture] = {at, Capture::kPosition};
        break;
      case Item::Kind::same_as:
        at = past_capture(captures_[it.capture], at);
        break;
      case Item::Kind::balanced:
        at = past_balanced(it.text[0], it.text[1], at);
        break;
      case Item::Kind::frontier:
        if (!is_frontier(it, at)) return kNone;
        break;
      case Item::Kind::end:
        if (at != subject_.size()) return kNone;
        break;
    }
    if (at == kNone) return kNone;
  }
  return at;
}

std::size_t Match::repeated(std::size_t item, std::size_t at) {
  const Item& it = pattern_.items_[item];
  switch (it.repeat) {
    case Item::Repeat::optional: {
      const std::size_t end = takes(it, at) ? rest(item + 1, at + 1) : kNone;
      return end != kNone ? end : rest(item + 1, at);
    }
    case Item::Repeat::longest_from_one:
      return longest(item, at, 1);
    case Item::Repeat::shortest:
      return shortest(item, at);
    default:
      return longest(item, at, 0);
  }
}

std::size_t Match::longest(std::size_t item, std::size_t at, std::size_t least) {
  std::size_t count = 0;
  while (takes(pattern_.items_[item], at + count)) {
    if (!steps_.take()) return kNone;
    ++count;
  }
  for (++count; count > least && !steps_.ran_out(); --count)
    if (const std::size_t end = rest(item + 1, at + count - 1); end != kNone) return end;
  return kNone;
}

std::size_t Match::shortest(std::size_t item, std::size_t at) {
  while (steps_.take()) {
    if (const std::size_t end = rest(item + 1, at); end != kNone) return end;
    if (!takes(pattern_.items_[item], at)) return kNone;
    ++at;
  }
  return kNone;
}

std::size_t Match::past_text(std::string_view text, std::size_t at) {
  if (!steps_.take(steps_for(text.size()))) return kNone;
  return subject_.substr(at).starts_with(text) ? at + text.size() : kNone;
}

std::size_t Match::past_capture(const Capture& capture, std::size_t at) {
  // A place has no text to compare with: Lua never matches it.
  return capture.length == Capture::kPosition ? kNone : past_text(text(capture), at);
}

std::size_t Match::past_balanced(char opens, char closes, std::size_t at) {
  if (at == subject_.size() || subject_[at] != opens) return kNone;
  std::size_t depth = 1;
  while (++at < subject_.size()) {
    if (!steps_.take()) return kNone;
    if (subject_[at] == closes) {
      if (--depth == 0) return at + 1;
    } else if (subject_[at] == opens) {
      ++depth;
    }
  }
  return kNone;
}

/// Before the first character and after the last there is '\0'.
bool Match::is_frontier(const Item& item, std::size_t at) const {
  const char before = at == 0 ? '\0' : subject_[at - 1];
  const char after = at == subject_.size() ? '\0' : subject_[at];
  return !item.set[static_cast<unsigned char>(before)] && item.set[static_cast<unsigned char>(after)];
}

std::size_t find_plain(std::string_view subject, std::string_view wanted, std::size_t from, Steps& steps) {
  if (wanted.empty()) return from;
  while (from + wanted.size() <= subject.size()) {
    const std::size_t at = subject.find(wanted.front(), from);
    if (at == std::string_view::npos) return at;
    if (!steps.take(steps_for(at - from + wanted.size()))) return std::string_view::npos;
    if (subject.substr(at).starts_with(wanted)) return at;
    from = at + 1;
  }
  return std::string_view::npos;
}

}  // namespace pons::lua
