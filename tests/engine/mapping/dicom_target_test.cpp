#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

/// A worklist map with what is required and one line more.
std::string worklist(const std::string& line, const std::string& step_line = "") {
  return "map: test\nin: hl7 ORM^O01\nout: dicom worklist\nfields:\n  " + line +
         (line.starts_with("PatientName") ? "" : "\n  PatientName: PID-5") +
         "\n  PatientID: PID-3.1\n  StudyInstanceUID: ZDS-1.1\n  RequestedProcedureID: OBR-19\n"
         "  ScheduledProcedureStepSequence:\n"
         "    Modality: OBR-24\n    ScheduledProcedureStepID: OBR-20\n" +
         (step_line.starts_with("ScheduledProcedureStepStart")
              ? ""
              : "    ScheduledProcedureStepStartDate: ORC-7.4\n    ScheduledProcedureStepStartTime: ORC-7.4\n") +
         (step_line.empty() ? "" : "    " + step_line + "\n");
}

std::string order(const std::string& segments) {
  return "MSH|^~\\&|A|B|||||ORM^O01|1|P|2.5.1\r" + segments + "\r";
}

/// What a line of a worklist map makes of segments, as JSON; "(absent)" when nothing.
std::string mapped(const std::string& line, const std::string& segments) {
  Maps maps;
  const json::Value item = built_json(maps.map(worklist(line)), Received(order(segments)));
  const json::Value* member = item.find(line.substr(0, line.find(':')));
  return member ? member->write() : "(absent)";
}

Fault refused_by(const std::string& line, const std::string& segments) {
  Maps maps;
  return fault_of(maps.map(worklist(line)), Received(order(segments)));
}

/// Date and time of the step for what ORC-7.4 says.
std::string start_of(const std::string& said) {
  Maps maps;
  const json::Value item = built_json(maps.map(worklist("AccessionNumber: OBR-18")),
                                      Received(order("ORC|NW||||||^^^" + said + "\rOBR|1|||||||||||||||||||||||CT")));
  const json::Value* step = item.find("ScheduledProcedureStepSequence");
  if (step == nullptr) return "";
  return step->items()[0].text_of("ScheduledProcedureStepStartDate") + " " +
         step->items()[0].text_of("ScheduledProcedureStepStartTime");
}

}  // namespace

TEST_CASE("HL7 names become DICOM names: the suffix comes last, an id is left out") {
  CHECK(mapped("PatientName: PID-5", "PID|||||DOE&VAN^JANE^ANN^JR^DR^MD") == R"("DOE^JANE^ANN^DR^JR")");
  CHECK(mapped("PatientName: PID-5", "PID|||||DOE") == R"("DOE")");
  CHECK(mapped("RequestingPhysician: OBR-16", "OBR||||||||||||||||D1^WHO^ALAN^^III^PROF") == R"("WHO^ALAN^^PROF^III")");
  CHECK(mapped("RequestingPhysician: OBR-34.1", "OBR||||||||||||||||||||||||||||||||||T1&TECH&TOM^20261125") ==
        R"("TECH^TOM")");
  CHECK(mapped("NameOfPhysiciansReadingStudy: OBR-32", "OBR||||||||||||||||||||||||||||||||R1&SMITH&ANN^20261125") ==
        R"("SMITH^ANN")");
  CHECK(mapped("PatientName: text(\"DOE^JANE=X^Y\")", "PID|1") == R"("DOE^JANE=X^Y")");
}

