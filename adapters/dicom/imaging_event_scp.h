#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include <set>
#include <string>

#include "adapters/dicom/dimse_answer.h"
#include "engine/base/time.h"
#include "engine/ports/inlet.h"

namespace pons {

/// Modality Performed Procedure Step (PS3.4 F.7) and Instance Availability Notification (annex R) as SCP: hands each
/// request to the counter as an envelope, and answers with its receipt. The envelope holds the data set as it came, in
/// the transfer syntax that the attribute "transfer_syntax" names. Safe from many threads. The calls return what the
/// network said.
class ImagingEventScp final {
 public:
  /// `strict`: the AE titles of which only what PS3.4 F.7.2 allows is taken. The attribute "strict" says so of an
  /// envelope.
  ImagingEventScp(std::set<std::string> strict, Counter& counter, const Clock& clock)
      : strict_(std::move(strict)), counter_(counter), clock_(clock) {}

  /// Of either class, as it was agreed on. Who sends no SOP Instance UID gets one, made from what it sent: the same
  /// again gets the same one.
  OFCondition create(T_ASC_Association* association, T_ASC_PresentationContextID context,
                     const T_DIMSE_N_CreateRQ& request) const;
  OFCondition set(T_ASC_Association* association, T_ASC_PresentationContextID context,
                  const T_DIMSE_N_SetRQ& request) const;

 private:
  /// What was received, but for its kind.
  Envelope envelope(T_ASC_Association& association, T_ASC_PresentationContextID context, std::string uid,
                    std::string bytes) const;

  const std::set<std::string> strict_;
  Counter& counter_;
  const Clock& clock_;
};

}  // namespace pons
