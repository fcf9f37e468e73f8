#include "engine/records/joined_lanes.h"

#include <algorithm>

#include "engine/message/parcel.h"

namespace pons {

std::vector<JoinedLanes> joined_lanes(const Book& book) {
  std::vector<JoinedLanes> joined;
  for (const Patient* each : book.patients.changed()) {
    const std::string into = patient_lane(book.survivor(each->id).id);
    if (each->merged_into) joined.push_back({patient_lane(each->id), into});
    const Patient* stored = book.patients.stored(each->id);
    const auto is_stored = [&](const Identifier& identifier) {
      return stored &&
             std::find(stored->identifiers.begin(), stored->identifiers.end(), identifier) != stored->identifiers.end();
    };
    for (const Identifier& identifier : each->identifiers)
      if (!is_stored(identifier)) joined.push_back({patient_lane(identifier), into});
  }
  return joined;
}

}  // namespace pons
