#include "adapters/mllp/answer.h"

#include "engine/hl7/ack.h"
#include "engine/hl7/message.h"
#include "engine/hl7/read.h"

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

hl7::AckSpec::Err err(const Fault& fault) {
  return {fault.field, fault.code, "", fault.line.empty() ? fault.text : fault.text + " (" + fault.line + ")", 'E'};
}

bool is_acknowledgement(const hl7::Message& message) {
  return hl7::text_at(message, "MSH-9.1") == "ACK";
}

bool wants(hl7::Wish wish, bool is_error) {
  return wish == hl7::Wish::always || wish == (is_error ? hl7::Wish::on_error : hl7::Wish::on_success);
}

std::vector<hl7::AckSpec> enhanced(const hl7::Wishes& wishes, hl7::AckSpec application, bool unacceptable,
                                   bool of_acknowledgement) {
  const bool is_error = application.code != "AA";
  const bool wants_application = !of_acknowledgement && wants(wishes.application, is_error);
  const bool not_accepted = is_error && (unacceptable || !wants_application);
  std::vector<hl7::AckSpec> acks;
  if (wants(wishes.accept, not_accepted)) {
    if (not_accepted) {
      application.code = unacceptable ? "CR" : "CE";
      return {std::move(application)};
    }
    acks.push_back({"CA", "", {}});
  }
  application.wants_none = true;
  if (wants_application) acks.push_back(std::move(application));
  return acks;
}

}  // namespace

std::optional<std::vector<std::string>> answers(const std::string& received, const Receipt& receipt,
                                                const Dialect& dialect, const std::string& control_id, Instant now) {
  const auto message = readable(received);
  if (!message) return {};
  hl7::AckSpec application{code(receipt, dialect), text(receipt), {}};
  const bool is_error = application.code != "AA";
  for (std::size_t i = 0; is_error && i < receipt.faults.size(); ++i)
    application.errors.push_back(err(receipt.faults[i]));
  std::vector<hl7::AckSpec> acks;
  const auto wishes = dialect.original_only ? std::nullopt : hl7::wishes_of(*message);
  if (!wishes) {
    if (!is_acknowledgement(*message)) acks.push_back(std::move(application));
  } else {
    acks = enhanced(*wishes, std::move(application), receipt.unacceptable, is_acknowledgement(*message));
  }
  std::vector<std::string> built;
  for (std::size_t i = 0; i < acks.size(); ++i)
    built.push_back(hl7::build_ack(*message, acks[i], i == 0 ? control_id : control_id + 'A', to_hl7(now)));
  return built;
}

}  // namespace pons
