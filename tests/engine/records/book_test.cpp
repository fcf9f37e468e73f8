#include <catch2/catch.hpp>

#include "tests/engine/records/clinic.h"

using namespace pons;
using test::Clinic;

namespace {

PendingRun run(std::int64_t id, std::vector<std::string> lanes) {
  PendingRun made;
  made.id = id;
  made.lanes = std::move(lanes);
  return made;
}

}  // namespace

TEST_CASE("a route that is set aside leaves nothing behind, what its neighbour did stays") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  clinic.book.note({"patient", jane, "create", ""});
  const Book::Mark mark = clinic.book.mark();
  Patient renamed = *clinic.book.patients.find(jane);
  renamed.name = "ROE^JANE";
  clinic.book.patients.put(renamed);
  clinic.patient("M2");
  clinic.order(jane, "1");
  clinic.book.note({"order", 9, "create", ""});
  clinic.book.undo_to(mark);
  CHECK(clinic.book.patients.find(jane)->name == "DOE^JANE");
  CHECK_FALSE(clinic.book.patient({"M2", "HOSP", ""}));
  CHECK_FALSE(clinic.book.order_by_placer({"P1", "HOSP", ""}));
  CHECK(clinic.book.keep().size() == 1);
}

TEST_CASE("a place to come back to counts each table by itself, runs as well") {
  Clinic clinic;
  clinic.book.runs.put(run(1, {"a"}));
  const Book::Mark mark = clinic.book.mark();
  clinic.book.runs.put(run(2, {"b"}));
  clinic.book.note({"order", 9, "create", ""});
  clinic.book.note({"order", 9, "update", ""});
  clinic.book.undo_to(mark);
  CHECK(clinic.book.holder({"a"}));
  CHECK_FALSE(clinic.book.holder({"b"}));
  CHECK(clinic.book.changes().empty());
}

TEST_CASE("an envelope that fails undoes what it did, and nothing that was kept before it") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  clinic.book.keep();
  Patient renamed = *clinic.book.patients.find(jane);
  renamed.name = "ROE^JANE";
  clinic.book.patients.put(renamed);
  renamed.name = "POE^JANE";
  clinic.book.patients.put(renamed);
  Study study;
  study.id = clinic.book.new_id();
  study.study_uid = "1.2.3";
  clinic.book.studies.put(study);
  clinic.book.undo();
  CHECK(clinic.book.patients.find(jane)->name == "DOE^JANE");
  CHECK_FALSE(clinic.book.study("1.2.3"));
  CHECK(clinic.book.patients.changed().size() == 1);
}

TEST_CASE("a table knows what the store has, whatever became of it here") {
  Table<Instance> instances;
  instances.load({1, 0, "as it was"});
  instances.put({1, 0, "as it is"});
  instances.put({1, 0, "as it is now"});
  instances.put({2, 0, "new"});
  instances.put({2, 0, "new, changed"});
  REQUIRE(instances.stored(1));
  CHECK(instances.stored(1)->uid == "as it was");
  CHECK_FALSE(instances.stored(2));
  CHECK_FALSE(instances.stored(3));
  instances.undo();
  CHECK(instances.find(1)->uid == "as it was");
  CHECK(instances.stored(1)->uid == "as it was");
}

TEST_CASE("the oldest run that has not ended holds the lane") {
  Book book([] { return 0; });
  book.runs.put(run(7, {"a", "b"}));
  book.runs.put(run(5, {"b"}));
  CHECK(book.holder({"b"})->id == 5);
  CHECK(book.holder({"x", "a"})->id == 7);
  CHECK_FALSE(book.holder({"x"}));
  CHECK_FALSE(book.holder({"b"}, 5));
  CHECK(book.holder({"b"}, 7)->id == 5);
  PendingRun ended = run(5, {"b"});
  ended.state = PendingRun::State::ended;
  book.runs.put(ended);
  CHECK(book.holder({"b"})->id == 7);
}

TEST_CASE("nobody is found by an empty number") {
  Clinic clinic;
  Patient nameless;
  nameless.id = clinic.book.new_id();
  nameless.identifiers = {{"", "HOSP", ""}};
  clinic.book.patients.put(nameless);
  clinic.book.orders.put({clinic.book.new_id(), nameless.id, {}, {}, {}, "", ""});
  CHECK_FALSE(clinic.book.patient({"", "HOSP", ""}));
  CHECK_FALSE(clinic.book.order_by_placer({}));
  CHECK_FALSE(clinic.book.order_by_filler({}));
  CHECK(clinic.book.orders_by_accession({}).empty());
  CHECK_FALSE(clinic.book.report({}));
  CHECK_FALSE(clinic.book.study(""));
}

TEST_CASE("words of the records read back as they were written") {
  for (const std::string status :
       {"SCHEDULED", "ARRIVED", "READY", "STARTED", "DEPARTED", "CANCELED", "DISCONTINUED", "COMPLETED"})
    CHECK(to_text(*step_status_from(status)) == status);
  for (const std::string status : {"P", "F", "C", "X"}) CHECK(to_text(*report_status_from(status)) == status);
  for (const std::string status : {"IN PROGRESS", "DISCONTINUED", "COMPLETED"})
    CHECK(to_text(*performed_status_from(status)) == status);
  for (const std::string state : {"held", "waiting", "ended"}) CHECK(to_text(pending_state_from(state)) == state);
  CHECK_FALSE(report_status_from("Z"));
}
