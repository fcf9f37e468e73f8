#include <algorithm>

#include "engine/dicom/dataset.h"
#include "engine/hl7/charset.h"
#include "engine/mapping/bundle.h"
#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

/// Every character with a meaning somewhere, between two letters.
std::vector<std::string> risky_texts() {
  std::vector<std::string> texts;
  for (int c = 1; c < 0x80; ++c) texts.push_back(std::string("a") + static_cast<char>(c) + "b");
  for (const char* more :
       {"\\F\\", "\\.br\\", "../../etc/passwd", "a\r\nPID|9", "${env:HOME}", "{OBR-3}", "\xc2\x85", "''--"})
    texts.emplace_back(more);
  return texts;
}

/// `item` as a record that holds the text.
void know_text(Received& received, const std::string& text) {
  json::Value item = json::Value::object();
  item["text"] = text;
  received.scope.bind("item", Value::of(std::move(item)));
}

const std::string kMessage = "MSH|^~\\&|LAB||||||ORU^R01|M1|T|2.5.1\rPID|1\rOBR|1\r";

}  // namespace

TEST_CASE("no text makes a segment, a field, a repetition or a component of a message") {
  Maps maps;
  const Map map = maps.map(
      "map: test\nin: hl7 ORU^R01\nout: hl7 ORU^R01 v2.5.1\nstart: copy\nfields:\n"
      "  OBR-2: item.text\n  OBR-4.2: item.text\n  PID-3:\n    - 1: item.text\n      4.1: item.text\n"
      "  OBX[+]:\n    - 5: item.text\n");
  for (const std::string& text : risky_texts()) {
    INFO(text);
    Received received(kMessage);
    know_text(received, text);
    const auto message = hl7::Message::parse(std::get<hl7::Message>(built(map, received)).write());
    REQUIRE(message);
    CHECK(message->size() == 4);
    CHECK(message->field_count(2) == 4);
    CHECK(hl7::repetitions(*message, 1, 3) == 1);
    for (const char* path : {"OBR-2", "OBR-4.2", "PID-3.1", "PID-3.4.1", "OBX-5"})
      CHECK(hl7::text(hl7::find_first(*message, *hl7::Path::parse(path)), hl7::Charset()) == text);
  }
}

TEST_CASE("no text makes a value, an item or an attribute of a worklist item") {
  Maps maps;
  const Map map = maps.map(
      "map: test\nin: hl7 ORM^O01\nout: dicom worklist\nfields:\n"
      "  PatientName: PID-5\n  PatientID: item.text\n  StudyInstanceUID: ZDS-1\n  RequestedProcedureID: OBR-19\n"
      "  RequestedProcedureCodeSequence: item.text\n  PatientComments: item.text\n"
      "  ScheduledProcedureStepSequence:\n    Modality: OBR-24\n    ScheduledProcedureStepID: item.text\n"
      "    ScheduledProcedureStepStartDate: ORC-7.4\n    ScheduledProcedureStepStartTime: ORC-7.4\n");
  int written = 0;
  for (const std::string& text : risky_texts()) {
    INFO(text);
    Received received(kMessage);
    know_text(received, text);
    const auto item = map.build(received.scope);
    if (!item) continue;
    ++written;
    const auto dataset = dicom::Dataset::from_json(std::get<json::Value>(*item).write());
    REQUIRE(dataset);
    CHECK(dataset->names().size() == 4);
    CHECK(dataset->values("PatientID").size() == 1);
    CHECK(dataset->text_or_empty("PatientComments") == text);
    CHECK(dataset->items("RequestedProcedureCodeSequence") == 1);
  }
  CHECK(written > 90);
}

TEST_CASE("no text makes a member of a resource or leaves its place in a Bundle's queries") {
  Maps maps;
  const Map map = maps.map(
      "map: test\nin: hl7 ORU^R01\nout: fhir R4 Observation\nfields:\n"
      "  identifier:\n    - system: urn:x\n      value: item.text\n  status: final\n  code: item.text\n");
  for (const std::string& text : risky_texts()) {
    INFO(text);
    Received received(kMessage);
    know_text(received, text);
    const auto resource = map.build(received.scope);
    if (!resource) continue;
    const json::Value& made = std::get<json::Value>(*resource);
    CHECK(made.members().size() == 4);
    CHECK(made.find("code")->text_of("text") == text);
    const auto read = json::Value::parse(made.write());
    REQUIRE(read);
    CHECK(*read == made);
    const auto bundle = bundle_of({{made, ""}});
    REQUIRE(bundle);
    const std::string url = bundle->find("entry")->items()[0].find("request")->text_of("url");
    CHECK(url.find_first_of("&#; \r\n\"<>{}\\") == std::string::npos);
    CHECK(std::count(url.begin(), url.end(), '|') == 1);
    CHECK(std::count(url.begin(), url.end(), '?') == 1);
  }
}
