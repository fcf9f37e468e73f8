#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

std::vector<std::string> of_json(const std::string& expected, const std::string& actual) {
  Maps maps;
  return compared(maps, expected, *json::Value::parse(actual));
}

std::vector<std::string> of_message(const std::string& expected, const std::string& segments) {
  Maps maps;
  return compared(maps, expected,
                  *hl7::Message::parse("MSH|^~\\&|||||||ORU^R01^ORU_R01|1|P|2.5.1\r" + segments + "\r"));
}

const std::vector<std::string> kNone;

}  // namespace

TEST_CASE("an expectation is partial: what it does not name is not looked at") {
  CHECK(of_json("PatientID: M1\n", R"({"PatientID":"M1","PatientSex":"F"})") == kNone);
  CHECK(of_message("OBR-25: F\nMSH-9: ORU^R01\nOBX[3.1 = A]-5: x\n", "OBR|1||||||||||||||||||||||||F\rOBX|1||A^B||x") ==
        kNone);
}

TEST_CASE("a difference names the path, what was wanted and what came") {
  CHECK(of_json("ScheduledProcedureStepSequence:\n  Modality: MR\n", R"({"ScheduledProcedureStepSequence":[{}]})") ==
        std::vector<std::string>{"ScheduledProcedureStepSequence.Modality    want MR    got (absent)"});
  CHECK(of_json("PatientID: M1\nPatientSex: absent\n", R"({"PatientID":"M2","PatientSex":null})") ==
        std::vector<std::string>{"PatientID    want M1    got M2", "PatientSex    want (absent)    got (null)"});
  CHECK(of_message("OBR-25: F\nOBR-2: absent\nMSH-9: ORM^R01\n", "OBR|1|P1") ==
        std::vector<std::string>{"OBR-25    want F    got (absent)", "OBR-2    want (absent)    got P1",
                                 "MSH-9    want ORM^R01    got ORU^R01^ORU_R01"});
}

TEST_CASE("the step's attributes may be named without their sequence") {
  const std::string item = R"({"ScheduledProcedureStepSequence":[{"Modality":"CT"}]})";
  CHECK(of_json("Modality: CT\n", item) == kNone);
  CHECK(of_json("Modality: MR\n", item) ==
        std::vector<std::string>{"ScheduledProcedureStepSequence.Modality    want MR    got CT"});
  CHECK(of_json("ScheduledStationAETitle: CT1\n", item) ==
        std::vector<std::string>{"ScheduledProcedureStepSequence.ScheduledStationAETitle    want CT1    got (absent)"});
}

TEST_CASE("times compare by what they mean") {
  const std::string item = R"({"ScheduledProcedureStepSequence":[{"ScheduledProcedureStepStartTime":"093000"}]})";
  CHECK(of_json("ScheduledProcedureStepStartTime: 0930\n", item) == kNone);
  CHECK(of_json("ScheduledProcedureStepStartTime: 0931\n", item).size() == 1);
}

TEST_CASE("lists compare item by item, and paths reach into them") {
  const std::string resource = R"({"identifier":[{"value":"1"},{"value":"2"}],"numberOfInstances":412,"x":true})";
  CHECK(of_json("identifier:\n  - value: 1\n  - value: 2\nnumberOfInstances: 412\nx: true\n", resource) == kNone);
  CHECK(of_json("identifier[2].value: 3\n", resource) ==
        std::vector<std::string>{"identifier[2].value    want 3    got 2"});
  CHECK(of_json("identifier:\n  - value: 1\n  - value: 2\n  - value: 3\n", resource).size() == 1);
  CHECK(of_message("OBX[*]-5: [a, b]\n", "OBX|1||||a\rOBX|2||||b") == kNone);
  CHECK(of_message("OBX[*]-5: [a]\n", "OBX|1||||a\rOBX|2||||b").size() == 1);
}

TEST_CASE("null is told from absent") {
  CHECK(of_json("PatientSex: \"\"\n", R"({"PatientSex":null})") == kNone);
  CHECK(of_json("PatientSex: \"\"\n", R"({})").size() == 1);
  CHECK(of_message("OBR-2: \"\"\n", "OBR|1|\"\"") == kNone);
  CHECK(of_message("OBR-2: \"\"\n", "OBR|1|").size() == 1);
}
