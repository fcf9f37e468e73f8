#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/zone.h"
#include "engine/config/node.h"
#include "engine/expr/code_table.h"
#include "engine/expr/expr.h"
#include "engine/expr/lexer.h"
#include "engine/expr/regular_expression.h"
#include "engine/expr/value.h"
#include "engine/hl7/path.h"

namespace pons {

struct Function;

/// `identifier[1]` of `subject.identifier[1].value`.
struct Member {
  std::string key;
  std::size_t number = 0;  // 1-based; 0: none written
};

/// A piece of a message that an expression reads, with the data type it has in the version it was checked for.
struct Extract {
  hl7::Path path;
  bool received = false;  // `received.PID-3`
  Field::Level level = Field::Level::field;
  std::string version;        // for which `datatype` holds
  std::string_view datatype;  // lives as long as the dictionary or the format; empty: not known
  /// For each version of the standard that has another: a message says its own.
  std::vector<std::pair<std::string_view, std::string_view>> datatypes;
  bool is_delimiters = false;  // MSH-1, MSH-2: never taken apart
};

/// One node of an expression, with what was found out when it was compiled.
struct Term {
  enum class Kind {
    word,        // as written; none is left after resolve()
    absent,      // the word absent
    constant,    // a word or quoted text, and an argument that is no value
    extract,     // PID-3[5 = MR].1
    name,        // order.AccessionNumber
    loop,        // id.4, obx-5: a path from a variable of $each
    call,        // upper(…)
    template_,   // text("…{…}…"): its parts one after the other
    tuple,       // (MSH-4, OBR-24)
    otherwise,   // else
    guarded,     // when: value, condition
    either,      // or
    both,        // and
    negation,    // not
    comparison,  // =, <, contains: left, right
    fit,         // matches: left, with `pattern`
    membership,  // in: left, then the candidates
    absence,     // is absent
  };
  enum class Operator { equal, not_equal, less, at_most, greater, at_least, contains };

  Kind kind = Kind::word;
  std::size_t begin = 0, end = 0;            // in the scalar
  std::size_t name_begin = 0, name_end = 0;  // of a function's name
  std::string text;    // a word or function as written; a constant's text; a name's or variable's head
  ScalarText content;  // of a quoted text
  bool is_quoted = false;
  std::vector<Term> parts;

  Value constant;
  Extract extract;  // of a loop: the whole path, as if read from the message
  std::vector<Member> members;
  Operator compare = Operator::equal;
  const Function* function = nullptr;
  std::size_t arguments = 0;  // how many of a call's parts are values: a table and what follows it are none
  const CodeTable* table = nullptr;
  std::optional<RegularExpression> pattern;
  long number = 0;
  Duration duration{};
  Zone zone;
};

/// What Expr shares: immutable once compiled.
struct Expr::Tree {
  Node node;  // the scalar, without children
  Term root;
  std::vector<hl7::Path> paths;
};

}  // namespace pons
