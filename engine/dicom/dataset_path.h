#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/dicom/dictionary.h"

namespace pons::dicom {

/// One step of a path into a dataset: "ReferencedStudySequence[2]".
struct PathStep {
  Tag tag;
  std::string vr;                     // empty: not in the dictionary
  std::optional<std::size_t> number;  // of the item, from 1
};

/// Every step but the last names a sequence.
Result<std::vector<PathStep>> parse_path(std::string_view path);

}  // namespace pons::dicom
