#pragma once

#include <cstddef>
#include <string>

#include "engine/config/source.h"

namespace pons {

/// The line that a span begins on, ready to show: a tab is one space, what cannot be shown is U+FFFD, and a very long
/// line is cut around the span, with "…" where it was cut.
struct Excerpt {
  std::string line;
  std::size_t column = 0;  // of the first caret, in characters of `line`, from 0
  std::size_t width = 1;   // carets; a span over several lines ends with its first one
};

/// `span` has a source.
Excerpt excerpt(const Span& span);

}  // namespace pons
