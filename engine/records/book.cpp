#include "engine/records/book.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace pons {

namespace {

template <class AnyBook, class Action>
void for_each_table(AnyBook& book, Action&& act) {
  act(book.patients);
  act(book.orders);
  act(book.steps);
  act(book.reports);
  act(book.studies);
  act(book.performed_steps);
  act(book.instances);
  act(book.commitments);
  act(book.questions);
  act(book.sequence_links);
  act(book.awaited_answers);
  act(book.runs);
}

bool share_a_lane(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

int Study::instances() const {
  return std::accumulate(series.begin(), series.end(), 0,
                         [](int sum, const Series& each) { return sum + each.instances; });
}

int Study::stored() const {
  return std::accumulate(series.begin(), series.end(), 0,
                         [](int sum, const Series& each) { return sum + each.stored; });
}

std::string Study::modality() const {
  return series.empty() ? "" : series.front().modality;
}

std::string Study::availability() const {
  std::string least;
  for (const char* word : {"ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE"})
    for (const Series& each : series)
      if (each.availability == word) least = word;
  return least;
}

const Patient* Book::bearer(const Identifier& identifier) const {
  if (identifier.empty()) return nullptr;
  return patients.first([&](const Patient& each) {
    return std::find(each.identifiers.begin(), each.identifiers.end(), identifier) != each.identifiers.end();
  });
}

const Patient* Book::patient(const Identifier& identifier) const {
  const Patient* found = bearer(identifier);
  return found ? &survivor(found->id) : nullptr;
}

const Patient& Book::survivor(std::int64_t id) const {
  const Patient* patient = patients.find(id);
  while (patient && patient->merged_into) patient = patients.find(*patient->merged_into);
  if (!patient) throw std::logic_error("patient " + std::to_string(id) + " or its survivor is not in the book");
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

const Report* Book::report(const Identifier& filler) const {
  if (filler.empty()) return nullptr;
  return reports.first([&](const Report& each) { return each.filler == filler; });
}

const Study* Book::study(const std::string& study_uid) const {
  if (study_uid.empty()) return nullptr;
  return studies.first([&](const Study& each) { return each.study_uid == study_uid; });
}

std::vector<const Study*> Book::studies_by_accession(const Identifier& accession) const {
  if (accession.empty()) return {};
  return studies.all([&](const Study& each) { return each.accession == accession; });
}

const PerformedStep* Book::performed_step(const std::string& uid) const {
  return performed_steps.first([&](const PerformedStep& each) { return each.uid == uid; });
}

const Instance* Book::instance(const std::string& uid) const {
  return instances.first([&](const Instance& each) { return each.uid == uid; });
}

const Commitment* Book::commitment(const std::string& uid) const {
  return commitments.first([&](const Commitment& each) { return each.uid == uid; });
}

const PendingRun* Book::holder(const std::vector<std::string>& lanes, std::int64_t before) const {
  return runs.first([&](const PendingRun& each) {
    return each.state != PendingRun::State::ended && (before == 0 || each.id < before) &&
           share_a_lane(each.lanes, lanes);
  });
}

std::vector<Change> Book::keep() {
  for_each_table(*this, [](auto& table) { table.keep(); });
  return std::exchange(changes_, {});
}

void Book::undo() {
  for_each_table(*this, [](auto& table) { table.undo(); });
  changes_.clear();
}

Book::Mark Book::mark() const {
  Mark mark;
  for_each_table(*this, [&](const auto& table) { mark.tables.push_back(table.position()); });
  mark.changes = changes_.size();
  return mark;
}

void Book::undo_to(const Mark& mark) {
  std::size_t i = 0;
  for_each_table(*this, [&](auto& table) { table.undo_to(mark.tables.at(i++)); });
  changes_.resize(mark.changes);
}

}  // namespace pons
