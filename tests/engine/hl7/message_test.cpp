#include "engine/hl7/message.h"

#include <catch2/catch.hpp>

#include "engine/hl7/ack.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/read.h"
#include "engine/hl7/structure.h"

using namespace pons;
using hl7::Message;
using hl7::State;

namespace {

const std::string kHead = "MSH|^~\\&|RIS|NORTH|PONS|HOSP|20261124||ORM^O01|M1|P|2.5\r";

Message message(const std::string& rest) {
  return *Message::parse(kHead + rest);
}

hl7::Found first(const Message& message, const char* path, const hl7::Group* within = nullptr) {
  return hl7::find_first(message, *hl7::Path::parse(path), within);
}

std::string text(const Message& message, const char* path, const hl7::Group* within = nullptr) {
  return hl7::text(first(message, path, within));
}

}  // namespace

TEST_CASE("whatever ends the segments, a message writes back the same bytes") {
  for (const std::string bytes :
       {"MSH|^~\\&|A\rPID|1\r", "MSH|^~\\&|A\nPID|1\n", "MSH|^~\\&|A\r\nPID|1\r\n", "MSH|^~\\&|A\rPID|1"}) {
    const auto parsed = Message::parse(bytes);
    REQUIRE(parsed);
    CHECK(parsed->size() == 2);
    CHECK(parsed->write() == bytes);
  }
}

TEST_CASE("what is no single message is refused with the offset") {
  CHECK_FALSE(Message::parse("GET / HTTP/1.1"));
  const auto two = Message::parse(kHead + "PID|1\r" + kHead);
  REQUIRE_FALSE(two);
  CHECK(two.fault().text.find(std::to_string(kHead.size() + 6)) != std::string::npos);
  const std::string with_nul = kHead + std::string("PID|\0|1\r", 8);
  const auto nul = Message::parse(with_nul);
  REQUIRE_FALSE(nul);
  CHECK(nul.fault().text.find(std::to_string(kHead.size() + 4)) != std::string::npos);
  CHECK_FALSE(Message::parse("MSH|^\"\\&|A\rPID|1\r"));  // null would be structure
}

TEST_CASE("absent, null and a value are three things") {
  const Message m = message("PID|1||M1||\"\"|\r");
  CHECK(first(m, "PID-3").state == State::value);
  CHECK(first(m, "PID-5").state == State::null);
  CHECK(first(m, "PID-6").state == State::absent);
  CHECK(first(m, "PID-40").state == State::absent);
  CHECK(first(m, "PV1-2").state == State::absent);
}

TEST_CASE("a field is found however far into its segment, also where lines end in LF") {
  std::string segment = "ZZZ";
  const auto value = [](int field) { return std::string(static_cast<std::size_t>(field % 23), 'x'); };
  for (int field = 1; field <= 200; ++field) segment += '|' + value(field);
  const auto message = *Message::parse("MSH|^~\\&|A\nZZZ|first\n" + segment + '\n');
  for (int field = 0; field <= 200; ++field)
    CHECK(message.raw_field(2, static_cast<std::size_t>(field)) == (field == 0 ? "ZZZ" : value(field)));
  CHECK_FALSE(message.raw_field(2, 201));
}

TEST_CASE("a repetition is chosen by number, last, or what is in it") {
  const Message m = message("PID|1||99^^^NHS^NH~M1^^^HOSP^MR\r");
  CHECK(text(m, "PID-3.1") == "99");
  CHECK(text(m, "PID-3[2].1") == "M1");
  CHECK(text(m, "PID-3[last].1") == "M1");
  CHECK(text(m, "PID-3[5 = MR].1") == "M1");
  CHECK(text(m, "PID-3[5 != MR].1") == "99");
  CHECK(hl7::find(m, *hl7::Path::parse("PID-3[*].1")).size() == 2);
  CHECK(text(m, "PID-3(1)-1") == "M1");
}

TEST_CASE("escapes are decoded on the way in, and unknown ones stay as they are") {
  CHECK(text(message("NTE|1||a\\T\\b\\F\\c\\S\\d\\R\\e\\E\\f\r"), "NTE-3") == "a&b|c^d~e\\f");
  CHECK(text(message("NTE|1||C:\\temp\r"), "NTE-3") == "C:\\temp");
}

