#include <catch2/catch.hpp>

#include "adapters/dicom/worklist_answer.h"
#include "adapters/dicom/worklist_query.h"
#include "engine/dicom/dataset_path.h"

using namespace pons;
using dicom::Dataset;

namespace {

constexpr const char* kModality = "ScheduledProcedureStepSequence.Modality";
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
  CHECK(query.keys.empty());
  CHECK(query.stations.empty());
  CHECK(query.start.first_date.empty());
}

TEST_CASE("codes are read in any case and as lists, a star is no key") {
  const WorklistQuery query = read(step(R"("Modality":["ct","MR"],"ScheduledStationAETitle":"CT1")")).query;
  CHECK(query.keys.at(kModality) == std::vector<std::string>{"CT", "MR"});
  CHECK(query.stations == std::vector<std::string>{"CT1"});
  CHECK(query.station_modalities == std::vector<std::string>{"CT"});
  CHECK(read(step(R"("ScheduledStationAETitle":"*")")).query.stations.empty());
}

TEST_CASE("a star alone is no key, in any attribute") {
  const WorklistQuery query =
      read(R"({"PatientName":"*","PatientID":"*","AccessionNumber":"**","StudyInstanceUID":"*"})").query;
  CHECK(query.keys.empty());
  CHECK(read(R"({"StudyInstanceUID":["1.2","1.3"]})").query.keys.at("StudyInstanceUID").size() == 2);
}

TEST_CASE("what is empty at the end of a name says nothing") {
  const auto name = [](const std::string& key) {
    return read("{\"PatientName\":\"" + key + "\"}").query.keys.at("PatientName");
  };
  CHECK(name("DOE^JANE^^^") == std::vector<std::string>{"DOE^JANE"});
  CHECK(name("DOE^JANE^^==") == std::vector<std::string>{"DOE^JANE"});
  CHECK(name("DOE^*") == std::vector<std::string>{"DOE^*"});
  CHECK(read(R"({"PatientName":"^^"})").query.keys.empty());
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

TEST_CASE("a range of days and one of times are one interval; a single time is one of each day") {
  const auto start = [](const std::string& date, const std::string& time) {
    return read(step("\"ScheduledProcedureStepStartDate\":\"" + date + "\",\"ScheduledProcedureStepStartTime\":\"" +
                     time + "\""))
        .query.start;
  };
  CHECK_FALSE(start("20261124-20261126", "0800-1200").each_day);
  CHECK_FALSE(start("20261124", "0800-1200").each_day);
  CHECK(start("20261124-20261126", "0830").each_day);
  CHECK(start("", "0800-1200").each_day);
}

TEST_CASE("a dash alone, or a star, is no limit") {
  for (const char* key : {"-", "*", ""}) {
    const StartRange range = read(step("\"ScheduledProcedureStepStartDate\":\"" + std::string(key) +
                                       "\",\"ScheduledProcedureStepStartTime\":\"" + key + "\""))
                                 .query.start;
    CHECK(range.first_date + range.last_date + range.first_time + range.last_time == "");
    CHECK(read("{\"PatientBirthDate\":\"" + std::string(key) + "\"}").query.keys.empty());
  }
}

TEST_CASE("a birth date is a day or a range of days, and one that cannot be read is named") {
  const auto days = [](const std::string& key) {
    return read("{\"PatientBirthDate\":\"" + key + "\"}").query.keys.at("PatientBirthDate");
  };
  CHECK(days("19800102") == std::vector<std::string>{"19800102", "19800102"});
  CHECK(days("1980.01.02-") == std::vector<std::string>{"19800102", ""});
  const auto refused = read_worklist_query(dataset(R"({"PatientBirthDate":"1980"})"), kStations);
  REQUIRE_FALSE(refused);
  CHECK(refused.fault().field == "PatientBirthDate");
}

TEST_CASE("a number is a key as it is written, and 0 is none") {
  const auto numbers = [](const std::string& key) { return read("{\"PatientWeight\":" + key + "}").query.keys; };
  CHECK(numbers(R"("70.0")").at("PatientWeight") == std::vector<std::string>{"70.0"});
  CHECK(numbers(R"(["+70","7.1e1"])").at("PatientWeight") == std::vector<std::string>{"70", "7.1e1"});
  for (const char* none : {R"("0")", R"("0.0")", R"("*")", R"("")"}) CHECK(numbers(none).empty());
  CHECK_FALSE(read(R"({"PatientWeight":"70"})").ignored_keys);
  for (const char* wrong : {"heavy", "70kg", "7*", "nan", "1e999"}) {
    const auto refused = read_worklist_query(dataset("{\"PatientWeight\":\"" + std::string(wrong) + "\"}"), kStations);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().field == "PatientWeight");
  }
}

