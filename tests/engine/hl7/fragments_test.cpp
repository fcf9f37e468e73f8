#include "engine/hl7/fragments.h"

#include <catch2/catch.hpp>

#include "engine/hl7/read.h"

using namespace pons;
using namespace pons::hl7;

namespace {

/// Its MSH-10, MSH-13 and MSH-14, and what follows.
std::string message(const std::string& control_id, const std::string& number, const std::string& continues,
                    const std::string& rest) {
  return "MSH|^~\\&|LAB|NORTH|||20261124100000||ORU^R01|" + control_id + "|P|2.5.1|" + number + "|" + continues +
         "|AL\r" + rest;
}

std::string joined(const std::vector<std::string>& fragments) {
  const std::vector<std::string_view> views(fragments.begin(), fragments.end());
  const auto whole = join(views);
  return whole ? *whole : whole.fault().text;
}

Fragment fragment(const std::string& bytes) {
  return fragment_of(*Message::parse(bytes));
}

}  // namespace

TEST_CASE("DSC says that more will follow, MSH-14 what a message follows") {
  const Fragment first = fragment(message("C1", "", "", "PID|1\rDSC|P1|F\r"));
  CHECK((first.awaits_more() && !first.is_last() && first.pointer == "P1"));
  const Fragment middle = fragment(message("C2", "", "P1", "OBX|2\rDSC|P2\r"));
  CHECK((middle.awaits_more() && middle.continues == "P1" && middle.pointer == "P2"));
  CHECK(fragment(message("C3", "", "P2", "OBX|3\r")).is_last());
  CHECK(fragment(message("C3", "", "P2", "OBX|3\rDSC||F\r")).is_last());
  const Fragment whole = fragment(message("C4", "", "", "PID|1\r"));
  CHECK_FALSE((whole.awaits_more() || whole.is_last()));
}

TEST_CASE("the continuation of a query's answer is no fragment") {
  CHECK_FALSE(fragment(message("C1", "", "", "PID|1\rDSC|P1|I\r")).awaits_more());
}

TEST_CASE("fragments make one message, with the control id of the last") {
  CHECK(joined({message("C1", "7", "", "PID|1\rOBX|1|TX|||one\rDSC|P1|F\r"),
                message("C2", "8", "P1", "OBX|2|TX|||two\rDSC|P2|F\r"),
                message("C3", "9", "P2", "OBX|3|TX|||three\r")}) ==
        message("C3", "9", "", "PID|1\rOBX|1|TX|||one\rOBX|2|TX|||two\rOBX|3|TX|||three\r"));
}

TEST_CASE("ADD continues the segment before it, also the last one of the fragment before") {
  CHECK(joined({message("C1", "", "", "PID|1\rOBX|1|TX|||a long \rADD\rDSC|P1|F\r"),
                message("C2", "", "P1", "ADD|tex\rADD|t|||F\rOBX|2\r")}) ==
        message("C2", "", "", "PID|1\rOBX|1|TX|||a long text|||F\rOBX|2\r"));
  CHECK(with_additions(*Message::parse(message("C1", "", "", "OBX|1|TX|||a long \rADD|text|||F\rADD|\rOBX|2\r")))
            .write() == message("C1", "", "", "OBX|1|TX|||a long text|||F\rOBX|2\r"));
}

TEST_CASE("a message without ADD is read as it came") {
  const std::string bytes = message("C1", "", "", "PID|1\n\rOBX|1|TX|||ADD|\n");
  const Message read = with_additions(*Message::parse(bytes));
  CHECK_FALSE(read.is_changed());
  CHECK(read.write() == bytes);
}

TEST_CASE("an ADD that continues nothing stays what it is") {
  const std::string bytes = message("C1", "", "", "ADD|x\rPID|1\r");
  CHECK(with_additions(*Message::parse(bytes)).write() == bytes);
}

TEST_CASE("fragments with different delimiters make no message") {
  std::string other = message("C2", "", "P1", "OBX|2\r");
  other.replace(3, 5, "#^~\\&");
  for (char& c : other)
    if (c == '|') c = '#';
  CHECK(joined({message("C1", "", "", "PID|1\rDSC|P1|F\r"), other}) ==
        "the fragments of one message have different delimiters");
}
