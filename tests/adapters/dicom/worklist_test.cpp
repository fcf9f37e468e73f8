#include <catch2/catch.hpp>

#include "adapters/dicom/worklist_answer.h"
#include "adapters/dicom/worklist_query.h"

using namespace pons;
using dicom::Dataset;

namespace {

const KnownStations kStations{{"CT1", "CT"}, {"FINDSCU", ""}};

Dataset dataset(const std::string& json) {
  return *Dataset::from_json(json);
}

ReadQuery read(const std::string& json) {
  return *read_worklist_query(dataset(json), kStations);
}

/// The query with these keys in the scheduled step.
std::string step(const std::string& keys) {
  return R"({"ScheduledProcedureStepSequence":[{)" + keys + "}]}";
}

}  // namespace

TEST_CASE("an empty identifier asks for everything") {
  const WorklistQuery query = read("{}").query;
  CHECK(query.modalities.empty());
  CHECK(query.stations.empty());
  CHECK(query.start.first_date.empty());
}

TEST_CASE("codes are read in any case and as lists, a star is no key") {
  const WorklistQuery query = read(step(R"("Modality":["ct","MR"],"ScheduledStationAETitle":"CT1")")).query;
  CHECK(query.modalities == std::vector<std::string>{"CT", "MR"});
  CHECK(query.stations == std::vector<std::string>{"CT1"});
  CHECK(query.station_modalities == std::vector<std::string>{"CT"});
  CHECK(read(step(R"("ScheduledStationAETitle":"*")")).query.stations.empty());
}

TEST_CASE("a star alone is no key, in any attribute") {
  const WorklistQuery query =
      read(R"({"PatientName":"*","PatientID":"*","AccessionNumber":"**","StudyInstanceUID":"*"})").query;
  CHECK(query.patient_name == "");
  CHECK(query.patient_id == "");
  CHECK(query.accession_number == "");
  CHECK(query.study_instance_uids.empty());
  CHECK(read(R"({"StudyInstanceUID":["1.2","1.3"]})").query.study_instance_uids.size() == 2);
}

TEST_CASE("what is empty at the end of a name says nothing") {
  CHECK(read(R"({"PatientName":"DOE^JANE^^^"})").query.patient_name == "DOE^JANE");
  CHECK(read(R"({"PatientName":"DOE^JANE^^=="})").query.patient_name == "DOE^JANE");
  CHECK(read(R"({"PatientName":"DOE^*"})").query.patient_name == "DOE^*");
}

TEST_CASE("the caller stands for the station only where the query names none") {
  const auto stations = [](const std::string& station) {
    return read_worklist_query(dataset(step("\"ScheduledStationAETitle\":\"" + station + "\"")), kStations, "CT1")
        ->query.stations;
  };
  CHECK(stations("") == std::vector<std::string>{"CT1"});
  CHECK(stations("MR1") == std::vector<std::string>{"MR1"});
  CHECK(stations("*").empty());
}

TEST_CASE("dates and times in any precision make one range") {
  const auto start = [](const std::string& date, const std::string& time) {
    return read(step("\"ScheduledProcedureStepStartDate\":\"" + date + "\",\"ScheduledProcedureStepStartTime\":\"" +
                     time + "\""))
        .query.start;
  };
  const StartRange day = start("20261125", "");
  CHECK(day.first_date == "20261125");
  CHECK(day.last_date == "20261125");
  const StartRange open = start("20261125-", "0830-");
  CHECK(open.first_time == "083000");
  CHECK(open.last_date.empty());
  CHECK(open.last_time.empty());
  const StartRange minute = start("20261125", "0830");
  CHECK(minute.first_time == "083000");
  CHECK(minute.last_time == "083059");
  CHECK(start("-20261125", "").first_date.empty());
}

TEST_CASE("a time that cannot be read is refused, naming the key") {
  dicom::Dataset asked = dataset(step(R"("ScheduledProcedureStepStartTime":"8:3")"));
  const auto query = read_worklist_query(asked, kStations);
  REQUIRE_FALSE(query);
  CHECK(query.fault().field == "ScheduledProcedureStepStartTime");
}

TEST_CASE("a key that cannot be matched on is told, and does not filter") {
  CHECK(read(R"({"PatientAge":"030Y"})").ignored_keys);
  CHECK_FALSE(read(R"({"PatientAge":""})").ignored_keys);
  // Some clients write an empty number as 0.
  CHECK_FALSE(read(R"({"PregnancyStatus":"0"})").ignored_keys);
  CHECK_FALSE(read(R"({"PatientID":"M1","AccessionNumber":"A1"})").ignored_keys);
}

TEST_CASE("every requested key is answered, and nothing else") {
  const WorklistItem item{
      R"({"AccessionNumber":"A1","StudyInstanceUID":"1.2.3","ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepID":"S1"}]})",
      R"({"PatientName":"DOE^JANE","PatientID":"M1"})"};
  const auto answer = worklist_answer(
      dataset(
          R"({"PatientName":"","PatientSex":"","AccessionNumber":"","ReferencedStudySequence":[],"ScheduledProcedureStepSequence":[{"Modality":"","ScheduledProcedureStepLocation":""}]})"),
      item);
  REQUIRE(answer);
  CHECK(answer->text("PatientName") == "DOE^JANE");
  CHECK(answer->text("AccessionNumber") == "A1");
  CHECK(answer->text("PatientSex") == "");
  CHECK(answer->has("ReferencedStudySequence"));
  CHECK(answer->items("ReferencedStudySequence") == 0);
  CHECK(answer->text("ScheduledProcedureStepSequence.Modality") == "CT");
  CHECK(answer->text("ScheduledProcedureStepSequence.ScheduledProcedureStepLocation") == "");
  CHECK_FALSE(answer->has("StudyInstanceUID"));
  CHECK_FALSE(answer->has("PatientID"));
  CHECK_FALSE(answer->has("ScheduledProcedureStepSequence.ScheduledProcedureStepID"));
}

TEST_CASE("a sequence that was asked for without items comes whole") {
  const WorklistItem item{R"({"ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepID":"S1"}]})",
                          "{}"};
  const auto answer = worklist_answer(dataset(R"({"ScheduledProcedureStepSequence":[]})"), item);
  REQUIRE(answer);
  CHECK(answer->text("ScheduledProcedureStepSequence.ScheduledProcedureStepID") == "S1");
}

TEST_CASE("a sequence that was asked for with an item of no attributes comes whole") {
  const WorklistItem item{R"({"ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepID":"S1"}]})",
                          "{}"};
  const auto answer = worklist_answer(dataset(R"({"ScheduledProcedureStepSequence":[{}]})"), item);
  REQUIRE(answer);
  CHECK(answer->text("ScheduledProcedureStepSequence.ScheduledProcedureStepID") == "S1");
}
