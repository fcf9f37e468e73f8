#include <catch2/catch.hpp>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/worklist.h"
#include "adapters/postgres/worklist_where.h"
#include "tests/contracts/database.h"

using namespace pons;
using test::database;

namespace {

constexpr const char* kItem = R"({
  "AdmissionID":"V1","InstitutionName":"North Hospital","RequestingPhysician":"HOUSE^GREGORY",
  "ReferringPhysicianName":"M\u00fcLLER^J\u00f6rg=\u7f85^\u524d","RequestedProcedurePriority":"STAT",
  "RequestedProcedureDescription":"CT head","CurrentPatientLocation":null,"MedicalAlerts":["LATEX","MRSA"],
  "RequestedProcedureCodeSequence":[{"CodeValue":"CTH","CodingSchemeDesignator":"99HOSP"},
                                    {"CodeValue":"70450","CodingSchemeDesignator":"CPT"}],
  "OtherPatientIDsSequence":[],
  "ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledStationName":["CT-NORTH","CT-SOUTH"],
    "ScheduledProcedureStepLocation":"Room 1","ScheduledProcedureStepDescription":"Head, plain",
    "ScheduledProtocolCodeSequence":[{"CodeValue":"P1","CodingSchemeDesignator":"99HOSP"}]}]})";

/// One scheduled step, written past the intake; gone at the end.
struct OneStep {
  std::string name = "DOE^JANE";
  std::string modality = "CT", stations = "{CT1}", start_time = "093000", item = kItem;

  /// Whether these keys find it. Its patient has a number that nobody else has.
  bool is_found_by(WorklistQuery query) const {
    write();
    query.keys["IssuerOfPatientID"] = {"MATCHING"};
    PostgresWorklist worklist(database().conninfo());
    int count = 0;
    worklist.find(query, [&](const WorklistItem&) { return ++count > 0; });
    remove();
    return count == 1;
  }
  bool is_found_by(const std::string& path, const std::string& value) const {
    WorklistQuery query;
    query.keys[path] = {value};
    return is_found_by(query);
  }
  bool is_found_by_name(const std::string& key) const { return is_found_by("PatientName", key); }
  bool is_found_by_station(const std::string& key) const {
    WorklistQuery query;
    query.stations = {key};
    return is_found_by(query);
  }
  bool is_found_between(const StartRange& range) const {
    WorklistQuery query;
    query.start = range;
    return is_found_by(query);
  }

 private:
  void write() const {
    remove();
    Connection connection(database().conninfo());
    connection.run("INSERT INTO patient VALUES (8000000000000, $1, '19800102', 'F', '', NULL)", {name});
    connection.run("INSERT INTO patient_identifier VALUES ('MATCHING', 'M1', 'MR', 8000000000000, 0)");
    connection.run(
        "INSERT INTO imaging_order VALUES (8000000000000, 8000000000000, 'PL1', 'MATCHING', 'FI1', 'MATCHING', 'A1', "
        "'',"
        " '2.25.1', 'R1')");
    connection.run(
        "INSERT INTO scheduled_step VALUES (8000000000000, 8000000000000, 'S1', 'SCHEDULED', $1, $2, '20261125', $3,"
        " 'SURGEON^STEVE', $4)",
        {modality, stations, start_time, item});
  }
  static void remove() {
    Connection(database().conninfo())
        .script(
            "DELETE FROM scheduled_step WHERE id = 8000000000000; DELETE FROM imaging_order WHERE id = 8000000000000;"
            "DELETE FROM patient_identifier WHERE patient = 8000000000000; DELETE FROM patient WHERE id = "
            "8000000000000");
  }
};

const std::string kStep = "ScheduledProcedureStepSequence.";

}  // namespace

TEST_CASE("each key that the item holds matches, single or with wildcards") {
  const OneStep step;
  const auto check = [&](const std::string& path, const std::string& found, const std::string& missed) {
    INFO(path);
    CHECK(step.is_found_by(path, found));
    CHECK_FALSE(step.is_found_by(path, missed));
  };
  check("AdmissionID", "V1", "v1");
  check("InstitutionName", "North*", "South*");
  check("RequestingPhysician", "house^g*", "HOUSE");
  check("RequestedProcedurePriority", "STAT", "ROUTINE");
  check("RequestedProcedureDescription", "CT ????", "CT ???");
  check("MedicalAlerts", "MRSA", "MRS");
  check("RequestedProcedureCodeSequence.CodeValue", "70450", "7045");
  check("PlacerOrderNumberImagingServiceRequest", "PL1", "FI1");
  check("FillerOrderNumberImagingServiceRequest", "FI1", "PL1");
  check(kStep + "ScheduledStationName", "CT-SOUTH", "CT-WEST");
  check(kStep + "ScheduledProcedureStepLocation", "Room*", "R2");
  check(kStep + "ScheduledProcedureStepDescription", "Head, plain", "Head");
  check(kStep + "ScheduledProtocolCodeSequence.CodeValue", "P1", "P2");
  check(kStep + "ScheduledPerformingPhysicianName", "SURGEON^*", "HOUSE^*");
  check(kStep + "Modality", "C*", "M*");
  check("PatientSex", "F", "M");
}

