/// The input is the control id that was sent on the first line, and an answer. Nothing counts as delivered but an
/// acceptance of that very message; and what we answer to the same bytes is an acknowledgement of them.
#include "engine/hl7/ack.h"

#include "adapters/mllp/verdict.h"
#include "engine/hl7/read.h"
#include "tests/fuzz/property.h"

using namespace pons;
using pons::fuzz::must;

namespace {

void check_verdict(const std::string& answer, std::string_view sent) {
  const auto delivery = verdict(answer, sent, {"AA", "CA"});
  if (!delivery) return;
  const auto message = hl7::Message::parse(answer);
  must(message.operator bool(), "an answer that counts is a message");
  must(hl7::text_at(*message, "MSA-2") == sent, "an answer that counts names the message that was sent");
  const auto code = hl7::text_at(*message, "MSA-1");
  const bool accepts = code == "AA" || code == "CA";
  must((delivery->outcome == Delivery::Outcome::delivered) == accepts, "delivered is what was accepted");
  must(!verdict(answer, std::string(sent) + "1", {"AA", "CA"}), "an answer to one message is none to another");
}

void check_answer(const std::string& received) {
  const auto message = hl7::Message::parse(received);
  if (!message) return;
  hl7::AckSpec spec;
  spec.code = "AE";
  spec.text = "no\r|order^\n";
  spec.errors = {{"ORC[2]-1", 101, "", "write a | and\rPID|1"}, {"PID-3[2].1", 207, "~&\\", ""}};
  const std::string bytes = hl7::build_ack(*message, spec, "7", "20261124");
  const auto answer = hl7::Message::parse(bytes);
  must(answer.operator bool(), "an acknowledgement can be read");
  must(answer->size() == 4 && answer->is(1, "MSA") && answer->is(3, "ERR"), "it holds what it shall hold");
  const auto ack = hl7::read_ack(bytes);
  must(ack && ack->code == "AE", "it says what it shall say");
  const auto delivery = verdict(bytes, hl7::text_at(*message, "MSH-10"), {"AA"});
  must(delivery && delivery->outcome == Delivery::Outcome::refused, "its sender knows it by its control id");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = fuzz::text_of(data, size);
  const auto sent = fuzz::take_line(input);
  const std::string bytes(input);
  check_verdict(bytes, sent);
  check_answer(bytes);
  return 0;
}
