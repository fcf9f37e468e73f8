#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "adapters/dicom/call.h"
#include "engine/base/time.h"
#include "engine/dicom/dataset.h"

namespace pons {

/// What another application entity is asked by C-FIND (PS3.4 C.4.1, K.4.1).
struct FindRequest {
  std::string sop_class;
  dicom::Dataset identifier;
  std::size_t limit = 100;                           // answers that are wanted; what is beyond them is cancelled
  Duration reply_within = std::chrono::seconds(30);  // for the association, and for each answer after the one before
};

/// What it came to.
struct FindEnd {
  std::size_t answers = 0;    // that were taken
  bool has_more = false;      // there are more than were wanted
  bool ignores_keys = false;  // FF01: it passes over a key that it was asked for
  std::string failure;        // why the list is not whole, for a person; may quote the other side. Empty: it is
};

/// Asks on an association of its own, and hands each answer to `take` as it comes, its text as UTF-8. Throws
/// std::runtime_error with the file of TLS that is no good.
FindEnd find(const DicomDestination& whom, const FindRequest& request,
             const std::function<void(const dicom::Dataset&)>& take);

}  // namespace pons
