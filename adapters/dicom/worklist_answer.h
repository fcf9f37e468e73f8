#pragma once

#include "engine/base/result.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/worklist.h"

namespace pons {

/// All that is known of an item, as it is now.
Result<dicom::Dataset> known_item(const WorklistItem& item);
/// The item as the modality asked for it: every requested attribute, zero length where it is unknown, and no other. A
/// sequence that was requested without items, or with an item without attributes, comes whole (PS3.4 C.2.2.2.6).
Result<dicom::Dataset> worklist_answer(const dicom::Dataset& identifier, const dicom::Dataset& known);

}  // namespace pons
