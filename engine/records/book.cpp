#include "engine/records/book.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pons {

namespace {

constexpr std::array<std::string_view, 8> kStatuses{"SCHEDULED", "ARRIVED",  "READY",        "STARTED",
                                                    "DEPARTED",  "CANCELED", "DISCONTINUED", "COMPLETED"};

}  // namespace

std::string to_text(StepStatus status) {
  return std::string(kStatuses[static_cast<std::size_t>(status)]);
}

std::optional<StepStatus> step_status_from(std::string_view text) {
  const auto found = std::find(kStatuses.begin(), kStatuses.end(), text);
  if (found == kStatuses.end()) return {};
  return static_cast<StepStatus>(found - kStatuses.begin());
}

const Patient* Book::patient(const Identifier& identifier) const {
  const Patient* found = patients.first([&](const Patient& each) {
    return std::find(each.identifiers.begin(), each.identifiers.end(), identifier) != each.identifiers.end();
  });
  return found ? &survivor(found->id) : nullptr;
}

const Patient& Book::survivor(std::int64_t id) const {
  const Patient* patient = patients.find(id);
  while (patient->merged_into) patient = patients.find(*patient->merged_into);
  return *patient;
}

const Order* Book::order_by_placer(const Identifier& placer) const {
  if (placer.empty()) return nullptr;
  return orders.first([&](const Order& each) { return each.placer == placer; });
}

const Order* Book::order_by_filler(const Identifier& filler) const {
  if (filler.empty()) return nullptr;
  return orders.first([&](const Order& each) { return each.filler == filler; });
}

std::vector<const Order*> Book::orders_by_accession(const Identifier& accession) const {
  if (accession.empty()) return {};
  return orders.all([&](const Order& each) { return each.accession == accession; });
}

std::vector<const Step*> Book::steps_of(std::int64_t order) const {
  return steps.all([&](const Step& each) { return each.order == order; });
}

const Step* Book::step(std::int64_t order, const std::string& step_id) const {
  return steps.first([&](const Step& each) { return each.order == order && each.step_id == step_id; });
}

std::vector<Change> Book::keep() {
  patients.keep();
  orders.keep();
  steps.keep();
  return std::exchange(changes_, {});
}

void Book::undo() {
  patients.undo();
  orders.undo();
  steps.undo();
  changes_.clear();
}

}  // namespace pons
