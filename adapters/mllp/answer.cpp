#include "adapters/mllp/answer.h"

#include "engine/hl7/ack.h"
#include "engine/hl7/message.h"

namespace pons {

namespace {

std::string code(const Receipt& receipt, const Dialect& dialect) {
  if (receipt.took_effect()) return "AA";
  if (dialect.parked_is_aa && receipt.outcome == Receipt::Outcome::parked) return "AA";
  return receipt.unacceptable ? "AR" : "AE";
}

std::string text(const Receipt& receipt) {
  switch (receipt.outcome) {
    case Receipt::Outcome::done:
      return receipt.text;
    case Receipt::Outcome::held:
    case Receipt::Outcome::waiting:
      return "held: " + receipt.text;
    case Receipt::Outcome::dropped:
      return "not taken: " + receipt.text;
    default:
      return receipt.text;
  }
}

/// The message, or at least its MSH: a NUL byte or a second MSH further on spoils the message, but the sender can be
/// told.
Result<hl7::Message> readable(const std::string& received) {
  auto whole = hl7::Message::parse(received);
  return whole ? whole : hl7::Message::parse(received.substr(0, received.find_first_of("\r\n")));
}

}  // namespace

std::optional<std::string> answer(const std::string& received, const Receipt& receipt, const Dialect& dialect,
                                  const std::string& control_id, Instant now) {
  const auto message = readable(received);
  if (!message) return {};
  hl7::AckSpec ack{code(receipt, dialect), text(receipt), {}};
  if (ack.code == "AA") return hl7::build_ack(*message, ack, control_id, to_hl7(now));
  for (const Fault& fault : receipt.faults)
    ack.errors.push_back(
        {fault.field, fault.code, "", fault.line.empty() ? fault.text : fault.text + " (" + fault.line + ")", 'E'});
  return hl7::build_ack(*message, ack, control_id, to_hl7(now));
}

}  // namespace pons
