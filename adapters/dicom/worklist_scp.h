#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include "adapters/dicom/worklist_query.h"
#include "engine/ports/worklist.h"

namespace pons {

/// Answers one C-FIND of the Modality Worklist SOP Class (PS3.4 K.4.1). An answer a step; a cancel is looked for
/// between two answers. Returns what the network said.
OFCondition answer_worklist(T_ASC_Association* association, T_ASC_PresentationContextID context,
                            const T_DIMSE_C_FindRQ& request, Worklist& worklist, const KnownStations& stations,
                            std::size_t limit);

}  // namespace pons
