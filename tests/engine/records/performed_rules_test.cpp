#include <catch2/catch.hpp>

#include "engine/records/performed_rules.h"
#include "tests/engine/records/clinic.h"
#include "tests/engine/records/examination.h"

using namespace pons;
using test::Clinic;

namespace {

/// What a modality says of one procedure.
struct Procedure {
  std::string patient = "M1", issuer, study = "1.2.1", step = "S1", accession = "A1";

  json::Value in_progress() const {
    json::Value dataset;
    dataset["PerformedProcedureStepStatus"] = "IN PROGRESS";
    dataset["PatientID"] = patient;
    if (!issuer.empty()) dataset["IssuerOfPatientID"] = issuer;
    dataset["Modality"] = "CT";
    dataset["PerformedProcedureStepStartDate"] = "20261125";
    dataset["PerformedProcedureStepStartTime"] = "093000.5";
    dataset["PerformedProcedureStepDescription"] = "CT head";
    json::Value item;
    item["StudyInstanceUID"] = study;
    item["ScheduledProcedureStepID"] = step;
    item["AccessionNumber"] = accession;
    dataset["ScheduledStepAttributesSequence"].push(item);
    return dataset;
  }
};

json::Value ended(const std::string& status, const std::string& series = "1.3.1", int images = 2) {
  json::Value set;
  set["PerformedProcedureStepStatus"] = status;
  json::Value item;
  item["SeriesInstanceUID"] = series;
  item["ReferencedImageSequence"] = json::Value::array();
  for (int i = 0; i < images; ++i) item["ReferencedImageSequence"].push(json::Value::object());
  set["PerformedSeriesSequence"].push(item);
  return set;
}

json::Value discontinued(const std::string& reason) {
  json::Value set;
  set["PerformedProcedureStepStatus"] = "DISCONTINUED";
  json::Value code;
  code["CodeValue"] = reason;
  code["CodingSchemeDesignator"] = "DCM";
  set["PerformedProcedureStepDiscontinuationReasonCodeSequence"].push(code);
  return set;
}

/// Jane's order 1 with the step S1, and a modality.
struct Room : Clinic {
  std::int64_t jane = patient("M1"), jane_s = order(jane, "1");

  PerformedVerdict create(const std::string& uid, const Procedure& procedure = {}) {
    return create_performed_step(book, uid, procedure.in_progress(), 7);
  }
  PerformedVerdict set(const std::string& uid, const json::Value& said) {
    return set_performed_step(book, uid, said, 8);
  }
  using Clinic::set;
};

}  // namespace

TEST_CASE("MPPS in progress starts the step, completed completes it and makes the study") {
  Room room;
  REQUIRE(room.create("9.1").dicom_status == 0);
  CHECK(room.status(room.jane_s) == "STARTED");
  CHECK(room.order_status(room.jane_s) == "IP");
  const PerformedVerdict verdict = room.set("9.1", ended("COMPLETED"));
  CHECK(verdict.dicom_status == 0);
  CHECK(room.status(room.jane_s) == "COMPLETED");
  CHECK(room.order_status(room.jane_s) == "CM");
  const Study* study = room.book.study("1.2.1");
  REQUIRE(study);
  CHECK(verdict.study == study->id);
  CHECK(study->patient == room.jane);
  CHECK(study->order == room.jane_s);
  CHECK(study->accession == Identifier{"A1", "HOSP", ""});
  CHECK(study->started == "20261125093000");
  CHECK(study->description == "CT head");
  CHECK(study->instances() == 2);
  CHECK(study->modality() == "CT");
  CHECK(room.questions() == 0);
}

TEST_CASE("a performed step that is there already, unknown or final is answered as PS3.7 says") {
  Room room;
  CHECK(room.set("9.1", ended("COMPLETED")).dicom_status == 0x0112);
  REQUIRE(room.create("9.1").dicom_status == 0);
  CHECK(room.create("9.1").dicom_status == 0x0111);
  json::Value final = Procedure{}.in_progress();
  final["PerformedProcedureStepStatus"] = "COMPLETED";
  CHECK(create_performed_step(room.book, "9.2", final, 7).dicom_status == 0x0106);
  CHECK_FALSE(room.book.performed_step("9.2"));
  CHECK(room.set("9.1", ended("DONE")).dicom_status == 0x0106);
  REQUIRE(room.set("9.1", ended("COMPLETED")).dicom_status == 0);
  const PerformedVerdict late = room.set("9.1", ended("DISCONTINUED"));
  CHECK(late.dicom_status == 0x0110);
  CHECK(late.error_id == 0xA710);
  CHECK(room.status(room.jane_s) == "COMPLETED");
}

