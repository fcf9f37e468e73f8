#include "adapters/dicom/hand_in.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "engine/ports/store.h"

namespace pons {

DimseAnswer hand_in(Counter& counter, Envelope envelope, std::uint16_t when_lost) {
  const std::string what = to_text(envelope.kind), peer = envelope.peer;
  try {
    return dimse_answer(counter.accept(std::move(envelope)));
  } catch (const StoreLost& lost) {
    spdlog::error("dicom: {} is told to send its {} again: {}", peer, what, lost.what());
    return {when_lost, 0, "not stored, nothing was done: send it again"};
  }
}

}  // namespace pons