TEST_CASE("a time that is no start is a time or a range, and one that cannot be read is named") {
  const auto times = [](const std::string& key) {
    return read("{\"StudyTime\":\"" + key + "\"}").query.keys.at("StudyTime");
  };
  CHECK(times("0830") == std::vector<std::string>{"083000", "083059"});
  CHECK(times("08-") == std::vector<std::string>{"080000", ""});
  const auto refused = read_worklist_query(dataset(R"({"StudyTime":"2500"})"), kStations);
  REQUIRE_FALSE(refused);
  CHECK(refused.fault().field == "StudyTime");
}

TEST_CASE("wildcards may stand for a station, and find what its modality makes") {
  const WorklistQuery query = read(step(R"("ScheduledStationAETitle":"C?*")")).query;
  CHECK(query.stations == std::vector<std::string>{"C?*"});
  CHECK(query.station_modalities == std::vector<std::string>{"CT"});
  CHECK(read(step(R"("ScheduledStationAETitle":"M*")")).query.station_modalities.empty());
}

TEST_CASE("each key of table K.6-1 matches as its VR says") {
  for (const WorklistKey& key : worklist_keys()) {
    INFO(key.path);
    const auto path = dicom::parse_path(key.path);
    REQUIRE(path);
    const std::string vr = path->back().vr;
    CHECK((key.matching == KeyMatching::name) == (vr == "PN"));
    CHECK((key.matching == KeyMatching::uid) == (vr == "UI"));
    CHECK((key.matching == KeyMatching::code) == (vr == "CS"));
    CHECK((key.matching == KeyMatching::number) == (vr == "DS" || vr == "IS" || vr == "US"));
    CHECK((key.matching == KeyMatching::time) == (vr == "TM" && !key.path.ends_with("StartTime")));
    CHECK((key.matching != KeyMatching::text || vr == "AE" || vr == "LO" || vr == "SH" || vr == "LT" || vr == "ST" ||
           vr == "UT"));
    CHECK(worklist_key(key.path) == &key);
  }
}

TEST_CASE("a key that cannot be matched on is told, and does not filter") {
  CHECK(read(R"({"PatientAge":"030Y"})").ignored_keys);
  CHECK_FALSE(read(R"({"PatientAge":""})").ignored_keys);
  // Some clients write an empty number as 0.
  CHECK_FALSE(read(R"({"PregnancyStatus":"0"})").ignored_keys);
  CHECK_FALSE(read(R"({"PatientID":"M1","AccessionNumber":"A1"})").ignored_keys);
  CHECK_FALSE(read(R"({"RequestedProcedureCodeSequence":[{"CodeValue":"CT1"}]})").ignored_keys);
  CHECK(read(R"({"RequestedProcedureCodeSequence":[{"MappingResource":"DCMR"}]})").ignored_keys);
  CHECK_FALSE(read(R"({"RequestedProcedureCodeSequence":[{"MappingResource":""}]})").ignored_keys);
  CHECK_FALSE(read(R"({"TimezoneOffsetFromUTC":"+0100"})").ignored_keys);
}

TEST_CASE("every requested key is answered, and nothing else") {
  const WorklistItem item{
      R"({"AccessionNumber":"A1","StudyInstanceUID":"1.2.3","ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepID":"S1"}]})",
      R"({"PatientName":"DOE^JANE","PatientID":"M1"})"};
  const auto answer = worklist_answer(
      dataset(
          R"({"PatientName":"","PatientSex":"","AccessionNumber":"","ReferencedStudySequence":[],"ScheduledProcedureStepSequence":[{"Modality":"","ScheduledProcedureStepLocation":""}]})"),
      *known_item(item));
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

TEST_CASE("the status is answered as it is now, not as the order said") {
  WorklistItem item{R"({"ScheduledProcedureStepSequence":[{"ScheduledProcedureStepStatus":"SCHEDULED"}]})", "{}",
                    "STARTED"};
  const auto answer = worklist_answer(
      dataset(R"({"ScheduledProcedureStepSequence":[{"ScheduledProcedureStepStatus":""}]})"), *known_item(item));
  REQUIRE(answer);
  CHECK(answer->text("ScheduledProcedureStepSequence.ScheduledProcedureStepStatus") == "STARTED");
}

TEST_CASE("a sequence that was asked for without items comes whole") {
  const WorklistItem item{R"({"ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepID":"S1"}]})",
                          "{}"};
  const auto answer = worklist_answer(dataset(R"({"ScheduledProcedureStepSequence":[]})"), *known_item(item));
  REQUIRE(answer);
  CHECK(answer->text("ScheduledProcedureStepSequence.ScheduledProcedureStepID") == "S1");
}

TEST_CASE("a sequence that was asked for with an item of no attributes comes whole") {
  const WorklistItem item{R"({"ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepID":"S1"}]})",
                          "{}"};
  const auto answer = worklist_answer(dataset(R"({"ScheduledProcedureStepSequence":[{}]})"), *known_item(item));
  REQUIRE(answer);
  CHECK(answer->text("ScheduledProcedureStepSequence.ScheduledProcedureStepID") == "S1");
}
