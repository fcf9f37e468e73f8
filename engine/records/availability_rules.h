#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// What became of an Instance Availability Notification. `dicom_status` is what the archive reads (PS3.7 C).
struct AvailabilityVerdict {
  std::uint16_t dicom_status = 0;         // 0120H, 0121H: it names no study or no series
  std::string text;                       // for a person: why it is refused, or what of it says nothing
  std::vector<std::uint32_t> attributes;  // tags that the status is about
  std::int64_t study = 0;                 // row id; 0: nobody knows the study

  bool refused() const { return dicom_status != 0; }
};

/// Takes over from where the archive gives out a study's series, and whether it does at once (PS3.4 annex R; IHE
/// RAD-49). `dataset` is JSON by keyword. A series has the availability of the least available instance that can be had
/// at all, as it was told last; UNAVAILABLE, where as many instances as the series has are. A study that nobody knows
/// is made where an order has its UID; else nothing changes: archives tell of all that they hold.
AvailabilityVerdict take_availability(Book& book, const std::string& uid, const json::Value& dataset);

}  // namespace pons
