#pragma once

#include "engine/config/finding.h"
#include "engine/config/source.h"

namespace pons {

/// What is good YAML, or what yaml-cpp takes for it, and not part of the route language. Each function adds one
/// finding.

void refuse_duplicate(const std::string& name, const Span& key, const Span& first, Findings& findings);
void refuse_collection_as_key(const Span& at, Findings& findings);
void refuse_missing_key(const Span& at, Findings& findings);
void refuse_depth(const Span& at, Findings& findings);
void refuse_count(const Span& at, Findings& findings);
/// `&name`, `*name`, `<<:`; `what` is "an anchor" and so on.
void refuse_sharing(const Span& at, const std::string& what, Findings& findings);
/// yaml-cpp begins another document at `at`, with or without a line that says so.
void refuse_second_document(const Source& source, std::size_t at, Findings& findings);

}  // namespace pons