TEST_CASE("an item's text is found however its JSON writes it") {
  OneStep step;
  step.item = R"({"RequestedProcedureDescription":"CT h\u0065ad \/ neck"})";
  CHECK(step.is_found_by("RequestedProcedureDescription", "CT head / neck"));
  CHECK(step.is_found_by("RequestedProcedureDescription", "*head*"));
  CHECK_FALSE(step.is_found_by("RequestedProcedureDescription", "CT neck"));
}

TEST_CASE("what is not known matches no value") {
  CHECK_FALSE(OneStep{}.is_found_by("CurrentPatientLocation", "?*"));
  CHECK_FALSE(OneStep{}.is_found_by("PatientState", "?*"));
  CHECK_FALSE(OneStep{}.is_found_by("OtherPatientIDsSequence.PatientID", "*1"));
}

TEST_CASE("one of several values of a key is enough") {
  WorklistQuery query;
  query.keys["AdmissionID"] = {"V0", "V1"};
  CHECK(OneStep{}.is_found_by(query));
  query.keys[kStep + "Modality"] = {"MR", "C?"};
  CHECK(OneStep{}.is_found_by(query));
}

TEST_CASE("a code's value and scheme match in the same item") {
  WorklistQuery query;
  query.keys["RequestedProcedureCodeSequence.CodeValue"] = {"CTH"};
  query.keys["RequestedProcedureCodeSequence.CodingSchemeDesignator"] = {"99HOSP"};
  CHECK(OneStep{}.is_found_by(query));
  query.keys["RequestedProcedureCodeSequence.CodingSchemeDesignator"] = {"CPT"};
  CHECK_FALSE(OneStep{}.is_found_by(query));
}

TEST_CASE("a birth date matches as a day and as a range, open at either end") {
  const auto found = [](const std::string& first, const std::string& last) {
    WorklistQuery query;
    query.keys["PatientBirthDate"] = {first, last};
    return OneStep{}.is_found_by(query);
  };
  CHECK(found("19800102", "19800102"));
  CHECK(found("19800101", "19800131"));
  CHECK(found("", "19800102"));
  CHECK(found("19800102", ""));
  CHECK_FALSE(found("19800103", ""));
  CHECK_FALSE(found("", "19800101"));
}

TEST_CASE("a number matches by its value, however it is written") {
  const auto found = [](const std::string& weight, const std::string& key) {
    OneStep step;
    step.item = "{\"PatientWeight\":" + weight + ",\"PregnancyStatus\":\"4\"}";
    return step.is_found_by("PatientWeight", key);
  };
  CHECK(found("\"70.0\"", "70"));
  CHECK(found("\" +70 \"", "7e1"));
  CHECK(found("70", "70.00"));
  CHECK_FALSE(found("\"70.5\"", "70"));
  CHECK_FALSE(found("\"heavy\"", "70"));
  CHECK_FALSE(found("\"\"", "70"));
  CHECK_FALSE(found("null", "70"));
  OneStep step;
  step.item = R"({"PregnancyStatus":"4"})";
  WorklistQuery query;
  query.keys["PregnancyStatus"] = {"3", "4"};
  CHECK(step.is_found_by(query));
  query.keys["PregnancyStatus"] = {"3"};
  CHECK_FALSE(step.is_found_by(query));
}

TEST_CASE("a time in the item matches to the second, as a time or in a range") {
  const auto found = [](const std::string& time, const std::string& first, const std::string& last) {
    OneStep step;
    step.item = "{\"StudyTime\":\"" + time + "\"}";
    WorklistQuery query;
    query.keys["StudyTime"] = {first, last};
    return step.is_found_by(query);
  };
  CHECK(found("0830", "083000", "083059"));
  CHECK(found("083015.25", "083000", "083059"));
  CHECK(found("083015", "083015", "083015"));
  CHECK(found("083015", "", "0900"));
  CHECK_FALSE(found("083015", "083016", ""));
  CHECK_FALSE(found("", "", "235959"));
}

TEST_CASE("an item with a character that the database cannot read hides no other") {
  OneStep step;
  step.item = R"({"AdmissionID":"V1\u0000"})";
  CHECK_FALSE(step.is_found_by("AdmissionID", "V1"));
  CHECK(step.is_found_by("AccessionNumber", "A1"));
  step.item = "spoiled";
  CHECK_FALSE(step.is_found_by("AdmissionID", "V1"));
}

