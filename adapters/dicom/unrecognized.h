#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

namespace pons {

/// Answers a request that was not agreed on for its presentation context: 0211H, to a C-FIND 0122H (PS3.7 annex C). Its
/// data set is skipped. A bad condition for what is no request.
OFCondition answer_unrecognized(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                const T_DIMSE_Message& request);

}  // namespace pons
