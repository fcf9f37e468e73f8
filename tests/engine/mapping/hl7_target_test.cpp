#include "engine/mapping/convert_hl7.h"
#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

std::string oru(const std::string& start, const std::string& fields) {
  return "map: test\nin: hl7 ORU^R01\nout: hl7 ORU^R01 v2.5.1\nstart: " + start + "\nfields:\n" + fields;
}

std::string message(const std::string& segments) {
  return "MSH|^~\\&|LAB|NORTH|||20260101||ORU^R01|M1|T|2.3\r" + segments + "\r";
}

/// What the map makes of the first order of the segments, without the MSH.
std::string made(const std::string& start, const std::string& fields, const std::string& segments,
                 const std::string& leader = "OBR") {
  Maps maps;
  const std::string text = built_text(maps.map(oru(start, fields)), Received(message(segments), leader));
  return text.substr(text.find('\n') + 1);
}

std::string header(const std::string& start, const std::string& fields, const std::string& segments) {
  Maps maps;
  const std::string text = built_text(maps.map(oru(start, fields)), Received(message(segments)));
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("a built message begins with an MSH that is filled from the target") {
  CHECK(header("empty", "  MSH-3: IMAGING\n", "PID|1") ==
        "MSH|^~\\&|IMAGING||||20261124100000+0000||ORU^R01^ORU_R01|C1|T|2.5.1");
}

TEST_CASE("a copy keeps the head and the current order, and says what it is now") {
  CHECK(header("copy", "  MSH-4: HOSP\n", "PID|1\rOBR|1") ==
        "MSH|^~\\&|LAB|HOSP|||20261124100000+0000||ORU^R01^ORU_R01|M1|T|2.5.1");
  CHECK(made("copy", "  MSH-4: HOSP\n", "PID|1\rPV1|1\rORC|RE\rOBR|1\rOBX|1|ST|a||b\rORC|RE\rOBR|2") ==
        "PID|1\nPV1|1\nORC|RE\nOBR|1\nOBX|1|ST|a||b\n");
}

TEST_CASE("a DICOM name with component groups becomes a repetition for each script, elsewhere its first") {
  CHECK(made("empty", "  PID-5: text(\"YAMADA^TARO=X^Y=Z^W\")\n", "PID|1") ==
        "PID|||||YAMADA^TARO^^^^^^A~X^Y^^^^^^I~Z^W^^^^^^P\n");
  CHECK(made("empty", "  PID-5: text(\"=X^Y=Z\")\n", "PID|1") == "PID|||||X^Y^^^^^^I~Z^^^^^^^P\n");
  CHECK(made("empty", "  PID-5: text(\"DOE^JANE\")\n", "PID|1") == "PID|||||DOE^JANE\n");
  CHECK(made("empty", "  OBR-16: text(\"WHO^A=X^Y\")\n", "PID|1") == "OBR||||||||||||||||^WHO^A\n");
}

TEST_CASE("several names go into the repetitions of one field, each with all its scripts") {
  hl7::Message message = *hl7::Message::parse("MSH|^~\\&|||||||ADT^A08|1|P|2.5.1\rPID|1||||OLD^NAME~OLDER^NAME\r");
  const auto name = [](const char* pn) { return Value::text(pn); };
  REQUIRE(write_hl7(message, *hl7::Path::parse("PID-5"),
                    Value::list({name("YAMADA^TARO=X^Y=Z^W"), name("DOE^JANE"), name("=P^Q")}), "XPN", "2.5.1"));
  CHECK(message.raw(1) == "PID|1||||YAMADA^TARO^^^^^^A~X^Y^^^^^^I~Z^W^^^^^^P~DOE^JANE~P^Q");
}

TEST_CASE("absent leaves a field alone, a null deletes it, the word absent takes it out everywhere") {
  const std::string segments = "PID|1|||||||||||||||||||456-45\rPID|2|||||||||||||||||||676-76\rOBR|1|P1";
  CHECK(made("copy", "  OBR-2: OBR-3\n", "OBR|1|P1") == "OBR|1|P1\n");
  CHECK(made("copy", "  OBR-2: OBR-3\n", "OBR|1|P1|\"\"") == "OBR|1|\"\"|\"\"\n");
  CHECK(made("copy", "  PID-20: absent\n", segments, "ZZZ").find_first_of("4567") == std::string::npos);
  CHECK(made("copy", "  NTE: absent\n", "PID|1\rNTE|1\rOBR|1\rNTE|1\rNTE|2") == "PID|1\nOBR|1\n");
}

TEST_CASE("segments that fields create stand where the structure wants them") {
  CHECK(made("copy", "  ORC-1: RE\n  PV1-2: I\n  OBX-5: x\n", "PID|1\rOBR|1") ==
        "PID|1\nPV1||I\nORC|RE\nOBR|1\nOBX|||||x\n");
  CHECK(made("empty", "  OBX-5: x\n  OBR-1: 1\n  PID-3.1: M1\n", "OBR|1") == "PID|||M1\nOBR|1\nOBX|||||x\n");
}

TEST_CASE("observations are added at the end of the order, numbered on") {
  const std::string add =
      "  OBX[+]:\n    - 1: next_set_id()\n      2: ST\n      5: a\n    - 1: next_set_id()\n      5: b\n";
  CHECK(made("copy", add, "OBR|1\rNTE|1\rOBX|4|ST|x||y\rNTE|1||n") ==
        "OBR|1\nNTE|1\nOBX|4|ST|x||y\nNTE|1||n\nOBX|5|ST|||a\nOBX|6||||b\n");
  CHECK(made("copy", add, "OBR|1\rNTE|1\rSPM|1") == "OBR|1\nNTE|1\nOBX|1|ST|||a\nOBX|2||||b\nSPM|1\n");
}

TEST_CASE("one more segment for each item of a list, where its condition holds") {
  CHECK(made("empty",
             "  OBX[+]:\n    - $each: t in OBX[*]-5[*]\n      $when: t != skip\n      1: next_set_id()\n      5: t\n",
             "OBR|1\rOBX|1|TX|||a~skip~b") == "OBX|1||||a\nOBX|2||||b\n");
}

TEST_CASE("a note of the order is written to the order, not to the patient") {
  CHECK(made("copy", "  NTE-3: new\n", "PID|1\rNTE|1||of the patient\rOBR|1\rNTE|1||of the order") ==
        "PID|1\nNTE|1||of the patient\nOBR|1\nNTE|1||new\n");
  CHECK(made("copy", "  NTE-3: new\n", "PID|1\rNTE|1||of the patient\rOBR|1\rOBX|1") ==
        "PID|1\nNTE|1||of the patient\nOBR|1\nNTE|||new\nOBX|1\n");
}

TEST_CASE("a list of blocks gives the repetitions of a field") {
  const std::string ids = "  PID-3:\n    - 1: OBR-2\n      4.1: HOSP\n      5: MR\n    - 1: OBR-3\n      5: NH\n";
  CHECK(made("copy", ids, "PID|1||X^^^Y\rOBR|1|M1|99") == "PID|1||M1^^^HOSP^MR~99^^^^NH\nOBR|1|M1|99\n");
  CHECK(made("copy", ids, "PID|1||X^^^Y\rOBR|1|M1") == "PID|1||M1^^^HOSP^MR\nOBR|1|M1\n");
  CHECK(made("copy", "  PID-3:\n    - 1: OBR-2\n      5: MR\n", "PID|1||X^^^Y\rOBR|1") == "PID|1||X^^^Y\nOBR|1\n");
}

TEST_CASE("what came as a structure of the type stays one, in the message's delimiters") {
  Maps maps;
  const Map map = maps.map(oru("empty", "  PID-3: PID-3[*]\n  OBR-4: OBR-4\n  PV1-3: PV1-3\n"));
  Received received(
      "MSH|$!#%|A|||||OBX|ORU$R01|1|P|2.5\rPID|1||M1$$$HOSP%1.2%ISO$MR!M2$$$H\rPV1|1|I|W$1\rOBR|1|||C$T^t$L\r");
  const std::string text = built_text(map, received);
  CHECK(text.substr(text.find('\n') + 1) == "PID|||M1^^^HOSP&1.2&ISO^MR~M2^^^H\nPV1|||W^1\nOBR||||C^T\\S\\t^L\n");
}

TEST_CASE("names, codes and identifiers are written in the target's order") {
  CHECK(made("empty", "  PID-5: OBR-16\n", "OBR||||||||||||||||D1^WHO^ALAN^B^JR^DR") == "PID|||||WHO^ALAN^B^JR^DR\n");
  CHECK(made("empty", "  OBR-16: PID-5\n", "PID|||||DOE^JANE\rOBR|1") == "OBR||||||||||||||||^DOE^JANE\n");
  CHECK(made("empty", "  OBR-16: OBR-34.1\n", "OBR||||||||||||||||||||||||||||||||||T1&TECH&TOM") ==
        "OBR||||||||||||||||T1^TECH^TOM\n");
  CHECK(made("empty", "  OBR-4: coding(http://loinc.org, 18748-4, text(\"Imaging report\"))\n", "OBR|1") ==
        "OBR||||18748-4^Imaging report^LN\n");
  CHECK(made("empty", "  PID-3: OBR-3\n", "OBR|||F1^HOSP") == "PID|||F1^^^HOSP\n");
  CHECK(made("empty", "  OBR-3: PID-3\n", "PID|||M1^^^HOSP^MR\rOBR|1") == "OBR|||M1^HOSP\n");
}

TEST_CASE("no value makes a segment, a field, a repetition or a component") {
  Maps maps;
  const Map map = maps.map(oru("empty",
                               "  PID-5: item.name\n  PID-3:\n    - 1: item.text\n      4: item.text\n"
                               "  OBR-4: item.text\n  OBX[+]:\n    - 5: item.text\n"));
  Received received(message("OBR|1"));
  received.know("item", R"({"name":"A|B~C&D","text":"x|y^z~v&w\\T\\\rPID|9\n\u0001"})");
  const std::string safe = "x\\F\\y\\S\\z\\R\\v\\T\\w\\E\\T\\E\\\\X0D\\PID\\F\\9\\X0A\\\\X01\\";
  const std::string text = built_text(map, received);
  CHECK(text.substr(text.find('\n') + 1) ==
        "PID|||" + safe + "^^^" + safe + "||A\\F\\B\\R\\C\\T\\D\nOBR||||" + safe + "\nOBX|||||" + safe + "\n");
}

TEST_CASE("what leaves carries the identifier that survived") {
  Maps maps;
  const Map map = maps.map(oru("copy", "  MSH-4: HOSP\n"));
  Received received(message("PID|1||M2^^^HOSP^MR~99^^^NHS^NH\rOBR|1"));
  received.scope.survivor = [](const Identifier& id) { return id.value == "M2" ? Identifier{"M1", "HOSP", "MR"} : id; };
  CHECK(built_text(map, received).find("PID|1||M1^^^HOSP^MR~99^^^NHS^NH") != std::string::npos);
}

TEST_CASE("no character is lost: a Latin-1 copy leaves as UTF-8 and says so") {
  Maps maps;
  const std::string latin = "MSH|^~\\&|A||||||ORU^R01|1|P|2.5||||||8859/1\rPID|1||M1||M\xdcLLER\rOBR|1|\r";
  Received received(latin);
  const std::string text = built_text(maps.map(oru("copy", "  OBR-2: text(\"\xe2\x82\xac\")\n")), received);
  CHECK(text.find("|2.5.1||||||UNICODE UTF-8\n") != std::string::npos);
  CHECK(text.find("M\xc3\x9cLLER") != std::string::npos);
  CHECK(text.find("OBR|1|\xe2\x82\xac") != std::string::npos);
}

TEST_CASE("a map may ask for a character set, and what it lacks is refused") {
  Maps maps;
  const std::string utf8 = "MSH|^~\\&|A||||||ORU^R01|1|P|2.5||||||UNICODE UTF-8\rPID|1||M1||M\xc3\x9cLLER\rOBR|1|\r";
  const Map map = maps.map(oru("copy", "  MSH-18: 8859/1\n  OBR-2: item.text\n"));
  Received plain(utf8);
  CHECK(built_text(map, plain).find("M\xdcLLER") != std::string::npos);
  Received wide(utf8);
  wide.know("item", R"({"text":"\u20ac"})");
  CHECK(fault_of(map, wide).code == 102);
}

TEST_CASE("a list does not fit a component, and the fault says where") {
  Maps maps;
  Received received(message("OBR|1\rOBX|1|TX|||a~b"));
  const Fault fault = fault_of(maps.map(oru("empty", "  OBR-4.1: OBX-5[*]\n")), received);
  CHECK(fault.text.starts_with("OBR-4.1: a list of 2 does not fit one place"));
  CHECK(fault.line == "mappings/test.yaml:6");
}

TEST_CASE("a copy needs a message") {
  Maps maps;
  Received received(message("OBR|1"));
  received.scope.message = nullptr;
  CHECK(fault_of(maps.map(oru("copy", "  MSH-4: HOSP\n")), received).text.starts_with("start: copy needs a message"));
}

TEST_CASE("a field or component that the standard does not have is found before any message comes") {
  Maps maps;
  CHECK(maps.findings_of(oru("copy", "  PID-45: A\n")) ==
        "error[E0230]: PID has 39 fields in HL7 2.5.1; there is no PID-45\n"
        "  --> mappings/test.yaml:6:3\n"
        "  |\n"
        "6 |   PID-45: A\n"
        "  |   ^^^^^^\n"
        "  = if your partner wants further fields, declare them in a format\n");
  CHECK(maps.findings_of(oru("copy", "  OBR-4.7.1: A\n  OBR-3.5: A\n")).find("EI has 4 components") !=
        std::string::npos);
  maps.map(oru("copy", "  ZDS-1.1: A\n  OBX-5.3: B\n"));
}