TEST_CASE("a name matches without regard to case, in any alphabet, and to accents") {
  CHECK(OneStep{.name = "MÜLLER^JÖRG"}.is_found_by_name("müller^jörg"));
  CHECK(OneStep{.name = "MÜLLER^JÖRG"}.is_found_by_name("Muller^Jorg"));
  CHECK(OneStep{.name = "MULLER^JORG"}.is_found_by_name("Müller^Jörg"));
  CHECK(OneStep{.name = "Straße^Ida"}.is_found_by_name("STRASSE^IDA"));
  CHECK(OneStep{.name = "ИВАНОВ^ИГОРЬ"}.is_found_by_name("иванов^и*"));
  CHECK(OneStep{.name = "김^철수"}.is_found_by_name("김^철?"));
  CHECK_FALSE(OneStep{.name = "MÜLLER^JÖRG"}.is_found_by_name("Möller^Jörg"));
  CHECK(OneStep{}.is_found_by("ReferringPhysicianName", "muller^jorg"));
}

TEST_CASE("the start of a name that an index looks up changes no answer") {
  const std::string longest(600, 'X');
  CHECK(OneStep{.name = longest + "A^JANE"}.is_found_by_name(longest + "a*"));
  CHECK_FALSE(OneStep{.name = longest + "A^JANE"}.is_found_by_name(longest + "B*"));
  CHECK(OneStep{.name = "50%_\\O^JANE"}.is_found_by_name("50%_\\o^j*"));
  CHECK_FALSE(OneStep{.name = "500^JANE"}.is_found_by_name("50%*"));
  CHECK(OneStep{.name = "Mu\u0308ller^Jo"}.is_found_by_name("MÜL?ER*"));
  CHECK(OneStep{.name = "Yamada^Ken=MÜLLER^KEN"}.is_found_by_name("mull*"));
  CHECK(OneStep{.name = "Yamada^Ken==やまだ^けん"}.is_found_by_name("やま*"));
  CHECK(OneStep{.name = "MÜLLER^JÖRG"}.is_found_by_name("*ller^j*"));
}

TEST_CASE("the start of a name is looked up in an index, and whatever else has a better key is not") {
  test::Database own;  // whose plans go by its own contents
  Connection connection(own.conninfo());
  connection.script(
      "INSERT INTO patient SELECT n, 'N' || n || '^JANE', '', 'F', '', NULL FROM generate_series(1, 5000) n;"
      "INSERT INTO patient_identifier SELECT 'HOSP', n, 'MR', n, 0 FROM generate_series(1, 5000) n;"
      "INSERT INTO imaging_order SELECT n, n, n, 'HOSP', n, 'HOSP', 'A' || n, 'HOSP', '2.25.' || n, 'R'"
      " FROM generate_series(1, 5000) n;"
      "INSERT INTO scheduled_step SELECT n, n, 'S', 'SCHEDULED', 'CT', '{}', '20261125', '093000', '', '{}'"
      " FROM generate_series(1, 5000) n;"
      "ANALYZE");
  const auto plan = [&](const decltype(WorklistQuery::keys)& keys) {
    WorklistQuery query;
    query.keys = keys;
    const WorklistWhere where(query);
    const Rows rows = connection.run(
        "EXPLAIN SELECT FROM scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order JOIN patient p ON p.id = "
        "o.patient JOIN patient_identifier i ON i.patient = p.id AND i.position = 0 WHERE true" +
            where.sql(),
        where.values());
    std::string text;
    for (int row = 0; row < rows.size(); ++row) text += rows.text(row, 0) + '\n';
    return text;
  };
  const std::string name_alone = plan({{"PatientName", {"doe^j*"}}});
  for (const char* index : {"patient_name_start ", "patient_name_start_2", "patient_name_start_3"})
    CHECK(name_alone.find(index) != std::string::npos);
  CHECK(plan({{"AccessionNumber", {"A1"}}}).find("imaging_order_accession") != std::string::npos);
  CHECK(plan({{"PatientName", {"*doe"}}}).find("patient_name_start") == std::string::npos);
}

