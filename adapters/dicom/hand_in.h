#pragma once

#include "adapters/dicom/dimse_answer.h"
#include "engine/ports/inlet.h"

namespace pons {

/// Hands in what came, and gives the answer when it is durable. `when_lost`: the status while the database is away;
/// then nothing was done, and the other side is to send it again.
DimseAnswer hand_in(Counter& counter, Envelope envelope, std::uint16_t when_lost);

}  // namespace pons
