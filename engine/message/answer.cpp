#include "engine/message/answer.h"

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
Result<hl7::Message> message_or_header(const std::string& received) {
  auto whole = hl7::Message::parse(received);
  return whole ? whole : hl7::Message::parse(received.substr(0, received.find_first_of("\r\n")));
}

hl7::AckSpec application_ack(const Receipt& receipt, const Dialect& dialect) {
  hl7::AckSpec ack{code(receipt, dialect), text(receipt), {}};
  if (ack.code == "AA") return ack;
  for (const Fault& fault : receipt.faults)
    ack.errors.push_back(
        {fault.field, fault.code, "", fault.line.empty() ? fault.text : fault.text + " (" + fault.line + ")", 'E'});
  return ack;
}

bool wants(hl7::Wish wish, bool is_error) {
  return wish == hl7::Wish::always || wish == (is_error ? hl7::Wish::on_error : hl7::Wish::on_success);
}

/// What is said at once of the storing, and what of the application.
struct Acks {
  std::optional<hl7::AckSpec> accept, application;
};

Acks enhanced(const hl7::Wishes& wishes, hl7::AckSpec application, bool unacceptable, bool has_said_stored) {
  const bool wants_application = wants(wishes.application, application.code != "AA");
  const bool is_refused = application.code != "AA" && (unacceptable || !wants_application);
  Acks acks;
  if (!has_said_stored && wants(wishes.accept, is_refused)) {
    if (is_refused) {
      application.code = unacceptable ? "CR" : "CE";
      acks.accept = std::move(application);
      return acks;
    }
    acks.accept = hl7::AckSpec{"CA", "", {}};
  }
  application.wants_none = true;
  if (wants_application) acks.application = std::move(application);
  return acks;
}

std::optional<hl7::Wishes> wishes_of(const hl7::Message& received, const Dialect& dialect) {
  return dialect.original_only ? std::nullopt : hl7::wishes_of(received);
}

Acks acks_for(const hl7::Message& received, const Receipt& receipt, const Dialect& dialect, bool has_said_stored) {
  const bool is_acknowledgement = hl7::text_at(received, "MSH-9.1") == "ACK";
  auto wishes = wishes_of(received, dialect);
  if (!wishes && is_acknowledgement) return {};
  if (!wishes) return {{}, application_ack(receipt, dialect)};
  if (is_acknowledgement) wishes->application = hl7::Wish::never;
  return enhanced(*wishes, application_ack(receipt, dialect), receipt.unacceptable, has_said_stored);
}

bool goes_elsewhere(const hl7::Message& received, const Dialect& dialect) {
  return dialect.application_elsewhere && wishes_of(received, dialect);
}

}  // namespace

std::optional<std::vector<std::string>> answers(const std::string& received, const Receipt& receipt,
                                                const Dialect& dialect, const std::string& control_id, Instant now,
                                                bool has_said_stored) {
  const auto message = message_or_header(received);
  if (!message) return {};
  Acks acks = acks_for(*message, receipt, dialect, has_said_stored);
  if (goes_elsewhere(*message, dialect)) acks.application.reset();
  std::vector<std::string> built;
  for (auto* each : {&acks.accept, &acks.application}) {
    if (!*each) continue;
    (*each)->expected_number = receipt.expected_number;
    built.push_back(hl7::build_ack(*message, **each, built.empty() ? control_id : control_id + 'A', to_hl7(now)));
  }
  return built;
}

std::optional<std::string> later_answer(const std::string& received, const Receipt& receipt, const Dialect& dialect,
                                        const std::string& control_id, Instant now) {
  const auto message = message_or_header(received);
  if (!message || !goes_elsewhere(*message, dialect)) return {};
  auto ack = acks_for(*message, receipt, dialect, false).application;
  if (!ack) return {};
  ack->wants_accept = true;
  ack->expected_number = receipt.expected_number;
  return hl7::build_ack(*message, *ack, control_id, to_hl7(now));
}

std::optional<std::string> accept_ack(const std::string& received, const Receipt& receipt, const Dialect& dialect,
                                      const std::string& control_id, Instant now) {
  const auto message = message_or_header(received);
  if (!message || dialect.is_silent || dialect.original_only) return {};
  const auto wishes = hl7::wishes_of(*message);
  if (!wishes || !wants(wishes->accept, false)) return {};
  hl7::AckSpec ack{"CA", "", {}};
  ack.expected_number = receipt.expected_number;
  return hl7::build_ack(*message, ack, control_id, to_hl7(now));
}

std::string answer_to_nobody(const std::string& control_id, Instant now) {
  return hl7::build_ack({"AR", "this is no HL7 message", {{"MSH", 100, "", "its MSH cannot be read"}}}, control_id,
                        to_hl7(now));
}

}  // namespace pons