TEST_CASE("fuzzily, each word of a key is the start of a word of the name, in any order") {
  const auto finds = [](const std::string& name, const std::string& key) {
    WorklistQuery query;
    query.keys["PatientName"] = {key};
    query.fuzzy_names = true;
    return OneStep{.name = name}.is_found_by(query);
  };
  CHECK(finds("MÜLLER-DOE^JÖRG PETER", "jorg muller"));
  CHECK(finds("MÜLLER-DOE^JÖRG PETER", "Doe^Pet"));
  CHECK(finds("MÜLLER-DOE^JÖRG PETER", "doe, j*"));
  CHECK(finds("Yamada^Tarou=山田^太郎", "太郎"));
  CHECK(finds("DOE^JANE", "*"));
  CHECK(finds("50%^JANE", "50%"));
  CHECK_FALSE(finds("500^JANE", "50%"));
  CHECK_FALSE(finds("DOE^JANE", "ane"));
  CHECK_FALSE(finds("DOE^JANE", "doe john"));
  CHECK_FALSE(OneStep{}.is_found_by_name("jane doe"));  // without the negotiation
}

TEST_CASE("empty components at the end of a name say nothing, on either side") {
  CHECK(OneStep{.name = "DOE^JANE^^^"}.is_found_by_name("doe^jane"));
  CHECK(OneStep{}.is_found_by_name("DOE^JANE^^^"));
  CHECK(OneStep{.name = "DOE"}.is_found_by_name("DOE^*"));
  CHECK(OneStep{}.is_found_by_name("DOE^*^*^*^*"));
  CHECK(OneStep{}.is_found_by_name("D*E"));
  CHECK(OneStep{}.is_found_by_name("DO*"));
  CHECK_FALSE(OneStep{}.is_found_by_name("DOE"));
  CHECK_FALSE(OneStep{.name = "DOERING^JANE"}.is_found_by_name("DOE^*"));
  CHECK_FALSE(OneStep{.name = "DOE^JANE^MARY"}.is_found_by_name("DOE^JANE"));
}

TEST_CASE("the component groups of a name match by themselves") {
  const OneStep step{.name = "Yamada^Tarou=山田^太郎=やまだ^たろう"};
  CHECK(step.is_found_by_name("YAMADA^TAROU"));
  CHECK(step.is_found_by_name("YAMADA*"));
  CHECK(step.is_found_by_name("山田^太郎"));
  CHECK(step.is_found_by_name("=山田*"));
  CHECK(step.is_found_by_name("YAMADA^*=山田^太郎"));
  CHECK(step.is_found_by_name("==やまだ^*"));
  CHECK_FALSE(step.is_found_by_name("YAMADA^TARO"));
  CHECK_FALSE(step.is_found_by_name("YAMADA^TAROU=山本^太郎"));
  CHECK_FALSE(step.is_found_by_name("=YAMADA^TAROU"));
  CHECK_FALSE(step.is_found_by_name("Yamada*太郎"));
  CHECK(step.is_found_by_name("*=*"));
}

TEST_CASE("one of a step's stations is enough, and wildcards may stand for it") {
  const OneStep step{.stations = "{CT1,CT2}"};
  CHECK(step.is_found_by_station("CT2"));
  CHECK(step.is_found_by_station("CT?"));
  CHECK_FALSE(step.is_found_by_station("CT3"));
  CHECK_FALSE(step.is_found_by_station("ct2"));
}

TEST_CASE("a time of any precision is the same time") {
  const StartRange at{"20261125", "093000", "20261125", "093059"};
  for (const char* time : {"0930", "093000", "093000.5", "093059"})
    CHECK(OneStep{.start_time = time}.is_found_between(at));
  CHECK_FALSE(OneStep{.start_time = "09"}.is_found_between(at));
  CHECK(OneStep{.start_time = ""}.is_found_between({"20261125", "", "20261125", ""}));
}

TEST_CASE("a range of days with one time means that time on each day") {
  StartRange range{"20261124", "093000", "20261126", "093059", true};
  CHECK(OneStep{}.is_found_between(range));
  CHECK_FALSE(OneStep{.start_time = "100000"}.is_found_between(range));
  range.each_day = false;
  CHECK(OneStep{.start_time = "100000"}.is_found_between(range));
}

TEST_CASE("an interval that is open at its end has no last time") {
  CHECK(OneStep{.start_time = "200000"}.is_found_between({"20261125", "080000", "", "100059"}));
  CHECK_FALSE(OneStep{.start_time = "070000"}.is_found_between({"20261125", "080000", "", "100059"}));
  CHECK(OneStep{.start_time = "070000"}.is_found_between({"20261124", "080000", "", ""}));
}

TEST_CASE("an AE with a view sees no other modality and no other's stations") {
  WorklistQuery query;
  query.visible_modalities = {"MR"};
  CHECK_FALSE(OneStep{}.is_found_by(query));
  query.visible_modalities = {"MR", "CT"};
  CHECK(OneStep{}.is_found_by(query));
  query.visible_stations = {"CT2"};
  CHECK_FALSE(OneStep{}.is_found_by(query));
  CHECK(OneStep{.stations = "{}"}.is_found_by(query));
  CHECK(OneStep{.stations = "{CT2}"}.is_found_by(query));
}
