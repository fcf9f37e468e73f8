#include <catch2/catch.hpp>

#include "tests/engine/expr/desk.h"

using namespace pons;
using pons::test::Desk;

namespace {

const std::string kOrder =
    "MSH|^~\\&|ACMERIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|M0001|P|2.5.1\n"
    "PID|1||M1^^^HOSP^MR~99^^^NHS^NH||DOE^JANE||19800102|\"\"\n"
    "PV1|1|I|RADX^^ED|||||D1^WHO^ALAN\n"
    "ORC|NW|P1|F1||SC||^^^20261125093000\n"
    "OBR|1|P1|F1|CT1^CT head & neck^L||||||||||||||A1001|R1|S1||||CT\n"
    "NTE|1||fasting\n"
    "NTE|2||left arm\n";

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

TEST_CASE("words are themselves: numbers, codes, addresses and object identifiers", "[expr]") {
  Desk desk(kOrder);
  for (const char* word : {"SCHEDULED", "A08", "113014", "59776-5", "urn:dicom:uid", "1.2.840.10008.1.1", "ROLE",
                           "PORT", "http://terminology.hl7.org/CodeSystem/v2-0203", "http://x.org/a?b=c&d=e", "080000",
                           "study-complete", "10:30", "O'Brien", "ORM^O01", "-1", "50%", "Größe"}) {
    INFO(word);
    CHECK(desk.result(word) == word);
    CHECK(desk.compile(word).constant_text() == std::string(word));
  }
}

TEST_CASE("quoted text knows line feeds, tabs, quotes and backslashes", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{R"("a b")", "a b"},
                   {R"("a\nb")", "a\nb"},
                   {R"("a\tb")", "a\tb"},
                   {R"("say \"yes\"")", "say \"yes\""},
                   {R"("C:\\x")", "C:\\x"},
                   {R"("\d+")", "\\d+"},
                   {R"("absent")", "absent"}});
}

TEST_CASE("a path reads its field, component, repetition or group of segments", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"PID-3", "M1"},
                   {"PID-3[2]", "99"},
                   {"PID-3[last].5", "NH"},
                   {"PID-3[*]", "[M1, 99]"},
                   {"PID-3[5 = NH].1", "99"},
                   {"PID-3[5 != MR].4", "NHS"},
                   {"PID-3(1)-1", "99"},
                   {"PID.5.2", "JANE"},
                   {"PID-3[CX.5=MR].1", "M1"},
                   {"NTE-3[*]", "[fasting]"},
                   {"NTE[*]-3", "[fasting, left arm]"},
                   {"NTE[2]-3", "left arm"},
                   {"MSH-2", "^~\\&"},
                   {"MSH-9.1", "ORM"},
                   {"received.PID-3", "M1"}});
}

TEST_CASE("else takes the first that is present", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"OBR-19 else OBR-18", "R1"},
                   {"IPC-2 else OBR-19 else OBR-4.1", "R1"},
                   {"TQ1-7 else ORC-7.4", "20261125093000"},
                   {"TQ1-7 else OBR-7", "(absent)"},
                   {"TQ1-7 else NONE", "NONE"},
                   {"PID-8 else F", "(null)"}});
}

TEST_CASE("when lets a value through only if its condition holds", "[expr]") {
  Desk desk(kOrder);
  check_all(desk, {{"text(\"Portable\") when OBR-30 = PORT", "(absent)"},
                   {"text(\"Head\") when OBR-24 = CT", "Head"},
                   {"A when OBR-24 = MR else B when OBR-24 = CT else C", "B"},
                   {"A when OBR-24 = MR or OBR-18 = A1001", "A"},
                   {"absent", "(absent)"},
                   {"absent else X", "X"}});
}

TEST_CASE("the pipe binds first, then comparison, not, and, or, when, else", "[expr]") {
  Desk desk(kOrder);
  CHECK(desk.holds("OBR-24 | lower = ct"));
  CHECK(desk.holds("not OBR-24 = MR and OBR-24 = CT"));
  CHECK(desk.holds("OBR-24 = CT or OBR-24 = MR and OBR-24 = US"));
  CHECK_FALSE(desk.holds("(OBR-24 = CT or OBR-24 = MR) and OBR-24 = US"));
  CHECK(desk.holds("(TQ1-9.1 else ORC-5) = SC and OBR-24 in (CT, MR)"));
  CHECK(desk.holds("not not OBR-24 = CT"));
  CHECK(desk.result("X when OBR-24 = MR or OBR-24 = CT else Y") == "X");
}

