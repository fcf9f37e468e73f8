#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace pons::hl7 {

/// `5 = MR`, `3.1 != 59776-5`: chooses a repetition by its components, or a segment by its fields.
struct Condition {
  std::string datatype;  // "CX" of `[CX.5 = MR]`: to be checked, then dropped; empty: none given
  int first = 0;         // the component; in a segment's selector the field
  int second = 0;        // the subcomponent; in a segment's selector the component. 0: the whole of it
  int third = 0;         // in a segment's selector the subcomponent
  bool equal = true;     // false: !=
  std::string text;      // UTF-8, compared with the decoded text

  bool operator==(const Condition&) const = default;
};

/// Which of several segments, or of a field's repetitions.
struct Selector {
  enum class Kind {
    first,   // nothing written: the first one; as a target, the whole field
    number,  // [2]
    last,    // [last]
    all,     // [*]
    where,   // [5 = MR]: the first that fits
    next,    // [+]: targets only, one more
  };

  Kind kind = Kind::first;
  int number = 1;  // 1-based, for Kind::number
  Condition where;

  bool operator==(const Selector&) const = default;
};

/// `PID-3[5 = MR].1`: a place in a message (path language, numbers as in the standard, 1-based).
struct Path {
  std::string segment;  // "PID"
  Selector occurrence;
  int field = 0;  // 0: the whole segment
  Selector repetition;
  int component = 0;     // 0: the whole repetition
  int subcomponent = 0;  // 0: the whole component

  /// Understands the one spelling and what others write: `PID-3-1`, `PID.3.1`, `PID-3(0)-1`, `PID-3[CX.5=MR].1`.
  /// The Fault's text names the column and what to write.
  static Result<Path> parse(std::string_view text);
  /// The one spelling; a datatype prefix is dropped.
  std::string to_text() const;
  /// True when the path can give more than one value.
  bool is_list() const { return occurrence.kind == Selector::Kind::all || repetition.kind == Selector::Kind::all; }

  bool operator==(const Path&) const = default;
};

}  // namespace pons::hl7
