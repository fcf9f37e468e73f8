#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include "adapters/dicom/asking.h"
#include "engine/base/time.h"
#include "engine/ports/inlet.h"

namespace pons {

/// Storage Commitment Push Model (PS3.4 annex J): takes a station's N-ACTION, and the N-EVENT-REPORT with which an
/// archive answers one of ours, as envelopes. Each is answered when it is durable. Safe from many threads. The calls
/// return what the network said.
class CommitmentScp final {
 public:
  CommitmentScp(Counter& counter, const Clock& clock) : counter_(counter), clock_(clock) {}

  OFCondition act(T_ASC_Association* association, T_ASC_PresentationContextID context,
                  const T_DIMSE_N_ActionRQ& request, AskingAssociations::Line& line) const;
  /// Sends the station a result that it asked for on this association, if there is one.
  static OFCondition tell(T_ASC_Association* association, AskingAssociations::Line& line);
  /// The station's answer to that.
  static OFCondition told(T_ASC_Association* association, T_ASC_PresentationContextID context,
                          const T_DIMSE_N_EventReportRSP& response, AskingAssociations::Line& line);
  /// `archive`: the AE title of who reports.
  OFCondition report(T_ASC_Association* association, T_ASC_PresentationContextID context,
                     const T_DIMSE_N_EventReportRQ& request, const std::string& archive) const;

 private:
  Counter& counter_;
  const Clock& clock_;
};

/// The event type of a result: 1 all of it is committed, 2 failures exist (PS3.4 table J.3-2).
DIC_US commitment_event(const std::string& result);
/// What an archive would have reported that commits to nothing of what it was asked: each instance failed, for 0110H.
std::string failed_commitment(const std::string& request);

}  // namespace pons