TEST_CASE("N-SET in progress changes what it names and leaves the rest") {
  Room room;
  room.create("9.1");
  json::Value set;
  set["PerformedProcedureStepDescription"] = "CT neck";
  CHECK(room.set("9.1", set).dicom_status == 0);
  const auto dataset = json::Value::parse(room.book.performed_step("9.1")->dataset);
  CHECK(dataset->text_of("PerformedProcedureStepDescription") == "CT neck");
  CHECK(dataset->text_of("Modality") == "CT");
  CHECK(room.status(room.jane_s) == "STARTED");
}

TEST_CASE("MPPS without a step that anybody knows moves nothing, is kept, and asks a person") {
  Room room;
  Procedure unscheduled;
  SECTION("no step ID") {
    unscheduled.step = "";
  }
  SECTION("an unknown step") {
    unscheduled.step = "S9";
  }
  SECTION("an unknown study and accession") {
    unscheduled.study = "1.2.99", unscheduled.accession = "A99";
  }
  CHECK(room.create("9.1", unscheduled).dicom_status == 0);
  CHECK(room.status(room.jane_s) == "SCHEDULED");
  REQUIRE(room.book.performed_step("9.1"));
  CHECK(room.book.performed_step("9.1")->steps.empty());
  CHECK(room.questions() == 1);
}

TEST_CASE("MPPS of another patient than the step's moves nothing, also when it completes") {
  Room room;
  room.patient("M2");
  Procedure wrong;
  wrong.patient = "M2";
  SECTION("by number and issuer") {
    wrong.issuer = "HOSP";
  }
  SECTION("by number alone") {}
  SECTION("the same number of another hospital") {
    wrong.patient = "M1", wrong.issuer = "ELSEWHERE";
  }
  CHECK(room.create("9.1", wrong).dicom_status == 0);
  CHECK(room.questions() == 1);
  const PerformedVerdict verdict = room.set("9.1", ended("COMPLETED"));
  CHECK(verdict.dicom_status == 0);
  CHECK(verdict.study == 0);
  CHECK(room.status(room.jane_s) == "SCHEDULED");
  CHECK_FALSE(room.book.study("1.2.1"));
}

TEST_CASE("a step is found by accession and step ID where the modality made its own study UID") {
  Room room;
  Procedure own;
  own.study = "1.9.9.9";
  SECTION("the patient's number agrees") {
    room.create("9.1", own);
    CHECK(room.status(room.jane_s) == "STARTED");
    room.set("9.1", ended("COMPLETED"));
    CHECK(room.book.study("1.9.9.9")->order == room.jane_s);
  }
  SECTION("no patient is said") {
    own.patient = "";
    room.create("9.1", own);
    CHECK(room.status(room.jane_s) == "SCHEDULED");
    CHECK(room.questions() == 1);
  }
  SECTION("the number is borne by patients of two hospitals with the same accession") {
    Patient twin;
    twin.id = room.book.new_id();
    twin.identifiers = {{"M1", "ELSEWHERE", "MR"}};
    room.book.patients.put(twin);
    Order same = *room.book.orders.find(room.order(twin.id, "5"));
    same.accession = {"A1", "ELSEWHERE", ""};
    room.book.orders.put(same);
    room.create("9.1", own);
    CHECK(room.status(room.jane_s) == "SCHEDULED");
  }
}

TEST_CASE("MPPS under the old number after a merge reaches the survivor's step") {
  Room room;
  const std::int64_t real = room.patient("M7");
  Patient retired = *room.book.patients.find(room.jane);
  retired.merged_into = real;
  room.book.patients.put(retired);
  Order moved = *room.book.orders.find(room.jane_s);
  moved.patient = real;
  room.book.orders.put(moved);
  CHECK(room.create("9.1").dicom_status == 0);
  CHECK(room.status(room.jane_s) == "STARTED");
  CHECK(room.book.performed_step("9.1")->patient == real);
  CHECK(room.questions() == 0);
}

