#pragma once

#include <string>
#include <string_view>

#include "engine/config/finding.h"
#include "engine/config/source.h"

namespace pons {

/// What YAML reads differently from the person who wrote it (LANGUAGE 3, "YAML traps"). Each function adds one finding.

/// An opening quote, parenthesis or bracket that a value does not close.
enum class Unclosed { nothing, quotes, parentheses, brackets };
Unclosed unclosed(std::string_view value);

/// Where a `#` cut `value`, a plain scalar; npos when no comment follows it on its line.
std::size_t comment_after(const Span& value);

/// `n: text("CT # 3")`. `at` is the place of the `#`; `in_flow`: within { } or [ ].
void refuse_cut_value(const Span& value, std::size_t at, bool in_flow, Findings& findings);

/// `when: !exists(ZDS)`. `at` is the place of the `!`; `key` is empty in a list; `is_empty`: nothing else was read.
void refuse_tag(const Source& source, std::size_t at, const std::string& key, bool is_empty, Findings& findings);

/// `{x: PID-3[5=MR].1}` and `[(a, b)]`: `at` is where YAML ended the value, `open` the bracket of the collection.
void refuse_flow(const Source& source, std::size_t at, char open, Findings& findings);

/// The tab before the first word of the line of `at`; false when there is none.
bool refuse_tab(const Source& source, std::size_t at, Findings& findings);

}  // namespace pons
