#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/ports/worklist_keys.h"

namespace pons {

/// When a step starts, both ends included (PS3.4 K.6.1.2.2, C.2.2.2.5). Values are "20261125" and "093000" in full
/// precision; empty: no limit on that side.
struct StartRange {
  std::string first_date, first_time;
  std::string last_date, last_time;
  bool each_day = false;  // the times hold on each day; else dates and times are one interval
};

/// What a modality asks for.
struct WorklistQuery {
  /// The values of each key that has any, by its path in worklist_keys(), all but the step's station and start. Of a
  /// date: its first and its last day, "" where that side is open; of a time the same, in full precision.
  std::map<std::string, std::vector<std::string>, std::less<>> keys;
  std::vector<std::string> stations;            // AE titles, with wildcards
  std::vector<std::string> station_modalities;  // what these make: steps without station are offered by it
  StartRange start;
  bool fuzzy_names = false;  // each word of a name is the start of one of the names' words, in any order
  std::vector<std::string> visible_modalities;  // what the AE may see at all; empty: all
  std::vector<std::string> visible_stations;    // steps of these, and those without station; empty: all
  std::size_t limit = 0;                        // at most so many items; 0: all
};

/// One scheduled step as it is now. Each text is a DICOM value in UTF-8.
struct WorklistItem {
  std::string item;      // the Modality Worklist attributes, as JSON by keyword; without the patient's
  std::string patient;   // the patient's attributes and the order's numbers as they are now, as JSON by keyword
  std::string status{};  // as it is now; empty: as the item says
};

/// The scheduled steps that an AE may see.
class Worklist {
 public:
  virtual ~Worklist() = default;
  /// Calls `take` for each match, first start first, until it returns false. Steps that have started or ended are left
  /// out unless the query names a status. A step without station is offered to the stations of its modality. Throws
  /// StoreLost when the database is away.
  virtual void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) = 0;
};

}  // namespace pons
