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

bool was_taken_before(const Parcel& parcel, const Delivery& delivery) {
  return parcel.number && parcel.number_was_sent && delivery.expected_number == *parcel.number + 1;
}

/// One more than ours, though ours never went out before, is how some name the next number when they refuse a message
/// for what is in it.
bool wants_another_number(const Parcel& parcel, const Delivery& delivery) {
  return parcel.number && delivery.expected_number && *delivery.expected_number != *parcel.number &&
         *delivery.expected_number != *parcel.number + 1;
}

void deliver_after_all(Settlement& settlement) {
  settlement.delivery.outcome = Delivery::Outcome::delivered;
  settlement.delivery.text += "; it expects the next number, so it has this message";
  settlement.state = Parcel::State::delivered;
}

void renumber(Settlement& settlement, const Terms& terms, double unit) {
  settlement.number = settlement.delivery.expected_number;
  settlement.number_was_sent = false;
  settlement.delivery.text += fmt::format("; goes again as number {}, which is expected", *settlement.number);
  settlement.state = Parcel::State::queued;
  settlement.due = settlement.ended + wait_after(terms.retry, 1, unit);
}

/// A refusal may be about the sequence number alone (HL7 v2.5.1 2.10.1 d).
void settle_refusal(Settlement& settlement, const Parcel& parcel, const Terms& terms, double unit) {
  if (was_taken_before(parcel, settlement.delivery)) return deliver_after_all(settlement);
  if (wants_another_number(parcel, settlement.delivery)) return renumber(settlement, terms, unit);
  refuse(settlement, terms.rejected);
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
  settlement.number_was_sent = parcel.number_was_sent || settlement.delivery.outcome == Delivery::Outcome::unknown;
  switch (settlement.delivery.outcome) {
    case Delivery::Outcome::delivered:
      settlement.state = Parcel::State::delivered;
      break;
    case Delivery::Outcome::refused:
      settle_refusal(settlement, parcel, terms, unit);
      break;
    case Delivery::Outcome::unavailable:
    case Delivery::Outcome::unknown:
      try_again(settlement, terms.retry, unit);
      break;
  }
  return settlement;
}

}  // namespace pons
