#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

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
                  const T_DIMSE_N_ActionRQ& request) const;
  /// `archive`: the AE title of who reports.
  OFCondition report(T_ASC_Association* association, T_ASC_PresentationContextID context,
                     const T_DIMSE_N_EventReportRQ& request, const std::string& archive) const;

 private:
  Counter& counter_;
  const Clock& clock_;
};

/// What an archive would have reported that commits to nothing of what it was asked: each instance failed, for 0110H.
std::string failed_commitment(const std::string& request);

}  // namespace pons