TEST_CASE("a name in several scripts becomes one DICOM name with component groups") {
  const std::string roman = "YAMADA^TARO^^^^^L^A", kanji = "\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E^^^^^L^I",
                    kana = "\xE3\x82\x84^\xE3\x81\x9F^^^^^L^P";
  const std::string whole =
      "\"YAMADA^TARO=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E=\xE3\x82\x84^\xE3\x81\x9F\"";
  CHECK(mapped("PatientName: PID-5", "PID|||||" + roman + "~" + kanji + "~" + kana) == whole);
  CHECK(mapped("PatientName: PID-5", "PID|||||" + kana + "~" + kanji + "~" + roman) == whole);
  CHECK(mapped("PatientName: PID-5[7 = L]", "PID|||||NICK^^^^^^N^A~" + kanji + "~" + kana + "~" + roman) == whole);
  CHECK(mapped("PatientName: PID-5", "PID|||||" + kanji + "~" + kana) ==
        "\"=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E=\xE3\x82\x84^\xE3\x81\x9F\"");
  CHECK(mapped("PatientName: PID-5", "PID|||||DOE^JANE^^^^^L~SMITH^JANE^^^^^M") == R"("DOE^JANE")");
  CHECK(mapped("PatientName: PID-5", "PID|||||DOE^JANE^^^^^L^A~SMITH^JANE^^^^^M^I") == R"("DOE^JANE")");
}

TEST_CASE("absent is a missing member, an HL7 null is null") {
  CHECK(mapped("PatientBirthDate: PID-7", "PID|1") == "(absent)");
  CHECK(mapped("PatientBirthDate: PID-7", "PID|||||||\"\"") == "null");
  CHECK(mapped("PatientBirthDate: PID-7", "PID|||||||19800102") == R"("19800102")");
  CHECK(mapped("RequestedProcedureCodeSequence: OBR-4", "OBR|1") == "(absent)");
  CHECK(mapped("RequestedProcedureCodeSequence: OBR-4", "OBR||||\"\"") == "null");
  CHECK(mapped(
            "OtherPatientIDsSequence:\n    $each: id in PID-3[5 != MR]\n    PatientID: id.1\n    TypeOfPatientID: TEXT",
            "PID|||M1^^^H^MR") == "(absent)");
}

TEST_CASE("a start without a time gives a day only, and missing seconds are completed") {
  CHECK(start_of("20261125093015") == "20261125 093015");
  CHECK(start_of("202611250930") == "20261125 093000");
  CHECK(start_of("20261125") == "20261125 ");
  CHECK(start_of("20261125093015.25") == "20261125 093015.25");
}

TEST_CASE("a start with an offset is shown as the clocks of the endpoint's zone show it, a birthday is not moved") {
  CHECK(start_of("20260625233000+0000") == "20260626 003000");
  CHECK(mapped("PatientBirthDate: PID-7", "PID|||||||19800702233000+0000") == R"("19800702")");
}

TEST_CASE("what is no real day is refused, with the field and the line") {
  const Fault fault = refused_by("PatientBirthDate: PID-7", "PID|||||||19800231");
  CHECK(fault.kind == Fault::Kind::refused);
  CHECK(fault.code == 102);
  CHECK(fault.field == "PID-7");
  CHECK(fault.line == "mappings/test.yaml:5");
  CHECK(fault.text.starts_with("PatientBirthDate: "));
  CHECK(refused_by("PatientBirthDate: PID-7", "PID|||||||1980").text ==
        "PatientBirthDate: \"1980\" names no day, and a DA is YYYYMMDD");
}

TEST_CASE("a value longer than its VR is refused, never cut, unless the map cuts it") {
  const std::string long_number(17, '7');
  const Fault fault = refused_by("AccessionNumber: OBR-18", "OBR||||||||||||||||||" + long_number);
  CHECK(fault.text ==
        "AccessionNumber: \"77777777777777777\" has 17 characters, and SH takes 16 at most; write  | "
        "left(16)  to cut it");
  CHECK(fault.field == "OBR-18");
  CHECK(fault.code == 102);
  CHECK(mapped("AccessionNumber: OBR-18 | left(16)", "OBR||||||||||||||||||" + long_number) ==
        '"' + std::string(16, '7') + '"');
}

TEST_CASE("lengths are counted in characters, of a name in each component group") {
  std::string umlauts;
  for (int i = 0; i < 16; ++i) umlauts += "\xc3\xbc";
  CHECK(mapped("AccessionNumber: OBR-18", "OBR||||||||||||||||||" + umlauts) == '"' + umlauts + '"');
  CHECK(refused_by("PatientName: PID-5", "PID|||||" + std::string(65, 'X')).code == 102);
}

