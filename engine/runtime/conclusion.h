#pragma once

#include "engine/base/time.h"
#include "engine/message/parcel.h"
#include "engine/ports/parcels.h"
#include "engine/runtime/retry.h"

namespace pons {

/// What an endpoint says about parcels that were not delivered.
struct Terms {
  /// park: the parcel is set aside as a dead letter and its lanes go on. hold: its lanes wait until a person decides.
  /// drop: as park, and the attempt's text says that nobody need look at it; nothing is ever called delivered that was
  /// not.
  enum class Rejected { park, hold, drop };

  Retry retry;
  Rejected rejected = Rejected::park;
};

/// What becomes of a parcel after an attempt: state, due and text are decided; the caller adds the lease.
/// A refusal that names another sequence number than the parcel's is about the number: the parcel goes again under that
/// one, or has been taken before.
/// Not reached, and answer lost: again, later, with the same control id; parked when patience is over and `then: park`.
Settlement conclude(const Parcel& parcel, Delivery delivery, const Terms& terms, Instant began, Instant ended,
                    double unit);

}  // namespace pons