TEST_CASE("a value that is written never becomes structure") {
  Message m = message("PID|1||M1||DOE\r");
  const std::string hostile = "a|b^c~d&e\\f\rPID|9\ng\x0b\x1c";
  REQUIRE(hl7::set(m, *hl7::Path::parse("PID-5"), State::value, hostile));
  const auto again = Message::parse(m.write());
  REQUIRE(again);
  CHECK(again->size() == 2);
  CHECK(text(*again, "PID-5") == hostile);
  CHECK(m.write().find('\x0b') == std::string::npos);
  CHECK(text(*again, "PID-3") == "M1");
}

TEST_CASE("a line feed inside a value never makes what is written after it a segment") {
  auto m = *hl7::Message::parse("MSH|^~\\&|A\rNTE|\nPID\rOBX|1\r");
  REQUIRE(hl7::set(m, *hl7::Path::parse("NTE-3"), hl7::State::value, "x"));
  CHECK(m.write() == "MSH|^~\\&|A\rNTE|\\X0A\\PID||x\rOBX|1\r");
}

TEST_CASE("a segment that a line feed ended is still one when the next segment has gone") {
  auto m = *hl7::Message::parse("MSH|^~\\&|A\rNTE|1\nPID|1\rand so on\r");
  REQUIRE(m.size() == 4);
  REQUIRE(hl7::remove_segment(m, 2));
  CHECK(m.write() == "MSH|^~\\&|A\rNTE|1\rand so on\r");
}

TEST_CASE("a path that counts from 0 ends where one that counts from 1 does") {
  CHECK(hl7::Path::parse("ZDS(99998)-1")->to_text() == "ZDS[99999]-1");
  CHECK_FALSE(hl7::Path::parse("ZDS(499998)-1"));
}

TEST_CASE("other delimiters are understood") {
  const auto m = Message::parse("MSH*!:?%*RIS\rPID*1**M1!!!HOSP!MR:99\r");
  REQUIRE(m);
  CHECK(text(*m, "PID-3[1].4") == "HOSP");
  CHECK(text(*m, "PID-3[2].1") == "99");
}

TEST_CASE("each order has its own segments, and all share the patient's") {
  const Message m = message(
      "PID|1||M1\rNTE|1||the "
      "patient's\rORC|NW|P1\rOBR|1|P1\rNTE|1||first\rORC|NW|P2\rOBR|2|P2\rNTE|1||second\rZDS|1.2.3\r");
  const auto groups = *hl7::split(m, "OBR");
  REQUIRE(groups.size() == 2);
  CHECK(text(m, "ORC-2", &groups[0]) == "P1");
  CHECK(text(m, "ORC-2", &groups[1]) == "P2");
  CHECK(text(m, "NTE-3", &groups[0]) == "first");
  CHECK(text(m, "NTE-3", &groups[1]) == "second");
  CHECK(text(m, "PID-3", &groups[1]) == "M1");
  CHECK(text(m, "ZDS-1", &groups[0]) == "1.2.3");
}

