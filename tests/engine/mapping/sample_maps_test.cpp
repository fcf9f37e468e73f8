#include "engine/mapping/map_tests.h"
#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

std::string sample_message(const std::string& name) {
  return text_of_file(sample(name));
}

}  // namespace

TEST_CASE("every map of the sample hospital loads without findings, and its own tests pass") {
  Maps maps;
  for (const char* name :
       {"adt-to-patient", "orm-to-worklist", "report-to-oru", "report-to-fhir", "study-to-oru", "study-to-fhir"}) {
    INFO(name);
    const Map map = maps.sample_map(name);
    CHECK(map.name() == name);
    CHECK(run_tests(map) == std::vector<std::string>{});
  }
}

TEST_CASE("an order becomes a worklist item") {
  Maps maps;
  const Map map = maps.sample_map("orm-to-worklist");
  Received order(sample_message("orm-nw-two-obr.hl7"));
  order.know("order", R"({"filler":{"value":"F1","authority":"HOSP"}})");
  const Document item = built(map, order);
  CHECK(compared(maps, R"(
PatientName: DOE^JANE
PatientID: M1
IssuerOfPatientID: HOSP
PatientBirthDate: 19800102
PatientSex: F
OtherPatientIDsSequence:
  - PatientID: 99
    IssuerOfPatientID: NHS
    TypeOfPatientID: TEXT
AccessionNumber: A1001
RequestedProcedureID: R1
RequestedProcedureDescription: CT head
RequestedProcedureCodeSequence:
  - CodeValue: CT1
    CodingSchemeDesignator: L
    CodeMeaning: CT head
ReferringPhysicianName: WHO^ALAN
RequestingPhysician: absent
MedicalAlerts: absent
PregnancyStatus: absent
ScheduledProcedureStepSequence:
  Modality: CT
  ScheduledStationAETitle: CT1
  ScheduledProcedureStepStartDate: 20261125
  ScheduledProcedureStepStartTime: "093000"
  ScheduledProcedureStepID: S1
  ScheduledProcedureStepStatus: SCHEDULED
  CommentsOnTheScheduledProcedureStep: absent
)",
                 item) == std::vector<std::string>{});
  const auto& json = std::get<json::Value>(item);
  CHECK(json.text_of("StudyInstanceUID").starts_with("2.25."));
  CHECK(map.complete(item));
}

TEST_CASE("the second order of a message becomes its own item") {
  Maps maps;
  Received order(sample_message("orm-nw-two-obr.hl7"), "OBR", 1);
  CHECK(compared(maps, "AccessionNumber: A1002\nModality: MR\nScheduledStationAETitle: MR1\n",
                 built(maps.sample_map("orm-to-worklist"), order)) == std::vector<std::string>{});
}

TEST_CASE("an item that lacks a required attribute is not complete, and says which") {
  Maps maps;
  const Map map = maps.sample_map("orm-to-worklist");
  Received order("MSH|^~\\&|||||||ORM^O01|1|P|2.5.1\rPID|1||M1^^^HOSP^MR||DOE^JANE\rORC|NW|1|F1\rOBR|1|1|F1|CT1\r");
  const auto complete = map.complete(built(map, order));
  REQUIRE_FALSE(complete);
  CHECK(complete.fault().text == "StudyInstanceUID is required, and the message gives no value for it");
  CHECK(complete.fault().code == 101);
}

TEST_CASE("an ADT becomes the registry's patient: empty leaves alone, a null clears") {
  Maps maps;
  const Map map = maps.sample_map("adt-to-patient");
  Received adt(
      "MSH|^~\\&|||||||ADT^A08|1|P|2.5.1\rEVN\rPID|1||M1^^^HOSP^MR~99^^^NHS^NH||DOE^JANE||\"\"||||1 High St^Flat "
      "2^Town\r",
      "PID");
  const json::Value patient = built_json(map, adt);
  CHECK(
      patient.write() ==
      R"({"PatientID":"M1","IssuerOfPatientID":"HOSP","PatientName":"DOE^JANE","PatientBirthDate":null,)"
      R"("PatientAddress":"1 High St, Flat 2, Town","OtherPatientIDs":[{"PatientID":"99","IssuerOfPatientID":"NHS"}]})");
}