TEST_CASE("the wrong worklist entry is scheduled again and asks a person, any other reason discontinues") {
  Room room;
  room.create("9.1");
  SECTION("110514 incorrect worklist entry selected") {
    CHECK(room.set("9.1", discontinued("110514")).dicom_status == 0);
    CHECK(room.status(room.jane_s) == "SCHEDULED");
    CHECK(room.questions() == 1);
    CHECK(room.create("9.2").dicom_status == 0);
    CHECK(room.status(room.jane_s) == "STARTED");
  }
  SECTION("110513 for another reason") {
    room.set("9.1", discontinued("110513"));
    CHECK(room.status(room.jane_s) == "DISCONTINUED");
    CHECK(room.order_status(room.jane_s) == "DC");
    CHECK(room.questions() == 0);
  }
}

TEST_CASE("one performed step completes all the scheduled steps that it names") {
  Room room;
  const std::int64_t second = room.order(room.jane, "2");
  json::Value group = Procedure{}.in_progress();
  Procedure other;
  other.study = "1.2.2", other.accession = "A2";
  const json::Value more = other.in_progress();
  group["ScheduledStepAttributesSequence"].push(more.find("ScheduledStepAttributesSequence")->items().front());
  create_performed_step(room.book, "9.1", group, 7);
  CHECK(room.status(second) == "STARTED");
  room.set("9.1", ended("COMPLETED"));
  CHECK(room.status(room.jane_s) == "COMPLETED");
  CHECK(room.status(second) == "COMPLETED");
}

TEST_CASE("a step is complete when the last of its performed steps has ended") {
  Room room;
  room.create("9.1");
  room.create("9.2");
  const PerformedVerdict first = room.set("9.1", ended("COMPLETED", "1.3.1"));
  CHECK(first.study == 0);
  CHECK(room.status(room.jane_s) == "STARTED");
  const PerformedVerdict last = room.set("9.2", ended("DISCONTINUED", "1.3.2"));
  CHECK(room.status(room.jane_s) == "COMPLETED");
  CHECK(last.study == room.book.study("1.2.1")->id);
}

TEST_CASE("an append after completion leaves the step completed and adds its series to the study") {
  Room room;
  room.create("9.1");
  room.set("9.1", ended("COMPLETED", "1.3.1"));
  room.create("9.2");
  CHECK(room.status(room.jane_s) == "COMPLETED");
  CHECK(room.questions() == 0);
  room.set("9.2", ended("COMPLETED", "1.3.2", 5));
  CHECK(room.book.study("1.2.1")->series.size() == 2);
  CHECK(room.book.study("1.2.1")->instances() == 7);
}

TEST_CASE("a canceled step that is performed nevertheless stays canceled and asks a person") {
  Room room;
  room.set(room.jane_s, "S1", StepStatus::canceled);
  CHECK(room.create("9.1").dicom_status == 0);
  CHECK(room.status(room.jane_s) == "CANCELED");
  CHECK(room.questions() == 1);
  room.set("9.1", ended("COMPLETED"));
  CHECK(room.status(room.jane_s) == "CANCELED");
}

// What is not as PS3.4 Table F.7.2-1 says.

namespace {

using Tags = std::vector<std::uint32_t>;
constexpr std::uint32_t kPatientId = 0x00100020, kStation = 0x00400241, kStatusTag = 0x00400252, kSteps = 0x00400270,
                        kStudy = 0x0020000D, kSeries = 0x00400340;

/// N-CREATE and N-SET under strict rules.
struct StrictRoom : Room {
  PerformedVerdict create(const json::Value& dataset) {
    return create_performed_step(book, "9.1", dataset, 7, IodRules::strict);
  }
  PerformedVerdict set(const json::Value& modification) {
    return set_performed_step(book, "9.1", modification, 8, IodRules::strict);
  }
};

json::Value without(json::Value dataset, std::string_view keyword) {
  dataset.erase(keyword);
  return dataset;
}

json::Value with(json::Value dataset, std::string_view keyword, json::Value value) {
  dataset[keyword] = std::move(value);
  return dataset;
}

}  // namespace

TEST_CASE("under strict rules an examination that is whole goes its way") {
  StrictRoom room;
  CHECK(room.create(test::in_progress()).dicom_status == 0);
  CHECK(room.set(test::completed()).dicom_status == 0);
  CHECK(room.status(room.jane_s) == "COMPLETED");
  CHECK(room.book.study("1.2.1"));
}

