#include "engine/runtime/until_delivered.h"

#include <algorithm>
#include <string>
#include <thread>

#include "engine/ports/store.h"

namespace pons {

namespace {

Receipt undelivered(Receipt receipt, const std::string& why) {
  receipt.outcome = Receipt::Outcome::refused;
  receipt.text = "stored as " + std::to_string(receipt.message) + ", not delivered";
  receipt.faults = {unavailable("stored as message " + std::to_string(receipt.message) + "; " + why)};
  return receipt;
}

}  // namespace

Receipt UntilDelivered::accept(Envelope envelope) {
  return accept_and_tell(std::move(envelope), [](const Receipt&) {});
}

Receipt UntilDelivered::accept_and_tell(Envelope envelope, const Stored& stored) {
  Receipt receipt = intake_.accept(std::move(envelope));
  if (receipt.outcome != Receipt::Outcome::done) return receipt;
  stored(receipt);
  const auto end = std::chrono::steady_clock::now() + settings_.within;
  while (!stopping_) {
    const auto states = parcels_.states(receipt.message);
    const auto any = [&](Parcel::State state) { return std::count(states.begin(), states.end(), state) > 0; };
    if (any(Parcel::State::parked)) return undelivered(std::move(receipt), "a receiver refused it, so it is parked");
    if (any(Parcel::State::held)) return undelivered(std::move(receipt), "a receiver refused it, so it is held");
    if (!any(Parcel::State::queued)) return receipt;
    if (std::chrono::steady_clock::now() >= end)
      return undelivered(std::move(receipt),
                         "it stays queued for a receiver that has not taken it yet; "
                         "send the same message again to ask again");
    std::this_thread::sleep_for(settings_.looks_each);
  }
  throw StoreLost("the engine is stopping");
}

}  // namespace pons
