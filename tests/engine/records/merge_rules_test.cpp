#include <catch2/catch.hpp>

#include "engine/records/merge_rules.h"
#include "tests/engine/records/clinic.h"

using namespace pons;
using test::Clinic;

namespace {

MergeClaim claim(const std::string& survivor, const std::string& retired) {
  MergeClaim made;
  made.survivor.identifiers = {{survivor, "HOSP", "MR"}};
  made.retired = {retired, "HOSP", "MR"};
  return made;
}

Identifier number(const std::string& value) {
  return {value, "HOSP", ""};
}

bool is_conflict(const Result<Merge>& merge) {
  return !merge && merge.fault().kind == Fault::Kind::conflict;
}

}  // namespace

TEST_CASE("a merge moves orders, studies, reports and performed steps, and notes where each was") {
  Clinic clinic;
  const std::int64_t kept = clinic.patient("M1"), retired = clinic.patient("M2"), other = clinic.patient("M3");
  const std::int64_t order = clinic.order(retired, "1"), elsewhere = clinic.order(other, "3");
  Study study;
  study.id = clinic.book.new_id(), study.patient = retired, study.study_uid = "1.2.1";
  clinic.book.studies.put(study);
  Report report;
  report.id = clinic.book.new_id(), report.patient = retired, report.order = order, report.filler = number("F1");
  clinic.book.reports.put(report);
  PerformedStep performed;
  performed.id = clinic.book.new_id(), performed.patient = retired, performed.uid = "1.9";
  clinic.book.performed_steps.put(performed);

  const auto merge = reconcile_merge(clinic.book, claim("M1", "M2"));
  REQUIRE(merge);
  CHECK(merge->survivor == kept);
  CHECK(merge->retired == retired);
  CHECK(merge->orders == std::vector<std::int64_t>{order});
  CHECK(merge->studies == std::vector<std::int64_t>{study.id});
  CHECK(merge->reports == std::vector<std::int64_t>{report.id});
  CHECK(clinic.book.orders.find(order)->patient == kept);
  CHECK(clinic.book.studies.find(study.id)->patient == kept);
  CHECK(clinic.book.reports.find(report.id)->patient == kept);
  CHECK(clinic.book.performed_steps.find(performed.id)->patient == kept);
  CHECK(clinic.book.orders.find(elsewhere)->patient == other);
  CHECK(clinic.book.patient(number("M2"))->id == kept);
  CHECK(clinic.status(order) == "SCHEDULED");
  const std::string from = " from patient " + std::to_string(retired);
  CHECK(clinic.noted("order", "move", "order " + std::to_string(order) + from));
  CHECK(clinic.noted("study", "move", "study " + std::to_string(study.id) + from));
  CHECK(clinic.noted("report", "move", "report " + std::to_string(report.id) + from));
  CHECK(clinic.noted("performed step", "move", from));
}

TEST_CASE("the same merge again does nothing") {
  Clinic clinic;
  clinic.patient("M1");
  clinic.patient("M2");
  REQUIRE(reconcile_merge(clinic.book, claim("M1", "M2")));
  clinic.book.keep();
  const auto again = reconcile_merge(clinic.book, claim("M1", "M2"));
  REQUIRE(again);
  CHECK(again->did_nothing);
  CHECK(clinic.book.changes().empty());
}

TEST_CASE("a merge the other way round is for a person to decide, also by way of a third") {
  Clinic clinic;
  clinic.patient("M1");
  clinic.patient("M2");
  clinic.patient("M3");
  REQUIRE(reconcile_merge(clinic.book, claim("M2", "M1")));
  CHECK(is_conflict(reconcile_merge(clinic.book, claim("M1", "M2"))));
  REQUIRE(reconcile_merge(clinic.book, claim("M3", "M2")));
  CHECK(is_conflict(reconcile_merge(clinic.book, claim("M1", "M3"))));
  CHECK(is_conflict(reconcile_merge(clinic.book, claim("M1", "M2"))));
}

TEST_CASE("a number that was merged into one patient is not merged into another") {
  Clinic clinic;
  clinic.patient("M1");
  clinic.patient("M2");
  clinic.patient("M3");
  REQUIRE(reconcile_merge(clinic.book, claim("M1", "M2")));
  CHECK(is_conflict(reconcile_merge(clinic.book, claim("M3", "M2"))));
}

TEST_CASE("merges in a chain all lead to the last survivor") {
  Clinic clinic;
  const std::int64_t last = clinic.patient("M3"), first = clinic.patient("M1");
  clinic.patient("M2");
  const std::int64_t order = clinic.order(first, "1");
  REQUIRE(reconcile_merge(clinic.book, claim("M2", "M1")));
  REQUIRE(reconcile_merge(clinic.book, claim("M3", "M2")));
  CHECK(clinic.book.patient(number("M1"))->id == last);
  CHECK(clinic.book.orders.find(order)->patient == last);
  CHECK((*reconcile_merge(clinic.book, claim("M3", "M1"))).did_nothing);
}

TEST_CASE("a merge creates whom nobody knows, retired or surviving") {
  Clinic clinic;
  MergeClaim said = claim("M1", "M2");
  said.survivor.name = "SMITH^ANN";
  const auto merge = reconcile_merge(clinic.book, said);
  REQUIRE(merge);
  CHECK(clinic.book.patient(number("M2"))->id == merge->survivor);
  CHECK(clinic.book.patient(number("M1"))->name == "SMITH^ANN");
}

TEST_CASE("a merge may name numbers of the retired patient for the survivor") {
  Clinic clinic;
  const std::int64_t kept = clinic.patient("M1"), retired = clinic.patient("M2");
  Patient with_nhs = *clinic.book.patients.find(retired);
  with_nhs.identifiers.push_back({"99", "NHS", "NH"});
  clinic.book.patients.put(with_nhs);
  MergeClaim said = claim("M1", "M2");
  said.survivor.identifiers.push_back({"99", "NHS", "NH"});
  REQUIRE(reconcile_merge(clinic.book, said));
  CHECK(clinic.book.patient({"99", "NHS", ""})->id == kept);
  CHECK(clinic.book.patients.find(retired)->identifiers.size() == 2);
}

TEST_CASE("a merge that says another person than the survivor leaves nothing behind") {
  Clinic clinic;
  const std::int64_t kept = clinic.patient("M1"), retired = clinic.patient("M2");
  const std::int64_t order = clinic.order(retired, "1");
  const std::size_t noted = clinic.book.changes().size();
  MergeClaim said = claim("M1", "M2");
  said.survivor.birth_date = "19501231";
  said.survivor.sex = "M";
  CHECK(is_conflict(reconcile_merge(clinic.book, said)));
  CHECK(clinic.book.orders.find(order)->patient == retired);
  CHECK_FALSE(clinic.book.patients.find(retired)->merged_into);
  CHECK(clinic.book.patients.find(kept)->sex == "F");
  CHECK(clinic.book.changes().size() == noted);
}

TEST_CASE("a merge without two different patients is refused") {
  Clinic clinic;
  clinic.patient("M1");
  MergeClaim said = claim("M1", "M1");
  CHECK(reconcile_merge(clinic.book, said).fault().code == 205);
  said.retired = {};
  CHECK(reconcile_merge(clinic.book, said).fault().field == "MRG-1");
  said = claim("M1", "M2");
  said.survivor.identifiers.clear();
  CHECK(reconcile_merge(clinic.book, said).fault().field == "PID-3");
}