TEST_CASE("under strict rules what is missing is refused, with its tags, and leaves nothing behind") {
  StrictRoom room;
  const PerformedVerdict missing =
      room.create(without(without(test::in_progress(), "PatientID"), "PerformedStationAETitle"));
  CHECK(missing.dicom_status == 0x0120);
  CHECK(missing.attributes == Tags{kPatientId, kStation});
  const PerformedVerdict empty = room.create(with(test::in_progress(), "PerformedStationAETitle", {}));
  CHECK(empty.dicom_status == 0x0121);
  CHECK(empty.attributes == Tags{kStation});
  CHECK_FALSE(room.book.performed_step("9.1"));
  CHECK(room.status(room.jane_s) == "SCHEDULED");
  REQUIRE(room.create(test::in_progress()).dicom_status == 0);
  CHECK(room.set(with(test::completed(), "PatientID", "M2")).dicom_status == 0x0105);
  CHECK(room.set(without(test::completed(), "PerformedSeriesSequence")).attributes == Tags{kSeries});
  CHECK(room.status(room.jane_s) == "STARTED");
  CHECK(room.set(test::completed()).dicom_status == 0);
}

TEST_CASE("a discontinued examination owes its end and a series under strict rules, and no more than its status else") {
  json::Value set;
  set["PerformedProcedureStepStatus"] = "DISCONTINUED";
  SECTION("strict") {
    StrictRoom room;
    REQUIRE(room.create(test::in_progress()).dicom_status == 0);
    CHECK(room.set(set).dicom_status == 0x0121);  // created without value, and still without
  }
  SECTION("lenient") {
    Room room;
    REQUIRE(create_performed_step(room.book, "9.1", test::in_progress(), 7).dicom_status == 0);
    const PerformedVerdict verdict = room.set("9.1", set);
    CHECK(verdict.dicom_status == 0);
    CHECK(verdict.text.find("PerformedSeriesSequence has no value") != std::string::npos);
    CHECK(room.status(room.jane_s) == "DISCONTINUED");
  }
}

TEST_CASE("under lenient rules what is missing is said, and the step starts all the same") {
  Room room;
  const PerformedVerdict verdict =
      create_performed_step(room.book, "9.1", without(test::in_progress(), "PerformedStationAETitle"), 7);
  CHECK(verdict.dicom_status == 0);
  CHECK(verdict.text == "PerformedStationAETitle is missing");
  CHECK(room.status(room.jane_s) == "STARTED");
}

TEST_CASE("an examination without status, or that names nothing, is refused under any rules") {
  Room room;
  const auto create = [&](const json::Value& dataset) { return create_performed_step(room.book, "9.1", dataset, 7); };
  const PerformedVerdict no_status = create(without(test::in_progress(), "PerformedProcedureStepStatus"));
  CHECK(no_status.dicom_status == 0x0120);
  CHECK(no_status.attributes == Tags{kStatusTag});
  CHECK(create(with(test::in_progress(), "PerformedProcedureStepStatus", "")).dicom_status == 0x0121);
  const PerformedVerdict done = create(with(test::in_progress(), "PerformedProcedureStepStatus", "COMPLETED"));
  CHECK(done.dicom_status == 0x0106);
  CHECK(done.attributes == Tags{kStatusTag});
  CHECK(create(without(test::in_progress(), "ScheduledStepAttributesSequence")).attributes == Tags{kSteps});
  json::Value nameless = test::in_progress();
  json::Value& item = nameless.find("ScheduledStepAttributesSequence")->items().front();
  for (const char* each : {"StudyInstanceUID", "AccessionNumber", "ScheduledProcedureStepID"}) item[each] = "";
  CHECK(create(nameless).attributes == Tags{kStudy});
  item["AccessionNumber"] = "A1";
  CHECK(create(nameless).dicom_status == 0);
}

TEST_CASE("under lenient rules N-SET leaves the patient, the order and the beginning as they were, and says so") {
  Room room;
  REQUIRE(create_performed_step(room.book, "9.1", test::in_progress(), 7).dicom_status == 0);
  SECTION("another patient") {
    const PerformedVerdict verdict = room.set("9.1", with(test::completed(), "PatientID", "M2"));
    CHECK(verdict.dicom_status == 0x0107);
    CHECK(verdict.attributes == Tags{kPatientId});
    CHECK(room.noted("performed step", "ignore"));
  }
  SECTION("the same patient again") {
    const PerformedVerdict verdict = room.set("9.1", with(test::completed(), "PatientID", "M1"));
    CHECK(verdict.dicom_status == 0);
    CHECK(verdict.text == "PatientID may not be set");
  }
  const auto dataset = json::Value::parse(room.book.performed_step("9.1")->dataset);
  CHECK(dataset->text_of("PatientID") == "M1");
  CHECK(room.status(room.jane_s) == "COMPLETED");
}
