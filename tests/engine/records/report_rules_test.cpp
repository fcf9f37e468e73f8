#include <catch2/catch.hpp>

#include "engine/records/report_rules.h"
#include "tests/engine/records/clinic.h"

using namespace pons;
using test::Clinic;
using Kind = ReportVerdict::Kind;

namespace {

ReportClaim claim(ReportStatus status, const std::string& filler = "F1") {
  ReportClaim made;
  made.patient = {{"M1", "HOSP", "MR"}};
  made.filler = {filler, "HOSP", ""};
  made.status = status;
  return made;
}

Kind kind(Clinic& clinic, const ReportClaim& said, bool create = false) {
  const auto verdict = reconcile_report(clinic.book, said, create);
  REQUIRE(verdict);
  return verdict->kind;
}

}  // namespace

TEST_CASE("a report is found by filler number, then placer, then an accession that names one order") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  const std::int64_t order = clinic.order(jane, "1");
  clinic.order(jane, "2");
  CHECK((*reconcile_report(clinic.book, claim(ReportStatus::final), false)).order == order);
  ReportClaim said = claim(ReportStatus::final, "R1");
  CHECK(kind(clinic, said) == Kind::unknown);
  said.placer = {"P1", "HOSP", ""};
  CHECK((*reconcile_report(clinic.book, said, false)).order == order);
  said = claim(ReportStatus::final, "R2");
  said.accession = {"A1", "HOSP", ""};
  CHECK((*reconcile_report(clinic.book, said, false)).order == order);
}

TEST_CASE("an accession that two orders share names none of them") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  clinic.order(jane, "1");
  Order twin = *clinic.book.orders.find(clinic.order(jane, "2"));
  twin.accession = {"A1", "HOSP", ""};
  clinic.book.orders.put(twin);
  ReportClaim said = claim(ReportStatus::final, "R1");
  said.accession = {"A1", "HOSP", ""};
  CHECK(kind(clinic, said) == Kind::unknown);
  CHECK(clinic.book.reports.changed().empty());
}

TEST_CASE("a lower status never follows a higher one, and the same one is taken again") {
  const std::vector<ReportStatus> all{ReportStatus::preliminary, ReportStatus::final, ReportStatus::corrected,
                                      ReportStatus::canceled};
  for (std::size_t first = 0; first < all.size(); ++first)
    for (std::size_t second = 0; second < all.size(); ++second) {
      Clinic clinic;
      clinic.order(clinic.patient("M1"), "1");
      REQUIRE(kind(clinic, claim(all[first])) == Kind::taken);
      CHECK(kind(clinic, claim(all[second])) == (second < first ? Kind::superseded : Kind::taken));
      const Report* report = clinic.book.report({"F1", "HOSP", ""});
      CHECK(report->status == all[std::max(first, second)]);
      CHECK(report->version == (second < first ? 1 : 2));
      CHECK(clinic.noted("report", "ignore") == (second < first));
    }
}

TEST_CASE("a report of another patient than the order's is for a person to decide") {
  Clinic clinic;
  clinic.order(clinic.patient("M1"), "1");
  clinic.patient("M2");
  ReportClaim said = claim(ReportStatus::final);
  said.patient = {{"M2", "HOSP", "MR"}};
  CHECK(reconcile_report(clinic.book, said, true).fault().kind == Fault::Kind::conflict);
  said.patient = {{"M1", "ELSEWHERE", "MR"}};
  CHECK(reconcile_report(clinic.book, said, true).fault().kind == Fault::Kind::conflict);
  said.patient = {{"99", "NHS", "NH"}, {"M1", "HOSP", "MR"}};
  CHECK(reconcile_report(clinic.book, said, true));
}

TEST_CASE("an order nobody knows is made for its report when the route says so") {
  Clinic clinic;
  CHECK(kind(clinic, claim(ReportStatus::final), true) == Kind::taken);
  const Order* order = clinic.book.order_by_filler({"F1", "HOSP", ""});
  REQUIRE(order);
  CHECK(clinic.book.patient({"M1", "HOSP", ""})->id == order->patient);
  CHECK(clinic.book.report({"F1", "HOSP", ""})->patient == order->patient);
}

TEST_CASE("a report does not wander from one order to another") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  clinic.order(jane, "1");
  clinic.order(jane, "2");
  ReportClaim said = claim(ReportStatus::final, "R1");
  said.placer = {"P1", "HOSP", ""};
  REQUIRE(kind(clinic, said) == Kind::taken);
  said.placer = {"P2", "HOSP", ""};
  CHECK(reconcile_report(clinic.book, said, false).fault().kind == Fault::Kind::conflict);
}

TEST_CASE("a report without its number is refused") {
  Clinic clinic;
  CHECK(reconcile_report(clinic.book, claim(ReportStatus::final, ""), true).fault().field == "OBR-3");
}
