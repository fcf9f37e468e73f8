#include "engine/records/performed_iod.h"

#include <catch2/catch.hpp>

#include "tests/engine/records/examination.h"

using namespace pons;
using test::completed;
using test::in_progress;

namespace {

using What = IodFinding::What;

std::vector<std::string> texts(const std::vector<IodFinding>& findings) {
  std::vector<std::string> all;
  for (const IodFinding& each : findings) all.push_back(to_text(each));
  return all;
}

using Texts = std::vector<std::string>;

json::Value ended(json::Value known) {
  const json::Value set = completed();
  for (const auto& [keyword, value] : set.members()) known[keyword] = value;
  return known;
}

json::Value& item_of(json::Value& dataset, const char* sequence) {
  return dataset.find(sequence)->items().front();
}

}  // namespace

TEST_CASE("an examination that begins and ends as the standard says is found in order") {
  const json::Value known = in_progress();
  CHECK(texts(check_create(known)).empty());
  CHECK(texts(check_set(known, completed())).empty());
  CHECK(texts(check_final_state(ended(known))).empty());
}

TEST_CASE("each attribute that N-CREATE must have is missed when it is left out or empty") {
  for (const PerformedAttribute& each : performed_attributes()) {
    if (each.depth != 0) continue;
    INFO(each.keyword);
    const std::string path(each.keyword);
    json::Value without = in_progress(), empty = in_progress();
    without.erase(each.keyword);
    if (empty.find(each.keyword)) empty[each.keyword] = {};
    const bool is_type_1 = each.create == "1/1";
    CHECK(texts(check_create(without)) == (is_type_1 || each.create == "2/2" ? Texts{path + " is missing"} : Texts{}));
    CHECK(texts(check_create(empty)) == (is_type_1 ? Texts{path + " has no value"} : Texts{}));
  }
}

TEST_CASE("what an item of a sequence must have is missed in each item that lacks it") {
  json::Value dataset = in_progress();
  json::Value second = item_of(dataset, "ScheduledStepAttributesSequence");
  second.erase("StudyInstanceUID");
  second["AccessionNumber"] = {};
  second.erase("RequestedProcedureID");
  dataset["ScheduledStepAttributesSequence"].push(second);
  CHECK(texts(check_create(dataset)) == Texts{"ScheduledStepAttributesSequence[2].StudyInstanceUID is missing",
                                              "ScheduledStepAttributesSequence[2].RequestedProcedureID is missing"});
}

TEST_CASE("a code needs its scheme, and a value in one of its three forms") {
  json::Value dataset = in_progress();
  json::Value code;
  code["CodeMeaning"] = "CT head";
  SECTION("no value") {
    dataset["ProcedureCodeSequence"].push(code);
    CHECK(texts(check_create(dataset)) == Texts{"ProcedureCodeSequence[1].CodeValue is missing"});
  }
  SECTION("no scheme") {
    code["CodeValue"] = "CTH";
    dataset["ProcedureCodeSequence"].push(code);
    CHECK(texts(check_create(dataset)) == Texts{"ProcedureCodeSequence[1].CodingSchemeDesignator is missing"});
  }
  SECTION("a URN needs no scheme") {
    code["URNCodeValue"] = "urn:oid:1.2.3";
    dataset["ProcedureCodeSequence"].push(code);
    CHECK(check_create(dataset).empty());
  }
}

TEST_CASE("N-SET may change nothing that identifies the patient, the order, the station or the beginning") {
  const json::Value known = in_progress();
  for (const PerformedAttribute& each : performed_attributes()) {
    if (each.depth != 0 || each.set != "-" || !known.find(each.keyword)) continue;
    INFO(each.keyword);
    json::Value modification = completed();
    modification[each.keyword] = *known.find(each.keyword);
    const auto findings = check_set(known, modification);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0] == IodFinding{What::not_allowed, each.tag, std::string(each.keyword)});
  }
}

TEST_CASE("N-SET changes only what N-CREATE created") {
  json::Value modification;
  modification["PerformedProcedureStepDiscontinuationReasonCodeSequence"] = json::Value::array();
  CHECK(texts(check_set(in_progress(), modification)) ==
        Texts{"PerformedProcedureStepDiscontinuationReasonCodeSequence was not created"});
  json::Value known = in_progress();
  known["PerformedProcedureStepDiscontinuationReasonCodeSequence"] = json::Value::array();
  CHECK(check_set(known, modification).empty());
}

TEST_CASE("a series that N-SET sends must be whole") {
  json::Value modification = completed();
  json::Value& series = item_of(modification, "PerformedSeriesSequence");
  series.erase("ProtocolName");
  series["SeriesInstanceUID"] = "";
  series.erase("OperatorsName");
  item_of(series, "ReferencedImageSequence").erase("ReferencedSOPClassUID");
  const std::string path = "PerformedSeriesSequence[1].";
  CHECK(texts(check_set(in_progress(), modification)) ==
        Texts{path + "ProtocolName is missing", path + "OperatorsName is missing",
              path + "SeriesInstanceUID has no value",
              path + "ReferencedImageSequence[1].ReferencedSOPClassUID is missing"});
}

TEST_CASE("an examination ends with its end and at least one series, which may be without images") {
  CHECK(texts(check_final_state(in_progress())) == Texts{"PerformedProcedureStepEndDate has no value",
                                                         "PerformedProcedureStepEndTime has no value",
                                                         "PerformedSeriesSequence has no value"});
  json::Value whole = ended(in_progress());
  item_of(whole, "PerformedSeriesSequence")["ReferencedImageSequence"] = json::Value::array();
  CHECK(check_final_state(whole).empty());
}

TEST_CASE("ten thousand images without a class are not ten thousand findings") {
  json::Value modification = completed();
  json::Value& images = item_of(modification, "PerformedSeriesSequence")["ReferencedImageSequence"];
  json::Value image;
  image["ReferencedSOPInstanceUID"] = "1.2.3";
  for (int i = 0; i < 10'000; ++i) images.push(image);
  CHECK(check_set(in_progress(), modification).size() == 100);
}