TEST_CASE("a backslash or a control character cannot make a second value") {
  CHECK(refused_by("AccessionNumber: OBR-18", "OBR||||||||||||||||||A\\E\\B").code == 102);
  CHECK(refused_by("AccessionNumber: OBR-18", "OBR||||||||||||||||||A\\X0A\\B").code == 102);
  CHECK(refused_by("PatientName: PID-5", "PID|||||DOE\\S\\JANE").code == 102);
  CHECK(refused_by("PatientName: PID-5", "PID|||||DOE=JANE").code == 102);
  CHECK(mapped("RequestedProcedureComments: OBR-13", "OBR|||||||||||||a\\E\\b\\X0A\\c") == "\"a\\\\b\\nc\"");
}

TEST_CASE("a code becomes an item of a code sequence") {
  const std::string line = "RequestedProcedureCodeSequence: OBR-4";
  CHECK(mapped(line, "OBR||||CT1^CT head^99X") ==
        R"([{"CodeValue":"CT1","CodingSchemeDesignator":"99X","CodeMeaning":"CT head"}])");
  CHECK(mapped(line, "OBR||||CT1") == R"([{"CodeValue":"CT1","CodingSchemeDesignator":"L","CodeMeaning":"CT1"}])");
  CHECK(mapped(line, "OBR||||12345678901234567^X^L") ==
        R"([{"LongCodeValue":"12345678901234567","CodingSchemeDesignator":"L","CodeMeaning":"X"}])");
  CHECK(mapped(line, "OBR||||^^^ALT^Other^LN") ==
        R"([{"CodeValue":"ALT","CodingSchemeDesignator":"LN","CodeMeaning":"Other"}])");
  CHECK(mapped("RequestedProcedureCodeSequence: coding(http://snomed.info/sct, 77477000)", "OBR|1") ==
        R"([{"CodeValue":"77477000","CodingSchemeDesignator":"SCT","CodeMeaning":"77477000"}])");
  CHECK(refused_by(line, "OBR||||A^" + std::string(65, 'm') + "^L").code == 102);
}

TEST_CASE("codes are written in capitals, and enumerated ones are checked") {
  CHECK(mapped("PatientSex: PID-8", "PID||||||||f") == R"("F")");
  const Fault fault = refused_by("PatientSex: PID-8", "PID||||||||U");
  CHECK(fault.text == "PatientSex: \"U\" is not a PatientSex; it takes M, F, O");
  CHECK(fault.code == 103);
  CHECK(refused_by("PatientSex: PID-8", "PID||||||||f!").code == 102);
}

TEST_CASE("numbers, UIDs and ages have their shapes") {
  CHECK(mapped("PregnancyStatus: OBX-5", "OBR|1\rOBX|1|NM|X||4") == R"("4")");
  CHECK(refused_by("PregnancyStatus: OBX-5", "OBR|1\rOBX|1|NM|X||70000").code == 102);
  CHECK(mapped("PatientWeight: OBX-5", "OBR|1\rOBX|1|NM|X||71.5") == R"("71.5")");
  CHECK(refused_by("PatientWeight: OBX-5", "OBR|1\rOBX|1|NM|X||heavy").code == 102);
  CHECK(mapped("FrameOfReferenceUID: OBR-2", "OBR|1|1.2.840.0.3") == R"("1.2.840.0.3")");
  CHECK(refused_by("FrameOfReferenceUID: OBR-2", "OBR|1|1.2.03").code == 102);
  CHECK(mapped("PatientAge: OBR-2", "OBR|1|045Y") == R"("045Y")");
  CHECK(refused_by("PatientAge: OBR-2", "OBR|1|45").code == 102);
}

TEST_CASE("a list fills an attribute of several values, and never one of a single value") {
  CHECK(mapped("OtherPatientNames: PID-9[*]", "PID|||||||||DOE^J~ROE^J") == R"(["DOE^J","ROE^J"])");
  CHECK(mapped("MedicalAlerts: OBX[3.1 = ALERT]-5[*]", "OBR|1\rOBX|1|TX|ALERT||a~b") == R"(["a","b"])");
}

