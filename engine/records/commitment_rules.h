#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// What became of a request for storage commitment, or of its result. `dicom_status` is what the other side reads.
struct CommitmentVerdict {
  std::uint16_t dicom_status = 0;
  std::string text;                       // for a person: why it is refused
  std::vector<std::uint32_t> attributes;  // tags that the status is about
  std::int64_t commitment = 0;            // row id; 0: refused
  bool is_known = false;                  // a result that came before

  bool refused() const { return dicom_status != 0; }
};

/// N-ACTION (PS3.4 J.3.2): remembers who asked the archive behind `outlet`. `dataset` is JSON by keyword. 0120H, 0121H:
/// it has no Transaction UID, or names no instance. 0110H: the Transaction UID is there already.
CommitmentVerdict ask_commitment(Book& book, const json::Value& dataset, const std::string& calling,
                                 const std::string& outlet);

/// N-EVENT-REPORT (PS3.4 J.3.3): the archive's answer. 0115H: nobody asked under this Transaction UID.
CommitmentVerdict answer_commitment(Book& book, const json::Value& dataset);

}  // namespace pons
