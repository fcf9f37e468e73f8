#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string_view>

#include "engine/route/lua_steps.h"

namespace pons::lua {

/// A pattern of the Lua 5.4 manual, 6.4.1, compiled. Letters, digits and the like are ASCII's, whatever the locale.
/// What is wrong with a pattern is found when it is compiled, also where Lua's own library would not come to it.
/// Neither this nor Match owns anything: Lua leaves functions by longjmp, past destructors.
class Pattern {
 public:
  static constexpr std::size_t kItems = 200;
  static constexpr std::size_t kCaptures = 32;

  enum class Start { may_anchor, never_anchors };  // gmatch takes "^" for itself

  /// Null, or what is wrong. `text` must outlive the pattern.
  const char* compile(std::string_view text, Start start = Start::may_anchor);

  bool is_anchored() const { return anchored_; }
  std::size_t captures() const { return captures_; }

 private:
  struct Item {
    enum class Kind { text, set, open, close, position, same_as, balanced, frontier, end };
    enum class Repeat { once, optional, longest, longest_from_one, shortest };

    Kind kind;
    Repeat repeat;          // of a set
    std::string_view text;  // of text; of balanced its two characters
    std::size_t capture;    // of open, close, position and same_as
    std::bitset<256> set;   // of set and frontier
  };
  class Compiler;
  friend class Match;

  std::array<Item, kItems> items_;
  std::size_t size_ = 0;
  std::size_t captures_ = 0;
  bool anchored_ = false;
};

/// One try of a pattern on a subject.
class Match {
 public:
  struct Capture {
    static constexpr std::size_t kPosition = static_cast<std::size_t>(-1);

    std::size_t begin = 0, length = 0;  // kPosition: it has caught a place, not a text
  };

  Match(const Pattern& pattern, std::string_view subject, Steps& steps)
      : pattern_(pattern), subject_(subject), steps_(steps) {}

  /// Whether the pattern matches from exactly there. False too when the steps ran out.
  bool at(std::size_t begin);
  /// The first match from there on; only there when the pattern is anchored.
  bool find(std::size_t begin);

  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  std::string_view whole() const { return subject_.substr(begin_, end_ - begin_); }
  std::size_t captures() const { return pattern_.captures(); }
  const Capture& capture(std::size_t index) const { return captures_[index]; }
  std::string_view text(const Capture& capture) const { return subject_.substr(capture.begin, capture.length); }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  using Item = Pattern::Item;

  std::size_t rest(std::size_t item, std::size_t at);
  std::size_t repeated(std::size_t item, std::size_t at);
  std::size_t longest(std::size_t item, std::size_t at, std::size_t least);
  std::size_t shortest(std::size_t item, std::size_t at);
  std::size_t past_text(std::string_view text, std::size_t at);
  std::size_t past_capture(const Capture& capture, std::size_t at);
  std::size_t past_balanced(char opens, char closes, std::size_t at);
  bool is_frontier(const Item& item, std::size_t at) const;
  bool takes(const Item& item, std::size_t at) const {
    return at < subject_.size() && item.set[static_cast<unsigned char>(subject_[at])];
  }

  const Pattern& pattern_;
  std::string_view subject_;
  Steps& steps_;
  std::array<Capture, Pattern::kCaptures> captures_;
  std::size_t begin_ = 0, end_ = 0;
};

/// Where `wanted` is in `subject` from `from` on; npos: nowhere, or the steps ran out.
std::size_t find_plain(std::string_view subject, std::string_view wanted, std::size_t from, Steps& steps);

}  // namespace pons::lua
