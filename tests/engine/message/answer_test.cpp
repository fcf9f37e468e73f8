#include "engine/message/answer.h"

#include <catch2/catch.hpp>

#include "engine/hl7/ack.h"
#include "engine/hl7/read.h"

using namespace pons;

namespace {

const Instant kNow = *from_rfc3339("2026-11-25T10:00:00Z");

/// MSH-9 and what MSH-15 and MSH-16 say.
std::string message(const std::string& accept, const std::string& application, const std::string& type = "ADT^A08") {
  return "MSH|^~\\&|HIS|NORTH|PONS|HOSP|20261125||" + type + "|M1|P|2.5.1|||" + accept + "|" + application + "\r";
}

Receipt receipt(Receipt::Outcome outcome, bool unacceptable = false) {
  Receipt made;
  made.message = 7;
  made.outcome = outcome;
  made.unacceptable = unacceptable;
  if (!made.took_effect()) made.faults.push_back(refused("there is no patient identifier", "PID-3", 101));
  return made;
}

const Receipt kDone = receipt(Receipt::Outcome::done), kRefused = receipt(Receipt::Outcome::refused),
              kWrongType = receipt(Receipt::Outcome::unrouted, true);

/// "CA AA": MSA-1 of each.
std::string codes(const std::string& received, const Receipt& outcome, const Dialect& dialect = {}) {
  std::string all;
  const auto acks = answers(received, outcome, dialect, "C1", kNow);
  for (const std::string& each : acks.value()) {
    const hl7::Ack ack = *hl7::read_ack(each);
    CHECK(ack.control_id == "M1");
    all += (all.empty() ? "" : " ") + ack.code;
  }
  return all;
}

}  // namespace

TEST_CASE("MSH-15 and MSH-16 say which acknowledgements come, and for what") {
  struct Row {
    std::string accept, application, done, refused, wrong_type;
  };
  const Row row = GENERATE(values<Row>({{"", "", "AA", "AE", "AR"},
                                        {"\"\"", " ", "AA", "AE", "AR"},
                                        {"AL", "", "CA", "CE", "CR"},
                                        {"AL", "NE", "CA", "CE", "CR"},
                                        {"AL", "AL", "CA AA", "CA AE", "CR"},
                                        {"AL", "ER", "CA", "CA AE", "CR"},
                                        {"AL", "SU", "CA AA", "CE", "CR"},
                                        {"NE", "NE", "", "", ""},
                                        {"", "NE", "", "", ""},
                                        {"NE", "AL", "AA", "AE", "AR"},
                                        {"", "AL", "AA", "AE", "AR"},
                                        {"NE", "ER", "", "AE", "AR"},
                                        {"NE", "SU", "AA", "", ""},
                                        {"ER", "", "", "CE", "CR"},
                                        {"ER", "AL", "AA", "AE", "CR"},
                                        {"ER", "SU", "AA", "CE", "CR"},
                                        {"SU", "", "CA", "", ""},
                                        {"SU", "AL", "CA AA", "CA AE", "AR"},
                                        {"SU", "SU", "CA AA", "", ""},
                                        {"ACCEPT", "NE", "CA", "CE", "CR"}}));
  CAPTURE(row.accept, row.application);
  const std::string received = message(row.accept, row.application);
  CHECK(codes(received, kDone) == row.done);
  CHECK(codes(received, kRefused) == row.refused);
  CHECK(codes(received, kWrongType) == row.wrong_type);
}

TEST_CASE("a partner in original mode gets one answer, whatever MSH-15 and MSH-16 say") {
  CHECK(codes(message("AL", "AL"), kDone, {.original_only = true}) == "AA");
  CHECK(codes(message("NE", "NE"), kRefused, {.original_only = true}) == "AE");
}

TEST_CASE("what keeps its place is accepted, and the text says so once") {
  Receipt held = receipt(Receipt::Outcome::held);
  held.text = "it stands behind message 3";
  const auto acks = answers(message("AL", "AL"), held, {}, "C1", kNow).value();
  REQUIRE(acks.size() == 2);
  CHECK(hl7::read_ack(acks[0])->text.empty());
  CHECK(hl7::read_ack(acks[1])->text == "held: it stands behind message 3");
}

