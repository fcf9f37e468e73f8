#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/base/zone.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/worklist.h"

namespace pons {

/// Timezone query adjustment (PS3.4 K.5.1): dates and times of the query and of its answers are in the zone that the
/// query names. Only what has a time is moved: a day by itself, such as a birth date, is the same day everywhere.

/// Minutes east of UTC, as Timezone Offset From UTC (0008,0201) of an identifier says; nothing where it says nothing.
/// Refused: what is no offset.
Result<std::optional<int>> query_offset(const dicom::Dataset& identifier);
/// A query that finds at least what `query` finds, whatever the zones are. The answers must be held to is_within().
WorklistQuery widened(WorklistQuery query);
/// Moves an item from the zone in which it is kept, and writes the offset into it.
void move_to_offset(dicom::Dataset& item, int minutes, const Zone& kept_in);
/// Whether an item that was moved is what the query asks for, as far as dates and times go.
bool is_within(const WorklistQuery& query, const dicom::Dataset& item);

}  // namespace pons
