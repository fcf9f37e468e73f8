#include "adapters/dicom/verdict.h"

#include <fmt/format.h>

namespace pons {

namespace {

constexpr std::uint16_t kDuplicate = 0x0111, kResourceLimitation = 0x0213;

}  // namespace

Delivery dicom_verdict(std::uint16_t status) {
  Delivery delivery;
  delivery.outcome = Delivery::Outcome::refused;
  delivery.text = fmt::format("status {:04X}H", status);
  if (status == kDuplicate) delivery.text += ", it has it already";
  const bool is_warning = status == 0x0001 || status == 0x0107 || status == 0x0116 || status >> 12 == 0xB;
  if (status == 0 || is_warning || status == kDuplicate)
    delivery.outcome = Delivery::Outcome::delivered;
  else if (status >> 8 == 0xA7 || status == kResourceLimitation)
    delivery.outcome = Delivery::Outcome::unavailable;
  return delivery;
}

}  // namespace pons
