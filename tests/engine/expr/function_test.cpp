#include <catch2/catch.hpp>

#include "engine/base/digest.h"
#include "tests/engine/expr/desk.h"

using namespace pons;
using pons::test::Desk;

namespace {

const std::string kOrder =
    "MSH|^~\\&|ACMERIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|M0001|P|2.5.1\n"
    "PID|1||M1^^^HOSP^MR~99^^^NHS&2.16.840.1.113883.2.1&ISO^NH~7^^^&http://x.org/id&URI^PI||"
    "DOE^JANE^MARY^III^DR||19800102|\"\"|||12 HIGH ST^FLAT 2^CAMBRIDGE^CAMBS^CB1 2AB^GB\n"
    "PV1|1|I|RADX|||||D1^WHO^ALAN^B^JR^DR\n"
    "ORC|NW|P1^RIS|F1^LAB|||||||||||\n"
    "OBR|1|P1|F1^LAB^1.2.3^ISO|CT1^M\xc3\xbcller-Test  ^L|||20261124093000.5+0100|20261124||||||||||A-1001|  \n"
    "OBX|1|ST|A||ct dose 12 mSv\n"
    "OBX|2|ST|B||b/c/d\n";

struct Example {
  std::string written, gives;
};

void check_all(Desk& desk, const std::vector<Example>& examples) {
  for (const auto& [written, gives] : examples) {
    INFO(written);
    CHECK(desk.result(written) == gives);
  }
}

}  // namespace

TEST_CASE("text functions count characters, not bytes", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"OBR-4.2 | upper", "MÜLLER-TEST  "},
                   {"upper(\"straße\")", "STRASSE"},
                   {"PID-5.1 | lower", "doe"},
                   {"OBR-4.2 | trim", "Müller-Test"},
                   {"OBR-4.2 | left(3)", "Mül"},
                   {"OBR-4.2 | trim | right(4)", "Test"},
                   {"OBR-4.2 | left(99)", "Müller-Test  "},
                   {"OBR-4.2 | trim | length", "11"},
                   {"OBR-1 | pad(3)", "001"},
                   {"OBR-1 | pad(3, x)", "xx1"},
                   {"OBR-1 | pad(3, \" \")", "  1"},
                   {"OBR-18 | pad(3)", "A-1001"},
                   {"OBR-18 | replace(\"-\", \"\")", "A1001"},
                   {"OBR-18 | replace(1, I)", "A-I00I"},
                   {"OBR-18 | mask", "******"},
                   {"OBR-18 | mask(2)", "****01"},
                   {"OBR-4.2 | trim | mask(4)", "*******Test"},
                   {"raw(PID-5)", "DOE^JANE^MARY^III^DR"},
                   {"PID-3[*].1 | upper | join(\";\")", "M1;99;7"}});
  CHECK(desk.result("PID-3.1 | hash") == to_hex(sha256("M1")));
}

TEST_CASE("text of which nothing is left is absent", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"OBR-19 | trim", "(absent)"},
                   {"OBR-19 | trim else X", "X"},
                   {"OBR-18 | left(0)", "(absent)"},
                   {"OBR-18 | match(\"[0-9]{9}\")", "(absent)"}});
}

TEST_CASE("a text is taken apart, matched and put together", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"OBX[2]-5 | split_text(\"/\")", "[b, c, d]"},
                   {"OBX[2]-5 | split_text(\"/\", 2)", "c"},
                   {"OBX[2]-5 | split_text(\"/\", 9)", "(absent)"},
                   {"OBX[2]-5 | split_text(\"/\") | last", "d"},
                   {"OBX[1]-5 | match(\"dose ([0-9]+)\")", "12"},
                   {"OBX[1]-5 | match(\"[0-9]+ mSv\")", "12 mSv"},
                   {"OBX[*]-3 | join", "AB"},
                   {"OBX[*]-3 | join(\", \")", "A, B"},
                   {"(OBR-1, OBR-19 | trim, OBR-18) | join(\"/\")", "1/A-1001"},
                   {"(PID-8, PID-9) | join", "(null)"},
                   {"(PID-9, PID-10) | join", "(absent)"},
                   {"(PID-8, OBX[1]-3) | join(\"/\")", "A"},
                   {"PID-3[*].1 | first", "M1"},
                   {"PID-3[*].1 | last", "7"},
                   {"count(PID-3[*])", "3"},
                   {"count(PID-8)", "0"},
                   {"count(PID-7)", "1"},
                   {"count(PID-9)", "0"}});
}

