#include <catch2/catch.hpp>

#include "engine/records/merge_rules.h"
#include "tests/contracts/desk.h"
#include "tests/contracts/store_contract.h"

namespace pons::test {

namespace {

const Identifier kOne{"R1 " + kNasty, "HOSP", "MR"}, kTwo{"R2", "HOSP", "MR"};
const Identifier kFiller{"RF " + kNasty, "HOSP", ""}, kAccession{"RA", "HOSP", ""};

Subject by_patients(std::vector<Identifier> patients) {
  Subject subject;
  subject.patients = std::move(patients);
  return subject;
}

Patient patient(Book& book, const Identifier& identifier) {
  Patient made;
  made.id = book.new_id();
  made.identifiers = {identifier};
  made.name = kNasty;
  return book.patients.put(std::move(made));
}

/// A patient with one of each: order RP, step S1, report, study 1.7.1 and performed step 1.8.1, and a second one of it.
struct Ids {
  std::int64_t patient = 0, order = 0, step = 0, report = 0, study = 0, performed = 0, sibling = 0;
};

Ids write_one_of_each(Book& book, std::int64_t message) {
  Ids ids;
  ids.patient = patient(book, kOne).id;
  ids.order =
      book.orders.put({book.new_id(), ids.patient, {"RP", "HOSP", ""}, kFiller, kAccession, "1.7.1", kNasty}).id;
  Step step;
  step.id = ids.step = book.new_id();
  step.order = ids.order;
  step.step_id = "S1";
  step.status = StepStatus::started;
  step.stations = {kNasty, ""};
  step.item = kNasty;
  book.steps.put(step);
  ids.report = book.reports.put({book.new_id(), ids.patient, ids.order, kFiller, ReportStatus::corrected, 3}).id;
  ids.study = book.studies
                  .put({book.new_id(),
                        ids.patient,
                        ids.order,
                        "1.7.1",
                        kAccession,
                        kNasty,
                        "20261125093000",
                        {kNasty, "DCM", ""},
                        {{"1.7.1.1", kNasty, 12, "ONLINE", kNasty, 7}, {"1.7.1.2", "SR", 1}}})
                  .id;
  ids.performed =
      book.performed_steps.put({book.new_id(), "1.8.1", PerformedStatus::in_progress, ids.patient, {ids.step}, kNasty})
          .id;
  ids.sibling =
      book.performed_steps.put({book.new_id(), "1.8.2", PerformedStatus::completed, 0, {ids.step, 7}, "{}"}).id;
  book.instances.put({book.new_id(), ids.study, "1.7.1.1.1"});
  book.commitments.put({book.new_id(), "1.9.1", kNasty, "archive", ids.study, true});
  book.questions.put({book.new_id(), message, "report", kNasty, true});
  return ids;
}

void check_rows(const Book& book, const Ids& ids) {
  const Order* order = book.orders.find(ids.order);
  REQUIRE(order);
  CHECK(order->filler == kFiller);
  CHECK(order->requested_procedure_id == kNasty);
  const Step* step = book.steps.find(ids.step);
  REQUIRE(step);
  CHECK(step->status == StepStatus::started);
  CHECK(step->stations == std::vector<std::string>{kNasty, ""});
  CHECK(step->item == kNasty);
  CHECK(book.survivor(order->patient).name == kNasty);
}

void check_report(const Book& book, const Ids& ids) {
  const Report* report = book.report(kFiller);
  REQUIRE(report);
  CHECK(report->id == ids.report);
  CHECK(report->order == ids.order);
  CHECK(report->status == ReportStatus::corrected);
  CHECK(report->version == 3);
}

void check_study(const Book& book, const Ids& ids) {
  const Study* study = book.study("1.7.1");
  REQUIRE(study);
  CHECK(study->id == ids.study);
  CHECK(study->order == ids.order);
  CHECK(study->accession == kAccession);
  CHECK(study->description == kNasty);
  CHECK(study->procedure == Identifier{kNasty, "DCM", ""});
  CHECK(study->series == std::vector<Series>{{"1.7.1.1", kNasty, 12, "ONLINE", kNasty, 7}, {"1.7.1.2", "SR", 1}});
}

void check_performed(const Book& book, const Ids& ids) {
  const PerformedStep* performed = book.performed_step("1.8.1");
  REQUIRE(performed);
  CHECK(performed->status == PerformedStatus::in_progress);
  CHECK(performed->patient == ids.patient);
  CHECK(performed->steps == std::vector<std::int64_t>{ids.step});
  CHECK(performed->dataset == kNasty);
}

void check_found_by_each_name(Desk& desk, const Ids& ids) {
  Subject subject;
  subject.fillers = {kFiller};
  desk.look(subject, [&](const Book& book) {
    check_rows(book, ids);
    check_report(book, ids);
  });
  subject = {};
  subject.studies = {"1.7.1"};
  desk.look(subject, [&](const Book& book) {
    check_rows(book, ids);
    check_study(book, ids);
  });
  subject = {};
  // A modality says the accession alone.
  subject.accessions = {{"RA", "", ""}};
  desk.look(subject, [&](const Book& book) {
    check_rows(book, ids);
    check_study(book, ids);
    CHECK(book.studies_by_accession(kAccession).size() == 1);
  });
  subject.accessions = {{"RA", "ELSEWHERE", ""}};
  desk.look(subject, [&](const Book& book) { CHECK(book.orders_by_accession({"RA", "ELSEWHERE", ""}).empty()); });
  subject = {};
  subject.instances = {"1.7.1.1.1"};
  desk.look(subject, [&](const Book& book) {
    REQUIRE(book.instance("1.7.1.1.1"));
    CHECK(book.instance("1.7.1.1.1")->study == ids.study);
    CHECK_FALSE(book.instance("1.7.1.1.2"));
  });
  subject = {};
  subject.commitments = {"1.9.1"};
  desk.look(subject, [&](const Book& book) {
    const Commitment* commitment = book.commitment("1.9.1");
    REQUIRE(commitment);
    CHECK(commitment->calling == kNasty);
    CHECK(commitment->outlet == "archive");
    CHECK(commitment->is_answered);
    check_study(book, ids);
    check_rows(book, ids);
  });
  subject = {};
  subject.performed_steps = {"1.8.1"};
  desk.look(subject, [&](const Book& book) {
    check_performed(book, ids);
    check_rows(book, ids);
    check_study(book, ids);
    REQUIRE(book.performed_steps.find(ids.sibling));
    CHECK(book.performed_steps.find(ids.sibling)->steps == std::vector<std::int64_t>{ids.step, 7});
  });
}

void check_whole_patient(Desk& desk, const Ids& ids) {
  Subject subject = by_patients({kOne});
  subject.whole_patients = true;
  desk.look(subject, [&](const Book& book) {
    check_rows(book, ids);
    check_report(book, ids);
    check_study(book, ids);
    check_performed(book, ids);
  });
}

void check_undo(Desk& desk, const Ids& ids) {
  Subject subject;
  subject.fillers = {kFiller};
  desk.write({subject, "records undo"}, [&](Book& book, std::int64_t message) {
    Report report = *book.report(kFiller);
    report.version = 4;
    book.reports.put(report);
    const Book::Mark mark = book.mark();
    report.version = 5;
    book.reports.put(report);
    book.questions.put({book.new_id(), message, "report", "undone", true});
    Patient renamed = book.survivor(ids.patient);
    renamed.name = "UNDONE";
    book.patients.put(renamed);
    book.undo_to(mark);
  });
  desk.look(subject, [&](const Book& book) {
    CHECK(book.report(kFiller)->version == 4);
    CHECK(book.survivor(ids.patient).name == kNasty);
  });
  desk.write({subject, "records redo"}, [&](Book& book, std::int64_t) {
    Report report = *book.report(kFiller);
    report.version = 3;
    book.reports.put(report);
  });
}

// PIR: whatever the retired one had is the survivor's, under the old number too, and the retired row keeps its number.
void check_merge(Desk& desk, const Ids& ids) {
  Subject subject = by_patients({kTwo, kOne});
  subject.whole_patients = true;
  std::int64_t survivor = 0;
  desk.write({subject, "records merge"}, [&](Book& book, std::int64_t) {
    MergeClaim claim;
    claim.survivor.identifiers = {kTwo};
    claim.retired = kOne;
    const auto merge = reconcile_merge(book, claim);
    REQUIRE(merge);
    survivor = merge->survivor;
    CHECK(merge->orders == std::vector<std::int64_t>{ids.order});
    CHECK(merge->studies == std::vector<std::int64_t>{ids.study});
    CHECK(merge->reports == std::vector<std::int64_t>{ids.report});
  });
  desk.look(by_patients({kOne}), [&](const Book& book) {
    REQUIRE(book.patient(kOne));
    CHECK(book.patient(kOne)->id == survivor);
    CHECK(book.bearer(kOne)->id == ids.patient);
  });
  subject = {};
  subject.studies = {"1.7.1"};
  desk.look(subject, [&](const Book& book) {
    CHECK(book.study("1.7.1")->patient == survivor);
    CHECK(book.orders.find(ids.order)->patient == survivor);
    // Late messages name the old number.
    CHECK(book.bearer(kOne));
  });
}

void check_sequence_links(Desk& desk) {
  Subject subject;
  subject.sequence_links = {-7, 8};
  desk.look(subject, [](const Book& book) { CHECK_FALSE(book.sequence_links.find(-7)); });
  desk.write({subject, "numbered"}, [](Book& book, std::int64_t) { book.sequence_links.put({-7, 41, true}); });
  desk.write({subject, "numbered again"}, [](Book& book, std::int64_t) {
    REQUIRE(book.sequence_links.find(-7));
    CHECK(book.sequence_links.find(-7)->last == 41);
    CHECK(book.sequence_links.find(-7)->last_was_refused);
    book.sequence_links.put({-7, 42, false});
  });
  desk.look(subject, [](const Book& book) {
    CHECK(book.sequence_links.find(-7)->last == 42);
    CHECK_FALSE(book.sequence_links.find(-7)->last_was_refused);
    CHECK_FALSE(book.sequence_links.find(8));
  });
}

void check_awaited_answers(Desk& desk) {
  Subject subject;
  subject.answers = {-9, 10};
  const Instant since = *from_rfc3339("2026-11-24T12:00:00Z");
  desk.look(subject, [](const Book& book) { CHECK_FALSE(book.awaited_answers.find(-9)); });
  desk.write({subject, "sent"}, [&](Book& book, std::int64_t) {
    book.awaited_answers.put({-9, 41, "ehr-mllp", since, ""});
  });
  desk.write({subject, "answered"}, [&](Book& book, std::int64_t) {
    REQUIRE(book.awaited_answers.find(-9));
    AwaitedAnswer awaited = *book.awaited_answers.find(-9);
    CHECK((awaited.message == 41 && awaited.outlet == "ehr-mllp" && awaited.since == since && awaited.code.empty()));
    awaited.code = "AE";
    book.awaited_answers.put(awaited);
  });
  desk.look(subject, [](const Book& book) {
    CHECK(book.awaited_answers.find(-9)->code == "AE");
    CHECK_FALSE(book.awaited_answers.find(10));
  });
}

}  // namespace

void records_contract(Store& store) {
  Desk desk(store);
  Ids ids;
  Subject subject = by_patients({kOne});
  subject.fillers = {kFiller};
  subject.studies = {"1.7.1"};
  subject.performed_steps = {"1.8.1", "1.8.2"};
  desk.write({subject, "records"}, [&](Book& book, std::int64_t message) { ids = write_one_of_each(book, message); });
  check_found_by_each_name(desk, ids);
  check_whole_patient(desk, ids);
  check_undo(desk, ids);
  check_merge(desk, ids);
  check_sequence_links(desk);
  check_awaited_answers(desk);
}

}  // namespace pons::test
