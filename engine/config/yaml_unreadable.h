#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "engine/config/finding.h"
#include "engine/config/source.h"

namespace pons {

/// How far yaml-cpp's events came before it gave up.
struct Reached {
  std::optional<Span> last;         // the last scalar
  bool last_is_quoted = false;      // '…' or "…"
  std::optional<std::size_t> flow;  // where the innermost open { or [ is
};

/// Says in an analyst's words why yaml-cpp gave up at byte `at` with `message`, and what to write.
void refuse_unreadable(const Source& source, std::size_t at, const std::string& message, const Reached& reached,
                       Findings& findings);

/// A line that should be `key: value`.
void refuse_missing_colon(const Span& line, Findings& findings);
/// The quote that `begin` opens is never closed.
void refuse_open_quote(const Source& source, std::size_t begin, Findings& findings);
/// The `{` or `[` at `begin` is never closed.
void refuse_open_bracket(const Source& source, std::size_t begin, Findings& findings);

}  // namespace pons
