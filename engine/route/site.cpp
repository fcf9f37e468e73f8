#include "engine/route/site.h"

#include <algorithm>
#include <array>

#include "engine/base/digest.h"
#include "engine/hl7/read.h"
#include "engine/route/order_message.h"
#include "engine/route/trace.h"

namespace pons {

namespace {

constexpr std::array<std::string_view, 3> kOrderTypes{"ORM", "OMG", "OMI"};
constexpr std::array<std::string_view, 11> kVersions{"2.1",   "2.2", "2.3", "2.3.1", "2.4", "2.5",
                                                     "2.5.1", "2.6", "2.7", "2.7.1", "2.8"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Receipt refusal(Receipt::Outcome outcome, Fault fault, bool unacceptable = false) {
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.text = fault.text;
  receipt.unacceptable = unacceptable;
  receipt.faults.push_back(std::move(fault));
  return receipt;
}

// HL7 v2.5.1 2.9.2.2: what MSH-9, 11 and 12 rule out is rejected (AR); everything else is an error (AE).
std::optional<Receipt> unacceptable(const Reading& message) {
  const auto reject = [](Fault fault) { return refusal(Receipt::Outcome::unrouted, std::move(fault), true); };
  const std::string type = message.text("MSH-9.1"), processing = message.text("MSH-11.1"),
                    version = message.text("MSH-12.1");
  if (!is_one_of(kOrderTypes, type))
    return reject(refused(
        "no route takes " + (type.empty() ? "a message without type" : type) + " here; ORM, OMG and OMI are taken",
        "MSH-9", 200));
  if (processing != "P" && processing != "T" && processing != "D")
    return reject(refused("the processing ID is \"" + processing + "\"; write P, T or D", "MSH-11", 202));
  if (!is_one_of(kVersions, version))
    return reject(refused("the version is \"" + version + "\"; 2.1 to 2.8 are read", "MSH-12", 203));
  return {};
}

std::optional<Receipt> not_for_the_route(const Reading& message) {
  const std::string facility = message.text("MSH-4.1");
  if (facility == "NORTH" || facility == "SOUTH") return {};
  return refusal(Receipt::Outcome::unrouted,
                 refused("no route takes it: ris-orders wants MSH-4 in (NORTH, SOUTH)", "MSH-4", 103));
}

Result<void> run_step(const Reading& group, const Patient& patient, Book& book) {
  const auto claim = order_claim(group);
  if (!claim) return claim.fault();
  const auto order = reconcile_order(book, patient, *claim);
  if (!order) return order.fault();
  const auto step = step_claim(group, **order, book.step((*order)->id, step_id(group)));
  if (!step) return step.fault();
  const auto written = write_step(book, **order, *step);
  return written ? Result<void>() : Result<void>(written.fault());
}

Result<void> run_orders(const Reading& message, Book& book) {
  const auto patient = reconcile_patient(book, patient_claim(message));
  if (!patient) return patient.fault();
  const auto groups = steps_of_message(message.message());
  if (groups.empty()) return refused("there is no order: neither OBR nor IPC", "OBR", 100);
  // A put() into the book moves rows: the patient is looked up by id for each group.
  const std::int64_t id = (*patient)->id;
  for (const hl7::Group& group : groups)
    if (auto ran = run_step(message.of(group), book.survivor(id), book); !ran) return ran;
  return {};
}

std::string sender_of(const Envelope& envelope, const hl7::Message& message) {
  std::string sender = envelope.inlet;
  for (const char* field : {"MSH-3", "MSH-4", "MSH-10"}) sender += '|' + hl7::text_at(message, field);
  return sender;
}

}  // namespace

const Endpoint& Site::endpoint(const std::string& name) const {
  static const Endpoint kUnknown;
  const auto found = endpoints_.find(name);
  return found == endpoints_.end() ? kUnknown : found->second;
}

Subject Site::subject(const Envelope& envelope) const {
  const auto message = hl7::Message::parse(*envelope.bytes);
  if (!message) return {};
  Subject subject = subject_of_order(Reading(*message, endpoint(envelope.inlet)));
  subject.identity = {sender_of(envelope, *message), sha256(*envelope.bytes)};
  return subject;
}

Decision Site::decide(const Envelope& envelope, Book& book) const {
  Trace trace;
  Decision decision;
  const auto finish = [&](Receipt receipt) {
    receipt.message = envelope.message;
    if (receipt.outcome == Receipt::Outcome::done)
      decision.changes = book.keep();
    else
      book.undo();
    trace.ended(receipt);
    decision.receipt = std::move(receipt);
    decision.trace = trace.json();
    return std::move(decision);
  };
  const auto message = hl7::Message::parse(*envelope.bytes);
  if (!message) return finish(refusal(Receipt::Outcome::refused, message.fault()));
  const Reading reading(*message, endpoint(envelope.inlet));
  if (auto receipt = unacceptable(reading)) return finish(*std::move(receipt));
  if (auto receipt = not_for_the_route(reading)) {
    trace.skipped("ris-orders", receipt->text);
    return finish(*std::move(receipt));
  }
  trace.took("ris-orders");
  if (const auto ran = run_orders(reading, book); !ran) return finish(refusal(Receipt::Outcome::refused, ran.fault()));
  return finish({});
}

}  // namespace pons
