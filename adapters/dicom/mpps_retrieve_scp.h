#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include "engine/ports/performed_steps.h"

namespace pons {

/// Modality Performed Procedure Step Retrieve as SCP (PS3.4 F.8). Safe from many threads.
class MppsRetrieveScp final {
 public:
  explicit MppsRetrieveScp(PerformedSteps& steps) : steps_(steps) {}

  /// Answers one N-GET with the attributes that it lists, or all. An attribute of type 2 that the modality did not
  /// create has no value; any other that is not there makes the answer 0001H. Returns what the network said.
  OFCondition get(T_ASC_Association* association, T_ASC_PresentationContextID context,
                  const T_DIMSE_N_GetRQ& request) const;

 private:
  struct Answer;
  Answer answer(const T_DIMSE_N_GetRQ& request) const;

  PerformedSteps& steps_;
};

}  // namespace pons