TEST_CASE("a pattern is not tried on a text that could stop the engine", "[expr]") {
  Desk desk(kOrder);
  desk.bind("script",
            "{\"findings\":\"" + std::string(60, 'a') + "!\",\"impression\":\"" + std::string(10'001, 'a') + "\"}");
  const auto slow = desk.value("script.findings | match(\"^(a+)+$\")");
  REQUIRE_FALSE(slow);
  CHECK(slow.fault().text.find("needs too long") != std::string::npos);
  const auto long_text = desk.compile("script.impression matches x").holds(desk.scope);
  REQUIRE_FALSE(long_text);
  CHECK(long_text.fault().text == "a pattern is not tried on texts over 10000 bytes");
  CHECK(long_text.fault().line == "mappings/test.yaml:1");
}

TEST_CASE("dates keep their precision and their offset", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"OBR-7 | date", "20261124"},
                   {"OBR-7 | time", "093000"},
                   {"PID-7 | time", "(absent)"},
                   {"OBR-7 | shift(15min)", "20261124094500.5+0100"},
                   {"OBR-7 | shift(-1d)", "20261123093000.5+0100"},
                   {"OBR-8 | shift(1d)", "20261125"},
                   {"OBR-8 | shift(90min)", "202611240130"},
                   {"OBR-8 | shift(30s)", "20261124000030"},
                   {"OBR-7 | zone(UTC)", "20261124083000.5+0000"},
                   {"OBR-7 | zone(America/New_York)", "20261124033000.5-0500"},
                   {"PID-7 | zone(Asia/Tokyo)", "19800102"},
                   {"now()", "20261124100000+0000"},
                   {"today()", "20261124"},
                   {"PID-7 | age", "46"},
                   {"PID-7 | age(20260101)", "45"},
                   {"PID-7 | age(20260102)", "46"},
                   {"PID-8 | age", "(absent)"}});
  CHECK(desk.holds("PID-7 | age >= 18"));
}

TEST_CASE("whole days keep the wall clock over a change of clocks, hours keep the instant", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"202603281000 | shift(1d)", "202603291000"},
                   {"202603281000 | shift(-1d)", "202603271000"},
                   {"202603290030 | shift(1h)", "202603290230"}});
}

TEST_CASE("what is no date is a fault that names the field and the line", "[expr]") {
  Desk desk(kOrder);
  const auto shifted = desk.value("OBR-18 | shift(15min)");
  REQUIRE_FALSE(shifted);
  CHECK(shifted.fault().text == "OBR-18: \"A-1001\" is not a date; write YYYYMMDD or YYYYMMDDHHMMSS");
  CHECK(shifted.fault().field == "OBR-18");
  CHECK(shifted.fault().code == 102);
  CHECK(shifted.fault().line == "mappings/test.yaml:1");
}

TEST_CASE("names and addresses are shown as people write them", "[expr]") {
  Desk desk(kOrder);
  desk.bind("study", R"({"PatientName":"DOE^JANE^MARY^DR^III","PatientID":"M1"})");
  check_all(desk, {{"PID-5 | person_name", "DR JANE MARY DOE III"},
                   {"PV1-8 | person_name", "DR ALAN B WHO JR"},
                   {"study.PatientName | person_name", "DR JANE MARY DOE III"},
                   {"PID-11 | address", "12 HIGH ST, FLAT 2, CAMBRIDGE, CAMBS CB1 2AB, GB"},
                   {"PV1-9 | person_name", "(absent)"}});
}

TEST_CASE("a reading radiologist's name stands in the first component", "[expr]") {
  Desk desk(
      "MSH|^~\\&|RIS|NORTH|||20261124100000||ORU^R01|M1|P|2.5\n"
      "OBR|1|||||||||||||||||||||||||||||||R1&SMITH&ANN&&&DR^202611241000\n");
  desk.scope.version = "2.5";
  CHECK(desk.result("OBR-32 | person_name") == "DR ANN SMITH");
  CHECK(desk.result("OBR-32.1 | person_name") == "DR ANN SMITH");
}

