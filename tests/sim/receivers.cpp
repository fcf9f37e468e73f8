#include "tests/sim/receivers.h"

namespace pons::sim {

using namespace std::chrono_literals;

bool Receivers::is_down(const std::string& outlet) const {
  const auto found = down_until_.find(outlet);
  return found != down_until_.end() && found->second > world_.now();
}

bool Receivers::read(const Parcel& parcel) {
  const auto [found, is_new] = takes_.try_emplace(parcel.id, true);
  if (is_new) found->second = !chance_.happens(weather_.refusals);
  watch_.arrived(parcel, found->second);
  return found->second;
}

Delivery Wire::ended(Delivery::Outcome outcome, const char* text) const {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.text = text;
  return delivery;
}

Delivery Wire::send(const Parcel& parcel) {
  const Duration began = world_.now();
  world_.sleep(chance_.between(Duration(1ms), Duration(20ms)));
  risk_power_();
  if (receivers_.is_down(parcel.outlet)) {
    world_.sleep(chance_.happens(0.5) ? Duration(1ms) : reply_within_ / 2);
    return not_connected("connection refused");
  }
  if (weather_.strikes(chance_, weather_.answers)) return lose_answer(parcel, began);
  const bool takes = receivers_.read(parcel);
  risk_power_();
  world_.sleep(chance_.happens(0.02) ? chance_.between(Duration(1s), reply_within_ - 1s)
                                     : chance_.between(Duration(1ms), Duration(50ms)));
  return takes ? ended(Delivery::Outcome::delivered, "AA") : ended(Delivery::Outcome::refused, "AE");
}

/// It was read, or will be, or never; nobody here gets to know.
Delivery Wire::lose_answer(const Parcel& parcel, Duration began) {
  switch (chance_.between(0, 3)) {
    case 0:  // on the way there
      break;
    case 1:  // the answer to the message before, so this one's is not known
      receivers_.read(parcel);
      world_.sleep(chance_.between(Duration(1ms), Duration(50ms)));
      return ended(Delivery::Outcome::unknown, "MSA-2 names another message");
    case 2:  // it lies in the other side's buffer, and is read when nobody listens any longer
      world_.after(chance_.between(Duration(1s), Duration(2min)),
                   [&receivers = receivers_, parcel] { receivers.read(parcel); });
      break;
    default:
      receivers_.read(parcel);
  }
  risk_power_();
  const Duration left = began + reply_within_ - world_.now();
  if (left > Duration::zero()) world_.sleep(left);
  return ended(Delivery::Outcome::unknown, "no answer");
}

}  // namespace pons::sim
