#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/node.h"
#include "engine/expr/scope.h"
#include "engine/expr/vocabulary.h"
#include "engine/hl7/path.h"

namespace pons {

/// A compiled expression of the route language (LANGUAGE 3): immutable, safe from many threads, cheap to copy. What
/// can be known before a message arrives is checked when it is compiled, by the same code for `pons check` and
/// `pons run`.
class Expr {
 public:
  /// Compiles a scalar of the configuration. Findings E02xx at the very characters, and nothing.
  static std::optional<Expr> compile(const Node& scalar, const Vocabulary& vocabulary, Findings& findings);
  /// A word or a text that is its own value, for defaults of the engine's own.
  static Expr constant(std::string text);

  /// Absent, null or a value; a Fault (kind refused) names the field and this expression's line: a table without that
  /// code, a text that is no date.
  Result<Value> value(const Scope& scope) const;
  /// A condition: a comparison's outcome; anything else holds when it has a value.
  Result<bool> holds(const Scope& scope) const;
  /// Why a condition does not hold, for the trace: its innermost clause that failed, `MSH-4 in (NORTH, SOUTH)`, without
  /// values of the message. Empty when it holds.
  std::string why_not(const Scope& scope) const;

  const Span& span() const;
  /// As written.
  std::string text() const;
  /// The HL7 paths that it reads.
  const std::vector<hl7::Path>& paths() const;
  /// The only value that it can have: a word, a quoted text. Nothing when it reads anything.
  std::optional<std::string> constant_text() const;
  /// For an expression that is nothing but one path or name: "PID-3[5 = MR]", "merge.studies"; else nothing.
  std::optional<hl7::Path> as_path() const;
  std::optional<std::string> as_name() const;

 private:
  friend class Each;
  struct Tree;
  std::shared_ptr<const Tree> tree_;
};

/// `id in PID-3[5 != MR]`, `s in study.series`: the loop of `$each:`.
/// Walks every segment and repetition that fits.
class Each {
 public:
  static std::optional<Each> compile(const Node& scalar, const Vocabulary& vocabulary, Findings& findings);

  const std::string& variable() const { return variable_; }
  /// The vocabulary inside the loop.
  Vocabulary inside(const Vocabulary& outside) const;
  /// The items in order; none when the list is absent.
  Result<std::vector<Value>> items(const Scope& scope) const;

 private:
  std::string variable_;
  std::shared_ptr<const Expr> list_;
};

/// What is said of a value of type DTM, DT, TM or TS (HL7 v2.5.1 2.A.22): checked, with the precision it was given in.
struct HL7Time {
  std::string digits;                 // YYYY[MM[DD[HH[MM[SS]]]]]
  std::string fraction;               // digits after the point
  std::optional<int> offset_minutes;  // +ZZZZ
  static Result<HL7Time> parse(std::string_view text);
  /// In the zone where it names none itself. Missing parts are the first ones: January, the 1st, midnight.
  Instant instant(const Zone& zone) const;
};

}  // namespace pons