TEST_CASE("a comparison compares texts, and numbers by number where it asks for order", "[expr]") {
  Desk desk(kOrder);
  desk.bind("study", R"({"instances":412,"Modality":"CT","viewer_url":"9"})");
  for (const char* good : {"OBR-24 = CT",
                           "OBR-24 != MR",
                           "study.instances > 99",
                           "study.instances >= 412",
                           "study.instances < 1000",
                           "study.instances <= 412.0",
                           "study.viewer_url < 10",
                           "OBR-18 < A1002",
                           "PID-7 < 20000101",
                           "OBR-4.2 contains head",
                           "PID-3[*] contains 99",
                           "OBR-24 in (MR, CT)",
                           "OBR-24 not in (MR, US)",
                           "OBR-18 matches \"^A[0-9]+$\"",
                           "OBR-18 matches 00",
                           "TQ1-7 is absent",
                           "OBR-18 is not absent",
                           "PID-7<20000101",
                           "OBR-24=CT",
                           "PID-8 = \"\""}) {
    INFO(good);
    CHECK(desk.holds(good));
  }
  for (const char* bad :
       {"OBR-24 = ct", "study.instances < 99", "OBR-24 in (MR, US)", "OBR-24 not in (CT)",
        "OBR-18 matches \"^[0-9]+$\"", "TQ1-7 is not absent", "OBR-4.2 contains knee", "PID-3[*] contains 9"}) {
    INFO(bad);
    CHECK_FALSE(desk.holds(bad));
  }
}

TEST_CASE("a comparison with what is absent is false, and unequal only if the other is there", "[expr]") {
  Desk desk(kOrder);
  CHECK_FALSE(desk.holds("TQ1-7 = X"));
  CHECK_FALSE(desk.holds("TQ1-7 < X"));
  CHECK_FALSE(desk.holds("TQ1-7 = TQ1-8"));
  CHECK_FALSE(desk.holds("TQ1-7 != TQ1-8"));
  CHECK_FALSE(desk.holds("TQ1-7 in (X)"));
  CHECK_FALSE(desk.holds("TQ1-7 matches \".*\""));
  CHECK_FALSE(desk.holds("TQ1-7 contains X"));
  CHECK(desk.holds("TQ1-7 != X"));
  CHECK(desk.holds("X != TQ1-7"));
  CHECK(desk.holds("TQ1-7 not in (X)"));
}

TEST_CASE("absent, null and a value are three things", "[expr]") {
  Desk desk(kOrder);
  CHECK(desk.value("PID-8")->is_null());
  CHECK(desk.value("PID-9")->is_absent());
  CHECK(desk.value("PID-7")->has_value());
  CHECK(desk.value("PID-8 else X")->is_null());
  CHECK_FALSE(desk.holds("PID-8"));
  CHECK_FALSE(desk.holds("PID-9"));
  CHECK(desk.holds("PID-7"));
  CHECK_FALSE(desk.holds("PID-8 is absent"));
  CHECK(desk.holds("exists(PID-8)"));
  CHECK_FALSE(desk.holds("exists(PID-9)"));
  CHECK(desk.holds("is_null(PID-8)"));
  CHECK_FALSE(desk.holds("is_null(PID-9)"));
  CHECK(desk.value("PID-8 | upper")->is_null());
  CHECK(desk.value("PID-9 | upper")->is_absent());
}

TEST_CASE("a segment's name is right where a segment is expected", "[expr]") {
  Desk desk(kOrder);
  CHECK(desk.holds("exists(OBR)"));
  CHECK_FALSE(desk.holds("exists(IPC)"));
  CHECK_FALSE(desk.holds("exists(ZDS)"));
  CHECK(desk.result("count(NTE[*])") == "2");
  Vocabulary split = desk.vocabulary;
  split.segments = true;
  CHECK(Desk::shown(desk.compile("IPC when exists(IPC) else OBR", split).value(desk.scope)) == "OBR");
}

