#include "engine/runtime/conclusion.h"

#include <fmt/format.h>

#include <algorithm>

namespace pons {

namespace {

void refuse(Settlement& settlement, Terms::Rejected rejected) {
  settlement.state = rejected == Terms::Rejected::hold ? Parcel::State::held : Parcel::State::parked;
  if (rejected == Terms::Rejected::drop) settlement.delivery.text = "dropped: " + settlement.delivery.text;
}

bool is_patience_over(const Retry& retry, int attempts) {
  return retry.patience && waited(retry, attempts) >= *retry.patience;
}

void try_again(Settlement& settlement, const Retry& retry, double unit) {
  if (retry.then == Retry::Then::park && is_patience_over(retry, settlement.attempt)) {
    settlement.state = Parcel::State::parked;
    settlement.delivery.text += fmt::format("; given up after {}", to_text(*retry.patience));
    return;
  }
  // A server may ask for more patience, but not for more than the endpoint has.
  const Duration asked = std::min(settlement.delivery.come_back_in, retry.up_to);
  settlement.state = Parcel::State::queued;
  settlement.due = settlement.ended + std::max(wait_after(retry, settlement.attempt, unit), asked);
}

}  // namespace

Settlement conclude(const Parcel& parcel, Delivery delivery, const Terms& terms, Instant began, Instant ended,
                    double unit) {
  Settlement settlement;
  settlement.parcel = parcel.id;
  settlement.attempt = parcel.attempts + 1;
  settlement.began = began;
  settlement.ended = ended;
  settlement.delivery = std::move(delivery);
  switch (settlement.delivery.outcome) {
    case Delivery::Outcome::delivered:
      settlement.state = Parcel::State::delivered;
      break;
    case Delivery::Outcome::refused:
      refuse(settlement, terms.rejected);
      break;
    case Delivery::Outcome::unavailable:
    case Delivery::Outcome::unknown:
      try_again(settlement, terms.retry, unit);
      break;
  }
  return settlement;
}

}  // namespace pons
