#include "engine/message/parcel.h"

namespace pons {

std::string patient_lane(std::int64_t patient) {
  return "patient:" + std::to_string(patient);
}

std::string patient_lane(const Identifier& unknown) {
  return "patient:" + unknown.key();
}

Delivery not_connected(const std::string& why) {
  Delivery delivery;
  delivery.outcome = Delivery::Outcome::unavailable;
  delivery.nobody_there = true;
  delivery.text = "not connected: " + why;
  return delivery;
}

}  // namespace pons