TEST_CASE("an address is one line in DICOM") {
  CHECK(mapped("PatientAddress: PID-11", "PID|||||||||||1 High St^^Town^^AB1 2CD") == R"("1 High St, Town, AB1 2CD")");
}

TEST_CASE("a patient keeps an address as long as it comes, and one that the map itself writes must fit DICOM") {
  const auto patient = [](const std::string& address) {
    return "map: test\nin: hl7 ADT\nout: patient\nfields:\n  PatientID: PID-3.1\n  PatientAddress: " + address + "\n";
  };
  const std::string street(65, 's');
  Maps maps;
  const json::Value kept = built_json(maps.map(patient("PID-11")), Received(order("PID|||M1||||||||" + street)));
  CHECK(kept.text_of("PatientAddress") == street);
  CHECK(refused_by("PatientAddress: PID-11", "PID|||||||||||" + street).code == 102);
  CHECK(maps.findings_of(patient("text(\"" + street + "\")")).find("error[E0313]: ") == 0);
  CHECK(maps.findings_of(patient("text(\"" + street.substr(1) + "\")")).empty());
}

TEST_CASE("a block in which everything that is read is absent is left out") {
  CHECK(mapped("ReferencedStudySequence:\n    ReferencedSOPClassUID: 1.2.840.10008.3.1.2.3.1\n"
               "    ReferencedSOPInstanceUID: ZDS-1.1",
               "OBR|1") == "(absent)");
  CHECK(mapped("ReferencedStudySequence:\n    ReferencedSOPClassUID: 1.2.840.10008.3.1.2.3.1\n"
               "    ReferencedSOPInstanceUID: ZDS-1.1",
               "OBR|1\rZDS|1.2.3") ==
        R"([{"ReferencedSOPClassUID":"1.2.840.10008.3.1.2.3.1","ReferencedSOPInstanceUID":"1.2.3"}])");
}

TEST_CASE("a condition and the word absent leave a target out") {
  CHECK(mapped("PatientComments: absent", "PID|1") == "(absent)");
  CHECK(mapped("PatientState: text(\"Isolation\") when OBR-30 = PORT", "OBR|1") == "(absent)");
}

TEST_CASE("every value that was written leads to its line and to its place in the message") {
  Maps maps;
  const Map map = maps.map(worklist("AccessionNumber: OBR-18"));
  std::vector<Mapped> mapped;
  built(map, Received(order("PID|||M1||DOE\rORC|NW\rOBR|1|||||||||||||||||||||||CT"), "OBR"), &mapped);
  std::string seen;
  for (const Mapped& each : mapped)
    seen += each.target + " " + each.line.where() + " " + (each.origin ? each.origin->path() : "") + "\n";
  CHECK(seen ==
        "PatientName mappings/test.yaml:6 PID-5\n"
        "PatientID mappings/test.yaml:7 PID-3.1\n"
        "ScheduledProcedureStepSequence.Modality mappings/test.yaml:11 OBR-24\n");
}

TEST_CASE("a word that its attribute does not allow is found before any message comes") {
  Maps maps;
  CHECK(maps.findings_of(worklist("PatientSex: X")) ==
        "error[E0312]: \"X\" is not a PatientSex\n"
        "  --> mappings/test.yaml:5:15\n"
        "  |\n"
        "5 |   PatientSex: X\n"
        "  |               ^\n"
        "  = PatientSex (0010,0040) takes M, F, O\n");
  CHECK(maps.findings_of(worklist("AccessionNumber: text(\"a number too long\")")).find("error[E0313]: ") == 0);
  CHECK(maps.findings_of(worklist("PatientBirthDate: yesterday")).find("error[E0313]: ") == 0);
}

TEST_CASE("a worklist item carries the identifier that survived a merge") {
  Maps maps;
  Received received(order("PID|||M2"));
  received.scope.survivor = [](const Identifier& id) { return id.value == "M2" ? Identifier{"M1", "HOSP", ""} : id; };
  const json::Value item = built_json(maps.map(worklist("AccessionNumber: OBR-18")), received);
  CHECK(item.text_of("PatientID") == "M1");
  CHECK(item.text_of("IssuerOfPatientID") == "HOSP");
}
