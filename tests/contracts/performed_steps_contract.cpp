#include <catch2/catch.hpp>

#include "tests/contracts/desk.h"
#include "tests/contracts/store_contract.h"

namespace pons::test {

namespace {

void write(Desk& desk, std::int64_t& id, const std::string& uid, const std::string& dataset) {
  Desk::Entry entry;
  entry.bytes = uid + dataset;
  entry.subject.performed_steps = {uid};
  desk.write(std::move(entry), [&](Book& book, std::int64_t) {
    if (id == 0) id = book.new_id();
    book.performed_steps.put({id, uid, PerformedStatus::in_progress, 0, {}, dataset});
  });
}

}  // namespace

void performed_steps_contract(Store& store, PerformedSteps& steps) {
  Desk desk(store);
  std::int64_t one = 0, other = 0;
  CHECK_FALSE(steps.performed_dataset("1.81.1"));
  write(desk, one, "1.81.1", R"({"Modality":"CT"})");
  write(desk, other, "1.81.10", kNasty);
  CHECK(steps.performed_dataset("1.81.1") == R"({"Modality":"CT"})");
  CHECK(steps.performed_dataset("1.81.10") == kNasty);
  write(desk, one, "1.81.1", R"({"Modality":"MR"})");
  CHECK(steps.performed_dataset("1.81.1") == R"({"Modality":"MR"})");
  CHECK_FALSE(steps.performed_dataset("1.81"));
  CHECK_FALSE(steps.performed_dataset("' OR uid <> '"));
}

}  // namespace pons::test