TEST_CASE("an acknowledgement is never acknowledged by an application") {
  CHECK(codes(message("", "", "ACK^A08^ACK"), kDone) == "");
  CHECK(codes(message("", "", "ACK"), kWrongType) == "");
  CHECK(codes(message("AL", "AL", "ACK"), kDone) == "CA");
  CHECK(codes(message("NE", "AL", "ACK"), kDone) == "");
}

TEST_CASE("two acknowledgements are two messages, and the second asks for no third") {
  const auto acks = answers(message("AL", "AL"), kRefused, {}, "C1", kNow).value();
  REQUIRE(acks.size() == 2);
  const auto accept = *hl7::Message::parse(acks[0]), application = *hl7::Message::parse(acks[1]);
  CHECK(hl7::text_at(accept, "MSH-10") == "C1");
  CHECK(hl7::text_at(application, "MSH-10") != "C1");
  CHECK(hl7::text_at(accept, "MSH-15").empty());
  CHECK(hl7::text_at(application, "MSH-15") == "NE");
  CHECK(hl7::text_at(application, "MSH-16") == "NE");
  CHECK(acks[0].find("ERR|") == std::string::npos);
  CHECK(hl7::text_at(application, "ERR-2.1") == "PID");
  CHECK(answers("no message", kRefused, {}, "C1", kNow) == std::nullopt);
}

TEST_CASE("MSA-4 tells the sequence number that is expected, in every acknowledgement") {
  Receipt numbered = kDone;
  numbered.expected_number = 42;
  const auto acks = answers(message("AL", "AL"), numbered, {}, "C1", kNow);
  REQUIRE(acks.value().size() == 2);
  for (const std::string& each : *acks) CHECK(hl7::text_at(*hl7::Message::parse(each), "MSA-4") == "42");
  const auto stored = accept_ack(message("AL", "AL"), numbered, {}, "C1", kNow);
  CHECK(hl7::text_at(*hl7::Message::parse(stored.value()), "MSA-4") == "42");
  numbered.expected_number = -1;
  CHECK(hl7::text_at(*hl7::Message::parse(answers(message("", ""), numbered, {}, "C1", kNow)->front()), "MSA-4") ==
        "-1");
  CHECK(answers(message("", ""), kDone, {}, "C1", kNow)->front().find("MSA|AA|M1\r") != std::string::npos);
}

TEST_CASE("an application acknowledgement that goes elsewhere is left out at once, and asks for CA itself") {
  const Dialect elsewhere{.application_elsewhere = true};
  struct Row {
    std::string accept, application, at_once, later;
  };
  const Row row = GENERATE(values<Row>({{"", "", "AE", ""},  // original mode has one answer
                                        {"AL", "NE", "CE", ""},
                                        {"AL", "AL", "CA", "AE"},
                                        {"AL", "ER", "CA", "AE"},
                                        {"AL", "SU", "CE", ""},
                                        {"NE", "AL", "", "AE"},
                                        {"NE", "NE", "", ""}}));
  CAPTURE(row.accept, row.application);
  const std::string received = message(row.accept, row.application);
  CHECK(codes(received, kRefused, elsewhere) == row.at_once);
  const auto later = later_answer(received, kRefused, elsewhere, "A7", kNow);
  CHECK((later ? hl7::read_ack(*later)->code : "") == row.later);
  CHECK_FALSE(later_answer(received, kRefused, {}, "A7", kNow));
  if (!later) return;
  const auto ack = *hl7::Message::parse(*later);
  CHECK(hl7::text_at(ack, "MSA-2") == "M1");
  CHECK(hl7::text_at(ack, "MSH-10") == "A7");
  CHECK(hl7::text_at(ack, "MSH-15") == "AL");
  CHECK(hl7::text_at(ack, "MSH-16") == "NE");
  CHECK(hl7::text_at(ack, "MSH-5") == "HIS");
  CHECK(hl7::text_at(ack, "ERR-2.1") == "PID");
}
