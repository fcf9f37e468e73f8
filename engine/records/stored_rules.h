#pragma once

#include <cstdint>
#include <string>

#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// What became of a composite object whose header came. `dicom_status` is what its sender reads (PS3.4 B.2.3).
struct StoredVerdict {
  enum class First { none, of_series, of_study };

  std::uint16_t dicom_status = 0;  // A900H: the header does not say what it is part of
  std::string text;                // for a person: why it is refused, or why it changes nothing
  std::int64_t study = 0;          // row id; 0: nobody knows the study
  bool is_known = false;           // it came before
  First first = First::none;       // the first that was sent to us

  bool refused() const { return dicom_status != 0; }
};

/// Counts the object for its series. `header` is JSON by keyword. A study that nobody knows is made where an order has
/// its UID, or a patient whom we know its number with the issuer; else nothing changes. The Study Instance UID decides
/// whose study it is: a header that names another patient is a question for a person, one for each series.
StoredVerdict take_stored(Book& book, const std::string& uid, const json::Value& header, std::int64_t message);

}  // namespace pons
