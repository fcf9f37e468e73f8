#pragma once

#include <cstdint>

#include "engine/message/parcel.h"

namespace pons {

/// What the status of a response says about what was sent (PS3.7 annex C): 0001H, 0107H, 0116H and BxxxH are warnings,
/// 0111H says that it came before; A7xxH and 0213H are for later.
Delivery dicom_verdict(std::uint16_t status);

}  // namespace pons
