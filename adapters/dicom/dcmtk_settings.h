#pragma once

namespace pons {

/// Settings of DCMTK's that hold for the process; they must be there before the first association.
void prepare_dcmtk();

}  // namespace pons
