#pragma once

#include <vector>

#include "engine/config/finding.h"

namespace pons {

/// Findings as somebody reads them: the files in the order in which they were first found wrong, each from its top.
/// The pointers live as long as `findings`.
std::vector<const Finding*> in_file_order(const Findings& findings);

}  // namespace pons