TEST_CASE("orders that share so much that they would fill the memory are refused before they are made") {
  const auto many = [](const std::string& segment, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += segment;
    return text;
  };
  CHECK_FALSE(hl7::split(message(many("NTE|1\r", 5000) + many("OBR|1\r", 5000)), "OBR"));
  CHECK_FALSE(hl7::split(message("OBR|1\r" + many("NTE|1\r", 5000) + many("IPC|1\r", 5000)), "IPC"));
  CHECK_FALSE(hl7::split(message(many("NTE|1\r", 5000) + many("ZZ1|1\r", 5000)), "ZZ1"));
  CHECK_FALSE(hl7::split(message(many("NTE|1\r", 3000) + many("PID|1\rORC|1\r", 3000)), "ORC"));
  CHECK(hl7::split(message("PID|1\r" + many("ORC|NW\rOBR|1\r", 1000)), "OBR"));
  CHECK(hl7::split(message("PID|1\rOBR|1\r" + many("OBX|1\r", 100'000)), "OBR"));
}

TEST_CASE("each IPC of an OMI is a step with its order's segments") {
  const Message m = message("PID|1||M1\rORC|NW|P1\rTQ1|1\rOBR|1|P1\rIPC|A1|R1|1.2|S1\rIPC|A1|R1|1.2|S2\r");
  const auto groups = *hl7::split(m, "IPC");
  REQUIRE(groups.size() == 2);
  CHECK(text(m, "IPC-4", &groups[1]) == "S2");
  CHECK(text(m, "ORC-2", &groups[1]) == "P1");
}

TEST_CASE("each pair of an A40 has its own PID and MRG") {
  const Message m = message("EVN||2026\rPID|1||M1\rMRG|M2\rPID|2||M3\rMRG|M4\r");
  const auto groups = *hl7::split(m, "MRG");
  REQUIRE(groups.size() == 2);
  CHECK(text(m, "PID-3", &groups[1]) == "M3");
  CHECK(text(m, "MRG-1", &groups[1]) == "M4");
}

TEST_CASE("an acknowledgement speaks the sender's version") {
  const auto ack = [](const std::string& version) {
    const auto received = Message::parse("MSH|^~\\&|RIS|NORTH|PONS|HOSP|2026||ORM^O01|M1|P|" + version + "\r");
    return hl7::build_ack(*received, {"AE", "no | here", {{"PID-3", 101, "", "write an MRN", 'E'}}}, "X1", "20261124");
  };
  const std::string old = ack("2.3.1"), current = ack("2.5.1");
  CHECK(old.find("MSH|^~\\&|PONS|HOSP|RIS|NORTH|") == 0);
  CHECK(old.find("ERR|PID^1^3^101") != std::string::npos);
  CHECK(current.find("ERR||PID^1^3|101^") != std::string::npos);
  CHECK(current.find("MSA|AE|M1|no \\F\\ here") != std::string::npos);
  CHECK(hl7::read_ack(current)->control_id == "M1");
}

TEST_CASE("a character set is what MSH-18 says, unless the bytes plainly are UTF-8") {
  const auto name = [](const std::string& msh18, const std::string& bytes) {
    const auto m = Message::parse("MSH|^~\\&|RIS|NORTH|PONS|HOSP|2026||ORM^O01|M1|P|2.5||||||" + msh18 + "\rPID|1||||" +
                                  bytes + "\r");
    return hl7::text(hl7::find_first(*m, *hl7::Path::parse("PID-5")), hl7::charset_of(*m, "8859/1"));
  };
  CHECK(name("8859/1", "M\xfcller") == "M\xc3\xbcller");
  CHECK(name("UNICODE UTF-8", "M\xc3\xbcller") == "M\xc3\xbcller");
  CHECK(name("8859/1", "M\xc3\xbcller") == "M\xc3\xbcller");
  CHECK(name("8859/2", "\xa3ucja") == "\xc5\x81ucja");
  CHECK(name("", "M\xfcller") == "M\xc3\xbcller");
  CHECK(name("UNICODE UTF-8", "M\xfcller") == "M\xc3\xbcller");
}

TEST_CASE("every character set of table 0211 can be read and written, and what it lacks is counted") {
  const auto [name, bytes, utf8] = GENERATE(table<std::string, std::string, std::string>({
      {"8859/2", "\xa3", "\xc5\x81"},
      {"8859/3", "\xa1", "\xc4\xa6"},
      {"8859/4", "\xa1", "\xc4\x84"},
      {"8859/5", "\xb0", "\xd0\x90"},
      {"8859/6", "\xc7", "\xd8\xa7"},
      {"8859/7", "\xc1", "\xce\x91"},
      {"8859/8", "\xe0", "\xd7\x90"},
      {"8859/9", "\xd0", "\xc4\x9e"},
      {"8859/10", "\xa1", "\xc4\x84"},
      {"8859/11", "\xa1", "\xe0\xb8\x81"},
      {"8859/13", "\xc0", "\xc4\x84"},
      {"8859/14", "\xa1", "\xe1\xb8\x82"},
      {"8859/15", "\xa4", "\xe2\x82\xac"},
      {"ISO IR13", "\xd4\xcf\xc0\xde", "\xef\xbe\x94\xef\xbe\x8f\xef\xbe\x80\xef\xbe\x9e"},
      {"ISO IR14", "\xd4", "\xef\xbe\x94"},
      {"KS X 1001", "\xb1\xe8", "\xea\xb9\x80"},
      {"CNS 11643-1992", "\xa4\xa4", "\xe5\x8f\x8b"},
      {"UNICODE UTF-8", "\xe5\xb1\xb1", "\xe5\xb1\xb1"},
  }));
  CAPTURE(name);
  const auto charset = hl7::charset_named(name);
  REQUIRE(charset);
  const auto decoded = hl7::decode(bytes, *charset);
  CHECK(decoded.bad_offsets.empty());
  if (name != "CNS 11643-1992") CHECK(decoded.utf8 == utf8);
  CHECK(hl7::encode(decoded.utf8, *charset).bytes == bytes);
  CHECK(hl7::encode("A", *charset).bytes == "A");
}

TEST_CASE("a set of one byte a character takes no longer one") {
  const auto encoded = hl7::encode("\xe5\xb1\xb1", *hl7::charset_named("ISO IR14"));
  CHECK(encoded.bytes == "?");
  CHECK(encoded.bad_offsets == std::vector<std::size_t>{0});
}

TEST_CASE("half a character that looks like a delimiter does not cut a field") {
  struct Row {
    std::string msh_18, name, utf8;
  };
  // \x81| of GB 18030, \xa5| of Big5 and 0| of JIS X 0208 are one character each.
  const Row row = GENERATE(values<Row>({
      {"GB 18030-2000", "\x81|^A", "\xe4\xba\x85"},
      {"BIG-5", "\xa5|^A", "\xe5\x9b\x9b"},
      {"ISO IR87", "\x1b$B0|\x1b(B^A", "\xe6\xb7\xab"},
      {"ISO IR14~ISO IR87", "\x1b$B0|\x1b(J^A", "\xe6\xb7\xab"},
      {"~ISO IR87", "\x1b$B0|\x1b(B^A", "\xe6\xb7\xab"},
      {"ASCII~ISO IR87", "\\M2442\\0|\\C2842\\^A", "\xe6\xb7\xab"},
      {"ISO IR14~ISO IR87", "\xd4^A", "\xef\xbe\x94"},
      {"ISO IR6~KS X 1001", "\xb1\xe8^A", "\xea\xb9\x80"},
  }));
  CAPTURE(row.msh_18);
  const std::string bytes =
      "MSH|^~\\&|A|B|C|D|20261125||ADT^A08|M1|P|2.5|||||JPN|" + row.msh_18 + "\rPID|||1||" + row.name + "||19800101\r";
  const auto read = hl7::readable(*hl7::Message::parse(bytes), "");
  const auto text = [&](const char* path) {
    return hl7::text(hl7::find_first(read.message, *hl7::Path::parse(path)), read.charset);
  };
  CHECK(text("PID-5.1") == row.utf8);
  CHECK(text("PID-5.2") == "A");
  CHECK(text("PID-7") == "19800101");
  CHECK(read.charset.remark.empty());
}

TEST_CASE("what cannot be read in a set of several bytes is told by its field") {
  const std::string bytes =
      "MSH|^~\\&|A|B|C|D|20261125||ADT^A08|M1|P|2.5||||||GB 18030-2000\rPID|||1||\x81|\xff\xff^A||19800101\r";
  const auto read = hl7::readable(*hl7::Message::parse(bytes), "");
  const auto found = hl7::find_first(read.message, *hl7::Path::parse("PID-5.1"));
  const auto fault = hl7::unreadable(found.raw, found.delimiters, found.place, read.charset);
  REQUIRE(fault);
  CHECK(fault->field == "PID-5.1");
  CHECK(fault->text.find("GB 18030-2000") != std::string::npos);
}

TEST_CASE("UTF-16 is refused by name, not by its first NUL byte") {
  std::string wide;
  for (const char c : std::string("MSH|^~\\&|A")) wide += {c, '\0'};
  for (const std::string& bytes : {wide, "\xff\xfe" + wide}) {
    const auto message = hl7::Message::parse(bytes);
    REQUIRE_FALSE(message);
    CHECK(message.fault().text.find("UTF-16") != std::string::npos);
  }
}
