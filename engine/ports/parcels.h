#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/message/parcel.h"

namespace pons {

/// How one attempt ended and what becomes of the parcel.
struct Settlement {
  std::int64_t parcel = 0;
  int attempt = 0;  // 1 for the first
  Instant began, ended;
  Delivery delivery;
  Parcel::State state = Parcel::State::delivered;  // queued: again at `due`
  Instant due;
  std::int64_t lease = 0;  // of the claim; a settlement under a lease that ended changes nothing
  std::optional<std::int64_t>
      number{};                  // the parcel goes again under this number, and the next one under the one after
  bool number_was_sent = false;  // the other side may have it
};

/// The parcels of the store, as couriers see them. Safe from many threads; several nodes may share it.
class Parcels {
 public:
  virtual ~Parcels() = default;

  struct Claim {
    std::int64_t lease = 0;  // a number that no other claim has
    Instant until;           // nothing of it may be sent after this
    std::vector<Parcel> parcels;
  };

  static constexpr std::size_t kClaimBytes = 8u << 20;
  /// At most `limit` parcels of the outlet that are due and stand first in every one of their lanes, in order of
  /// effect, with kClaimBytes of documents together, or a larger one alone; they are the caller's until they are
  /// settled or `until` has passed. A held or parked head: a held one keeps its lanes waiting, a parked one frees them.
  /// Throws StoreLost.
  virtual Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) = 0;
  /// The same for an outlet whose messages are numbered (HL7 v2.5.1 2.10.1): at most one, which has its number for
  /// good. No other is claimed until it was delivered or parked, so that numbers go out in order; it comes first,
  /// whatever its lanes have come to. Throws StoreLost.
  virtual Claim claim_numbered(const std::string& outlet, Instant now, Instant until) = 0;
  /// Records attempts and new states, all in one commit. Throws StoreLost.
  virtual void settle(const std::vector<Settlement>& settlements) = 0;
  /// Gives back what of the claim was not settled: the next claim may have it at once. Throws StoreLost.
  virtual void release(const Claim& claim) = 0;
  /// What is due after `latest` is due `now`: a clock planned it that has been set back since, or what it waits for is
  /// over. Throws StoreLost.
  virtual void bring_forward(const std::string& outlet, Instant latest, Instant now) = 0;
  /// The states of all that a message caused, none when it caused nothing. Throws StoreLost.
  virtual std::vector<Parcel::State> states(std::int64_t message) = 0;

  struct Backlog {
    std::size_t queued = 0, held = 0, parked = 0;
    std::optional<Instant> oldest;  // of those queued: when its message arrived
  };
  virtual Backlog backlog(const std::string& outlet) = 0;
};

}  // namespace pons