TEST_CASE("references name a system of the identifier's authority", "[expr]") {
  Desk desk(kOrder);
  desk.bind("order",
            R"({"placer":{"value":"P1","authority":"RIS"},"filler":{"value":"F/1|a","authority":"ACME LAB"}})");
  desk.bind("study", R"({"StudyInstanceUID":"1.2.3","PatientID":"M1","IssuerOfPatientID":"HOSP"})");
  check_all(desk,
            {{"patient_ref(PID-3[5 = MR])", R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})"},
             {"patient_ref(PID-3[5 = NH])", R"({"reference":"Patient?identifier=urn:oid:2.16.840.1.113883.2.1|99"})"},
             {"patient_ref(PID-3[5 = PI])", R"({"reference":"Patient?identifier=http://x.org/id|7"})"},
             {"patient_ref(PID-3.1)", R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})"},
             {"patient_ref(study.PatientID)", R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})"},
             {"patient_ref(study)", R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})"},
             {"patient_ref(PID-3[5 = XX])", "(absent)"},
             {"patient_ref(X1)", R"({"reference":"Patient?identifier=|X1"})"},
             {"order_ref(order)", R"({"reference":"ServiceRequest?identifier=urn:id:ACME%20LAB|F/1%5C%7Ca"})"},
             {"order_ref(OBR-3)", R"({"reference":"ServiceRequest?identifier=urn:oid:1.2.3|F1"})"},
             {"order_ref(step)", "(absent)"},
             {"study_ref(study)", R"({"reference":"ImagingStudy?identifier=urn:dicom:uid|urn:oid:1.2.3"})"},
             {"study_ref(study.StudyInstanceUID)",
              R"({"reference":"ImagingStudy?identifier=urn:dicom:uid|urn:oid:1.2.3"})"}});
}

TEST_CASE("a reference names the patient that survived a merge", "[expr]") {
  Desk desk(kOrder);
  desk.bind("study", R"({"PatientID":"99","IssuerOfPatientID":"NHS"})");
  desk.scope.survivor = [](const Identifier& asked) {
    return asked == Identifier{"99", "NHS", ""} ? Identifier{"M1", "HOSP", "MR"} : asked;
  };
  CHECK(desk.result("patient_ref(PID-3[5 = NH])") == R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})");
  CHECK(desk.result("patient_ref(study.PatientID)") == R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})");
}

TEST_CASE("a UID is made from a number and its authority, and is the same each time", "[expr]") {
  Desk desk(kOrder);
  desk.bind("order", R"({"placer":{"value":"P1","authority":"RIS"},"AccessionNumber":"A1"})");
  desk.bind("study", R"({"PatientID":"M1","IssuerOfPatientID":"HOSP"})");
  CHECK(desk.result("uid_from(order)") == uid_from("P1^RIS"));
  CHECK(desk.result("uid_from(ORC-3)") == uid_from("F1^LAB"));
  CHECK(desk.result("uid_from(ORC-3.1)") == uid_from("F1^LAB"));
  CHECK(desk.result("uid_from(PID-3[5 = MR])") == uid_from("M1^HOSP"));
  CHECK(desk.result("uid_from(study.PatientID)") == uid_from("M1^HOSP"));
  CHECK(desk.result("uid_from(A1)") == uid_from("A1^"));
  CHECK(desk.result("uid_from(step)") == "(absent)");
  desk.bind("order", R"({"filler":{"value":"F9","authority":"LAB"},"placer":{"value":"P1","authority":"RIS"}})");
  CHECK(desk.result("uid_from(order)") == uid_from("F9^LAB"));
  desk.bind("order", R"({"AccessionNumber":"A1"})");
  CHECK(desk.result("uid_from(order)") == uid_from("A1^"));
}

TEST_CASE("a coding has system, code and display", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"coding(http://loinc.org, 18748-4, text(\"Imaging report\"))",
                    R"({"system":"http://loinc.org","code":"18748-4","display":"Imaging report"})"},
                   {"coding(urn:x, OBR-4.1)", R"({"system":"urn:x","code":"CT1"})"},
                   {"coding(urn:x, OBR-5)", "(absent)"}});
}

TEST_CASE("control ids and set ids come from what builds the message", "[expr]") {
  Desk desk(kOrder);
  CHECK(desk.result("new_control_id()") == "! new_control_id() has a value only where a message is built");
  CHECK(desk.result("next_set_id()") == "! next_set_id() has a value only where a segment is added");
  desk.scope.new_control_id = [] { return "C77"; };
  desk.scope.next_set_id = [] { return 3; };
  CHECK(desk.result("new_control_id()") == "C77");
  CHECK(desk.result("next_set_id()") == "3");
}
