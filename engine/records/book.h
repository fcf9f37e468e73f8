#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/records/rows.h"
#include "engine/records/table.h"

namespace pons {

/// What a clinical rule decided about a record: one line of the ledger.
struct Change {
  std::string record;  // "patient", "order", "step", "report", "study", "performed step", "question"
  std::int64_t id = 0;
  std::string action;    // "create", "update", "ignore", "merge"; "move": the evidence says from where
  std::string evidence;  // why, for a person: the numbers it was found by, the state that stood in the way
};

/// The records that a batch works on: loaded by what its envelopes name, changed in memory by the rules, written back
/// by the store in one commit. One thread at a time.
class Book {
 public:
  /// `new_id` gives ids that no other row of any node has.
  explicit Book(std::function<std::int64_t()> new_id) : new_id_(std::move(new_id)) {}

  Table<Patient> patients;
  Table<Order> orders;
  Table<Step> steps;
  Table<Report> reports;
  Table<Study> studies;
  Table<PerformedStep> performed_steps;
  Table<Instance> instances;
  Table<Commitment> commitments;
  Table<Question> questions;
  Table<SequenceLink> sequence_links;
  Table<AwaitedAnswer> awaited_answers;
  Table<PendingRun> runs;  // of the lanes that the envelopes name, of an event's patient, and those that start again

  /// Of two rows whose envelopes share a key, the later one has the higher id, on any node.
  std::int64_t new_id() { return new_id_(); }

  /// The patient whom the identifier names, as the survivor of merges. Null: nobody does.
  const Patient* patient(const Identifier& identifier) const;
  /// The patient who bears the identifier, merged into another or not.
  const Patient* bearer(const Identifier& identifier) const;
  /// The survivor of the patient with this id, which must be in the book.
  const Patient& survivor(std::int64_t id) const;
  const Order* order_by_placer(const Identifier& placer) const;
  const Order* order_by_filler(const Identifier& filler) const;
  /// All orders with this accession number: several requested procedures may share one.
  std::vector<const Order*> orders_by_accession(const Identifier& accession) const;
  std::vector<const Step*> steps_of(std::int64_t order) const;
  const Step* step(std::int64_t order, const std::string& step_id) const;
  const Report* report(const Identifier& filler) const;
  const Study* study(const std::string& study_uid) const;
  std::vector<const Study*> studies_by_accession(const Identifier& accession) const;
  const PerformedStep* performed_step(const std::string& uid) const;
  const Instance* instance(const std::string& uid) const;
  const Commitment* commitment(const std::string& uid) const;
  /// The oldest run that has not ended and holds one of the lanes; null: the lanes are free. `before`: only runs with a
  /// lower id count; 0: all.
  const PendingRun* holder(const std::vector<std::string>& lanes, std::int64_t before = 0) const;

  void note(Change change) { changes_.push_back(std::move(change)); }
  const std::vector<Change>& changes() const { return changes_; }

  /// The envelope's effects stay: gives back the changes that it noted.
  std::vector<Change> keep();
  /// The envelope leaves nothing behind.
  void undo();
  /// A place to come back to within one envelope: a route that is set aside leaves nothing behind, its neighbours do.
  struct Mark {
    std::vector<std::size_t> tables;  // a position in each
    std::size_t changes = 0;
  };
  Mark mark() const;
  void undo_to(const Mark& mark);

 private:
  std::function<std::int64_t()> new_id_;
  std::vector<Change> changes_;
};

}  // namespace pons