TEST_CASE("a report goes out as received, with our identifiers and a link to the images") {
  Maps maps;
  Received report(sample_message("oru-final.hl7"));
  report.know("study", R"({"StudyInstanceUID":"1.2.3","viewer_url":"https://view/1?a=1&b=2"})");
  CHECK(built_text(maps.sample_map("report-to-oru"), report) ==
        "MSH|^~\\&|IMAGING|HOSP|IMAGING|HOSP|20261124100000+0000||ORU^R01^ORU_R01|C1|P|2.5.1\n"
        "PID|1||M1^^^HOSP^MR||DOE^JANE\n"
        "OBR|1|P1|F1|CT1^CT head^L|||20261124093000|||||||||||A1001||||20261124115900|||F|||||||R1&SMITH&ANN\n"
        "OBX|1|TX|59776-5^Findings^LN||FINDINGS~No bleed.~IMPRESSION~Normal.||||||F\n"
        "OBX|2|HD|113014^DICOM Study^DCM||1.2.3||||||F\n"
        "OBX|3|RP|VIEWER^Image viewer link^L||https://view/1?a=1\\T\\b=2^^Application||||||F\n");
}

TEST_CASE("without images the report goes out without a link") {
  Maps maps;
  Received report(sample_message("oru-final.hl7"));
  const std::string text = built_text(maps.sample_map("report-to-oru"), report);
  CHECK(text.find("OBX|2") == std::string::npos);
  CHECK(text.find("OBX|1|TX") != std::string::npos);
}

TEST_CASE("a report becomes a DiagnosticReport") {
  Maps maps;
  const Map map = maps.sample_map("report-to-fhir");
  Received report(sample_message("oru-final.hl7"));
  report.know("study", R"({"StudyInstanceUID":"1.2.3"})");
  report.know("order", R"({"filler":{"value":"F1","authority":"HOSP"}})");
  report.know("script", R"({"impression":"Normal."})");
  CHECK(built_json(map, report).write_pretty() + "\n" == text_of_file(sample("diagnostic-report.json")));
  CHECK(*map.identity(report.scope) == "F1");
}

TEST_CASE("a complete study becomes a status ORU") {
  Maps maps;
  Received nothing("MSH|^~\\&|||||||ORU^R01|1|P|2.5.1\r");
  nothing.scope.message = nothing.scope.received = nullptr;
  nothing.know("study", R"({"PatientID":"M1","IssuerOfPatientID":"HOSP","PatientName":"DOE^JANE^^DR^JR",)"
                        R"("ProcedureCode":{"CodeValue":"CT1","CodingSchemeDesignator":"L","CodeMeaning":"CT head"},)"
                        R"("AccessionNumber":"A1001","StudyDateTime":"20261125093000","Modality":"DX",)"
                        R"("StudyInstanceUID":"1.2.3"})");
  CHECK(built_text(maps.sample_map("study-to-oru"), nothing) ==
        "MSH|^~\\&|IMAGING|HOSP|||20261124100000+0000||ORU^R01^ORU_R01|C1|P|2.5.1\n"
        "PID|||M1^^^HOSP^MR||DOE^JANE^^JR^DR\n"
        "OBR|1|||CT1^CT head^L||||||||||||||A1001||||20261125093000||XR|I\n"
        "OBX|1|HD|113014^DICOM Study^DCM||1.2.3||||||F\n");
}

TEST_CASE("a complete study becomes an ImagingStudy") {
  Maps maps;
  Received nothing("MSH|^~\\&|||||||ORU^R01|1|P|2.5.1\r");
  nothing.scope.message = nothing.scope.received = nullptr;
  nothing.know("study", R"({"PatientID":"M1","IssuerOfPatientID":"HOSP","StudyInstanceUID":"1.2.3",)"
                        R"("StudyDateTime":"20261125093000","instances":412,)"
                        R"("series":[{"SeriesInstanceUID":"1.2.3.1","Modality":"CT","instances":400}]})");
  CHECK(built_json(maps.sample_map("study-to-fhir"), nothing).write_pretty() + "\n" ==
        text_of_file(sample("imaging-study.json")));
}

TEST_CASE("the Acme format says what the standard does not") {
  Maps maps;
  Findings findings;
  const auto format = Format::load(maps.keep("acme-ris.yaml", text_of_file(sample("acme-ris.yaml"))).node, findings);
  INFO(to_text(findings));
  REQUIRE(format);
  CHECK(format->name == "acme-ris");
  CHECK(format->version == "2.3.1");
  CHECK(format->z_segments.at("ZDS").at(1) == "RP");
  CHECK(format->segment_group.at("ZDS") == "order");
  CHECK(format->untyped_identifier_type == "MR");
  CHECK(format->without_last_terminator);
}

TEST_CASE("a map's own test that fails says where it stands and what differs") {
  Maps maps;
  const Map map = maps.map(
      "map: test\nin: hl7 ADT\nout: patient\nfields:\n  PatientID: PID-3.1\n  PatientBirthDate: PID-7\n"
      "tests:\n  - name: the number\n    given:\n      - PID|1||M1\n    expect:\n      PatientID: M2\n"
      "  - name: the day\n    given:\n      - PID|1||M1||||yesterday\n    expect:\n      PatientID: M1\n");
  CHECK(run_tests(map) ==
        std::vector<std::string>{"FAIL  mappings/test.yaml:8  the number\n      PatientID    want M2    got M1",
                                 "FAIL  mappings/test.yaml:13  the day\n      PatientBirthDate: \"yesterday\" is not a "
                                 "date; write YYYYMMDD or YYYYMMDDHHMMSS"});
}
