#include <catch2/catch.hpp>

#include "engine/records/order_rules.h"
#include "tests/engine/records/clinic.h"

using namespace pons;
using test::Clinic;

namespace {

StepClaim claim(StepStatus requested, const std::string& step_id = "S1") {
  StepClaim made;
  made.step_id = step_id;
  made.requested = requested;
  made.item = "{}";
  return made;
}

Result<const Step*> write(Clinic& clinic, std::int64_t order, const StepClaim& claim) {
  return write_step(clinic.book, *clinic.book.orders.find(order), claim);
}

}  // namespace

TEST_CASE("final states never regress, and the reason is noted") {
  for (const StepStatus final : {StepStatus::canceled, StepStatus::discontinued, StepStatus::completed})
    for (const StepStatus late :
         {StepStatus::scheduled, StepStatus::arrived, StepStatus::ready, StepStatus::started, StepStatus::departed}) {
      Clinic clinic;
      const std::int64_t order = clinic.order(clinic.patient("M1"), "1");
      clinic.set(order, "S1", final);
      CHECK(write(clinic, order, claim(late)));
      CHECK(clinic.status(order) == to_text(final));
      CHECK(clinic.noted("step", "ignore", to_text(late)));
    }
}

TEST_CASE("a started step is not scheduled again and can no longer be canceled") {
  Clinic clinic;
  const std::int64_t order = clinic.order(clinic.patient("M1"), "1");
  clinic.set(order, "S1", StepStatus::started);
  CHECK(write(clinic, order, claim(StepStatus::scheduled)));
  CHECK(clinic.status(order) == "STARTED");
  const auto canceled = write(clinic, order, claim(StepStatus::canceled));
  REQUIRE_FALSE(canceled);
  CHECK(canceled.fault().kind == Fault::Kind::refused);
  CHECK(write(clinic, order, claim(StepStatus::discontinued)));
  CHECK(clinic.status(order) == "DISCONTINUED");
}

TEST_CASE("an order message leaves the steps alone that it does not mention") {
  Clinic clinic;
  const std::int64_t order = clinic.order(clinic.patient("M1"), "1");
  clinic.step(order, "S2");
  REQUIRE(write(clinic, order, claim(StepStatus::canceled, "S2")));
  CHECK(clinic.status(order, "S1") == "SCHEDULED");
  CHECK(clinic.book.steps_of(order).size() == 2);
}

TEST_CASE("a start without a time keeps the time that is known, a null clears it") {
  Clinic clinic;
  const std::int64_t order = clinic.order(clinic.patient("M1"), "1");
  StepClaim said = claim(StepStatus::scheduled);
  said.start_date = "20261125";
  said.start_time = "093000";
  REQUIRE(write(clinic, order, said));
  said.start_date = "20261126";
  said.start_time = {};
  const auto moved = write(clinic, order, said);
  REQUIRE(moved);
  CHECK((*moved)->start_date == "20261126");
  CHECK((*moved)->start_time == "093000");
  said.start_time = "";
  CHECK((*write(clinic, order, said))->start_time.empty());
}

TEST_CASE("an order's status is that of its steps") {
  Clinic clinic;
  const std::int64_t order = clinic.order(clinic.patient("M1"), "1");
  clinic.step(order, "S2");
  const auto with = [&](StepStatus first, StepStatus second) {
    clinic.set(order, "S1", first);
    clinic.set(order, "S2", second);
    return clinic.order_status(order);
  };
  CHECK(with(StepStatus::scheduled, StepStatus::ready) == "SC");
  CHECK(with(StepStatus::scheduled, StepStatus::canceled) == "SC");
  CHECK(with(StepStatus::scheduled, StepStatus::started) == "IP");
  CHECK(with(StepStatus::completed, StepStatus::scheduled) == "IP");
  CHECK(with(StepStatus::completed, StepStatus::canceled) == "CM");
  CHECK(with(StepStatus::completed, StepStatus::completed) == "CM");
  CHECK(with(StepStatus::canceled, StepStatus::canceled) == "CA");
  CHECK(with(StepStatus::canceled, StepStatus::discontinued) == "DC");
}

TEST_CASE("two orders behind the numbers of one message are for a person to decide") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  clinic.order(jane, "1");
  clinic.order(jane, "2");
  OrderClaim said;
  said.placer = {"P1", "HOSP", ""};
  said.filler = {"F2", "HOSP", ""};
  const auto found = reconcile_order(clinic.book, *clinic.book.patients.find(jane), said);
  REQUIRE_FALSE(found);
  CHECK(found.fault().kind == Fault::Kind::conflict);
}

TEST_CASE("an order is not taken away from its patient by a message about another one") {
  Clinic clinic;
  clinic.order(clinic.patient("M1"), "1");
  const std::int64_t other = clinic.patient("M2");
  OrderClaim said;
  said.placer = {"P1", "HOSP", ""};
  const auto found = reconcile_order(clinic.book, *clinic.book.patients.find(other), said);
  REQUIRE_FALSE(found);
  CHECK(found.fault().kind == Fault::Kind::conflict);
  said.placer.authority = "ELSEWHERE";
  CHECK(reconcile_order(clinic.book, *clinic.book.patients.find(other), said));
}
