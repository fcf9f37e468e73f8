#include "tests/contracts/store_contract.h"

#include <catch2/catch.hpp>

#include "engine/base/digest.h"

namespace pons::test {

namespace {

Envelope envelope(const std::string& bytes) {
  Envelope made;
  made.inlet = "ris-mllp";
  made.arrived = SystemClock().now();
  made.bytes = std::make_shared<const std::string>(bytes);
  return made;
}

Subject subject(const std::string& sender, const std::string& bytes) {
  Subject made;
  made.identity = {sender, sha256(bytes)};
  made.patients = {{"M1", "HOSP", "MR"}};
  made.placers = {{"P1", "HOSP", ""}};
  return made;
}

Decision decision(std::int64_t message, Receipt::Outcome outcome = Receipt::Outcome::done) {
  Decision made;
  made.receipt.message = message;
  made.receipt.outcome = outcome;
  made.receipt.text = "a \"text\" with \\ and \n in it";
  if (!made.receipt.took_effect()) made.receipt.faults.push_back(refused("why", "PID-3", 101));
  made.trace = R"({"routes":[]})";
  made.changes.push_back({"patient", 1, "create", "by identifier"});
  return made;
}

/// Stores one envelope with these records; gives back its number.
template <class Write>
std::int64_t store_one(Store& store, const Subject& subject, const std::string& bytes, Receipt::Outcome outcome,
                       Write&& write) {
  const auto batch = store.begin({subject});
  Envelope stored = envelope(bytes);
  stored.message = batch->message(0);
  write(batch->book());
  batch->save({stored}, {decision(stored.message, outcome)});
  return stored.message;
}

constexpr auto kNothing = [](Book&) {};

Patient jane(Book& book) {
  return {book.new_id(), {{"M1", "HOSP", "MR"}, {"99", "NHS", "NH"}}, "DOE^JANE \\\"{,}\"", "19800102", "F", "", {}};
}

Step step(Book& book, std::int64_t order) {
  Step made;
  made.id = book.new_id();
  made.order = order;
  made.step_id = "S1";
  made.modality = "CT";
  made.stations = {"CT1", "A,\"B\\"};
  made.item = R"({"AccessionNumber":"A1"})";
  return made;
}

}  // namespace

void store_contract(Store& store) {
  // Records come back as they were written, found by what a message names.
  store_one(store, subject("s|1", "one"), "one", Receipt::Outcome::done, [](Book& book) {
    const Patient& patient = book.patients.put(jane(book));
    const Order& order =
        book.orders.put({book.new_id(), patient.id, {"P1", "HOSP", ""}, {}, {"A1", "HOSP", ""}, "2.25.1", "R1"});
    book.steps.put(step(book, order.id));
  });
  {
    const auto batch = store.begin({subject("s|2", "two")});
    const Patient* patient = batch->book().patient({"M1", "HOSP", ""});
    REQUIRE(patient);
    CHECK(patient->name == "DOE^JANE \\\"{,}\"");
    REQUIRE(patient->identifiers.size() == 2);
    CHECK(patient->identifiers[1].value == "99");
    CHECK_FALSE(batch->book().patient({"M1", "ELSEWHERE", ""}));
    const Order* order = batch->book().order_by_placer({"P1", "HOSP", ""});
    REQUIRE(order);
    CHECK(order->study_uid == "2.25.1");
    const Step* found = batch->book().step(order->id, "S1");
    REQUIRE(found);
    CHECK(found->stations == std::vector<std::string>{"CT1", "A,\"B\\"});
  }
  // A batch that is dropped leaves nothing behind.
  {
    const auto batch = store.begin({subject("s|3", "three")});
    Patient renamed = *batch->book().patient({"M1", "HOSP", ""});
    renamed.name = "SOMEBODY^ELSE";
    batch->book().patients.put(renamed);
  }
  CHECK(store.begin({subject("s|3", "three")})->book().patient({"M1", "HOSP", ""})->name != "SOMEBODY^ELSE");
  // The same message again has an earlier receipt; the same control id with other bytes has none, and is flagged.
  const std::int64_t first = store_one(store, subject("s|4", "four"), "four", Receipt::Outcome::done, kNothing);
  {
    const auto batch = store.begin({subject("s|4", "four"), subject("s|4", "other")});
    REQUIRE(batch->earlier(0));
    CHECK(batch->earlier(0)->message == first);
    CHECK(batch->earlier(0)->text == "a \"text\" with \\ and \n in it");
    CHECK_FALSE(batch->earlier(1));
    CHECK(batch->control_id_reused(1));
  }
  // What was refused is decided anew.
  store_one(store, subject("s|5", "five"), "five", Receipt::Outcome::refused, kNothing);
  CHECK_FALSE(store.begin({subject("s|5", "five")})->earlier(0));
  // Numbers ascend.
  CHECK(store.begin({subject("s|6", "six")})->message(0) > first);
}

}  // namespace pons::test
