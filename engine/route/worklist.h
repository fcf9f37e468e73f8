#pragma once

#include "engine/base/result.h"
#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// Writes what a map built as a worklist item into the order's step, through the step's state machine. What the item
/// does not say stays as it is known; the patient's own attributes are not kept with it, they are read with the
/// patient. Refused: a value of Type 1 (PS3.4 K.6) that is neither said nor known, so that no modality ever reads an
/// item that it cannot use; a cancel of what was performed.
Result<const Step*> write_worklist(Book& book, std::int64_t order, const json::Value& item);

/// A step as a whole worklist item again, with its patient's attributes: for tests and look-ups.
json::Value worklist_item(const Book& book, const Step& step);

}  // namespace pons