TEST_CASE("text() puts expressions into a sentence, and nothing where one is absent", "[expr]") {
  Desk desk(kOrder);
  desk.bind("order", R"({"placer":{"value":"P1","authority":"RIS"}})");
  check_all(desk, {{R"x(text("Seen by {PV1-8.3} {PV1-8.2}"))x", "Seen by ALAN WHO"},
                   {R"x(text("{ORC-3.1}-{OBR-1}"))x", "F1-1"},
                   {R"x(text("[{TQ1-7}]"))x", "[]"},
                   {R"x(text("{order.placer}"))x", "P1"},
                   {R"x(text("{{x}} {OBR-24}"))x", "{x} CT"},
                   {R"x(text("{NTE[*]-3 | join(\", \")}!"))x", "fasting, left arm!"},
                   {R"x(text("{X when OBR-24 = CT}"))x", "X"},
                   {R"x(text("DICOM Study"))x", "DICOM Study"},
                   {R"x(text(PORTABLE))x", "PORTABLE"}});
  CHECK(desk.compile("text(\"DICOM Study\")").constant_text() == std::string("DICOM Study"));
  CHECK_FALSE(desk.compile("text(\"{OBR-24}\")").constant_text());
}

TEST_CASE("an expression says what it is made of", "[expr]") {
  Desk desk(kOrder);
  const Expr path = desk.compile("PID-3[5=MR]");
  CHECK(path.as_path()->to_text() == "PID-3[5 = MR]");
  CHECK_FALSE(path.as_name());
  CHECK(desk.compile("merge.studies").as_name() == std::string("merge.studies"));
  CHECK(desk.compile("received").as_name() == std::string("received"));
  CHECK_FALSE(desk.compile("OBR-18 else ORC-3").as_path());
  std::string paths;
  const Expr many = desk.compile("IPC-1 else text(\"{OBR-18} {received.PID-3}\") when OBR-18 = X and exists(ZDS)");
  for (const auto& each : many.paths()) paths += each.to_text() + " ";
  CHECK(paths == "IPC-1 OBR-18 PID-3 ZDS ");
  CHECK(many.span().where() == "mappings/test.yaml:1");
  CHECK(Expr::constant("a b").constant_text() == std::string("a b"));
}

TEST_CASE("a condition that fails names its innermost clause as written", "[expr]") {
  Desk desk(kOrder);
  const auto why = [&](const std::string& text) { return desk.compile(text).why_not(desk.scope); };
  CHECK(why("MSH-9.1 = ORM and MSH-4 in (SOUTH, WEST)") == "MSH-4 in (SOUTH, WEST)");
  CHECK(why("MSH-9.1 = ORM and (OBR-24 = CT and OBR-18 = X)") == "OBR-18 = X");
  CHECK(why("OBR-24 = MR or OBR-24 = US") == "OBR-24 = MR or OBR-24 = US");
  CHECK(why("not OBR-24 = CT") == "not OBR-24 = CT");
  CHECK(why("TQ1-7") == "TQ1-7");
  CHECK(why("MSH-9.2 not in (O01, O02) or PID-3.1 != M1") == "MSH-9.2 not in (O01, O02) or PID-3.1 != M1");
  CHECK(why("(TQ1-9.1 else ORC-5) = X") == "(TQ1-9.1 else ORC-5) = X");
  CHECK(why("OBR-24 = CT") == "");
}

TEST_CASE("inside a split a path reads this order's segments, also of the message as received", "[expr]") {
  Desk desk(
      "MSH|^~\\&|RIS|NORTH|||20261124100000||ORM^O01|M1|P|2.5.1\n"
      "PID|1||M1^^^HOSP^MR\n"
      "ORC|NW|P1|F1\n"
      "OBR|1|P1|F1|CT1\n"
      "ORC|NW|P2|F2\n"
      "OBR|2|P2|F2|MR1\n"
      "NTE|1||second\n");
  const auto groups = *hl7::split(*desk.message, "OBR");
  desk.scope.group = &groups[1];
  CHECK(desk.result("OBR-4") == "MR1");
  CHECK(desk.result("PID-3") == "M1");
  CHECK(desk.result("NTE-3") == "second");
  CHECK(desk.result("received.OBR-4") == "MR1");
  desk.scope.group = &groups[0];
  CHECK(desk.result("NTE-3") == "(absent)");
}

TEST_CASE("text types are read whole, because senders leave their ampersands unescaped", "[expr]") {
  Desk desk(
      "MSH|^~\\&|RIS|NORTH|||20261124100000||ORU^R01|M1|P|2.5.1\n"
      "PID|1||M1||VAN&DER&Berg^Anna\n"
      "OBR|1|||CT1^CT head & neck\n"
      "OBX|1|TX|1||5 ^ 6 & more\n"
      "OBX|2|CE|2||A^alpha\n");
  CHECK(desk.result("OBR-4.2") == "CT head & neck");
  CHECK(desk.result("OBX[1]-5") == "5 ^ 6 & more");
  CHECK(desk.result("OBX[2]-5") == "A");
  CHECK(desk.result("OBX[2]-5.2") == "alpha");
  CHECK(desk.result("PID-5.1") == "VAN");
  CHECK(desk.value("OBX[2]-5")->as_field().datatype == "CE");
  CHECK(desk.value("PID-5")->as_field().part(1, 3) == "Berg");
  CHECK(desk.value("OBR-4")->as_field().part(2) == "CT head & neck");
}

TEST_CASE("the lines of a report are read from every segment that fits", "[expr]") {
  Desk desk(
      "MSH|^~\\&|RIS|NORTH|||20261124100000||ORU^R01|M1|P|2.5.1\n"
      "OBX|1|TX|F||No bleed.~Old scar.\n"
      "OBX|2|NM|D||12\n"
      "OBX|3|TX|F||No fracture.\n");
  CHECK(desk.result("OBX[2 = TX]-5[*] | join(\" \")") == "No bleed. Old scar. No fracture.");
  CHECK(desk.result("OBX[2 = NM]-5") == "12");
}

TEST_CASE("a value in an escaped or Japanese character set is read as UTF-8", "[expr]") {
  Desk desk(
      "MSH|^~\\&|RIS|NORTH|||20261124100000||ORU^R01|M1|P|2.5.1||||||ISO IR87\n"
      "PID|1||M1||\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B\n"
      "OBR|1|||CT1^CT \\T\\ more\n");
  CHECK(desk.result("PID-5.1") == "\u5c71\u7530");
  CHECK(desk.result("OBR-4.2") == "CT & more");
}
