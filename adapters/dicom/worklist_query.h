#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/worklist.h"

namespace pons {

/// The AE titles that are known, with the modality they make; "" for one that makes none.
using KnownStations = std::map<std::string, std::string>;

struct ReadQuery {
  WorklistQuery query;
  std::optional<int> offset{};  // minutes: dates and times are in this zone, and shall be answered in it
  bool ignored_keys = false;    // a key held a value that is no matching key here: pending answers say FF01
};

/// Reads a C-FIND identifier. Only the matching keys of worklist_keys() match; every other attribute is a return key,
/// whatever value it carries. Dates as 20261124 or 2026.11.24, times in any precision, lists, lower-case codes, names
/// with empty components at the end. `caller`: the station of a query that names none; "": any. Refused: a date, time
/// or number that cannot be read.
Result<ReadQuery> read_worklist_query(const dicom::Dataset& identifier, const KnownStations& stations,
                                      const std::string& caller = "");

}  // namespace pons
