#include "engine/message/receipt.h"

#include <utility>

namespace pons {

Receipt refusal(Receipt::Outcome outcome, Fault fault, bool unacceptable) {
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.text = fault.text;
  receipt.unacceptable = unacceptable;
  receipt.faults.push_back(std::move(fault));
  return receipt;
}

Receipt parked(std::int64_t message, const std::string& reason) {
  Receipt receipt = refusal(Receipt::Outcome::parked, refused(reason));
  receipt.message = message;
  receipt.text = "parked " + std::to_string(message);
  return receipt;
}

}  // namespace pons
