#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace pons {

/// A regular expression, compiled once and safe from many threads. What it is tried on is limited in length, and the
/// trial in time: a partner's text never stops the engine.
class RegularExpression {
 public:
  /// The Fault's text says what is wrong and where.
  static Result<RegularExpression> compile(std::string_view pattern);

  /// True when it fits somewhere in the text; `^` and `$` tie it to the ends.
  Result<bool> fits(std::string_view text) const;
  /// The first group's text where it fits first, or the whole fit without a group; nothing when it does not fit.
  Result<std::optional<std::string>> first_fit(std::string_view text) const;

 private:
  struct Compiled;

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace pons
