#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/ports/parcels.h"
#include "engine/ports/performed_steps.h"
#include "engine/ports/store.h"

namespace pons {

/// The store without a database, for tests: one transaction at a time, everything gone at the end.
class MemoryStore final : public Store, public Parcels, public PerformedSteps {
 public:
  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;
  std::vector<Envelope> due_runs(Instant now, const Room& room) override;
  std::optional<Envelope> set_aside_in(const std::string& lane) override;
  void release_held(Instant now) override;

  Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) override;
  Claim claim_numbered(const std::string& outlet, Instant now, Instant until) override;
  void settle(const std::vector<Settlement>& settlements) override;
  void release(const Claim& claim) override;
  void bring_forward(const std::string& outlet, Instant latest, Instant now) override;
  std::vector<Parcel::State> states(std::int64_t message) override;
  Backlog backlog(const std::string& outlet) override;

  std::optional<std::string> performed_dataset(const std::string& uid) override;

  /// The next save() throws StoreAway.
  void lose_next_commit() { lose_next_ = true; }
  /// The next save() throws StoreAway when it has stored everything: whether it did, nobody knows.
  void lose_next_answer() { lose_next_answer_ = true; }
  /// The next so many save() throw TryAgain, as a database that has to break a deadlock.
  void deadlock_commits(int count) { deadlocks_ = count; }
  /// save() throws BatchRefused for a batch that holds these bytes.
  void refuse(std::string bytes) { refused_ = std::move(bytes); }

  struct Entry {
    Envelope envelope;
    Decision decision;                // the latest; changes and parcels of all
    std::vector<std::string> traces;  // one for each time it was decided
  };
  std::vector<Entry> journal() const;
  /// Nothing: no message has this number.
  std::optional<Entry> find(std::int64_t message) const;
  std::vector<Patient> patients() const;
  std::vector<Order> orders() const;
  std::vector<Step> steps() const;
  std::vector<Report> reports() const;
  std::vector<Study> studies() const;
  std::vector<PerformedStep> performed_steps() const;
  std::vector<Question> questions() const;
  std::vector<PendingRun> runs() const;
  /// When the next run may start again; nothing: none will by itself.
  std::optional<Instant> next_due_run() const;
  /// In order of effect, whatever became of them; those with a higher id than `after`.
  std::vector<Parcel> parcels(std::int64_t after = 0) const;
  std::optional<Parcel> parcel(std::int64_t id) const;
  std::vector<Settlement> attempts() const;

 private:
  class Transaction;

  template <class Row>
  using Rows = std::map<std::int64_t, Row>;  // by id

  struct Waiting {
    Parcel parcel;
    Instant arrived;
    std::int64_t lease = 0;  // 0: nobody's
    Instant until;
  };

  struct State {
    std::vector<Entry> journal;
    Rows<Patient> patients;
    Rows<Order> orders;
    Rows<Step> steps;
    Rows<Report> reports;
    Rows<Study> studies;
    Rows<PerformedStep> performed_steps;
    Rows<Instance> instances;
    Rows<Commitment> commitments;
    Rows<Question> questions;
    Rows<SequenceLink> sequence_links;
    Rows<AwaitedAnswer> awaited_answers;
    Rows<PendingRun> runs;
    Rows<Waiting> parcels;
    std::map<std::string, std::set<std::int64_t>> open;  // by outlet: parcels that keep their lanes
    std::map<std::string, std::int64_t> last_number;     // by outlet
    std::vector<Settlement> attempts;
    std::int64_t last_id = 0, last_message = 0, last_parcel = 0, last_lease = 0;
    std::map<std::string, std::vector<std::pair<Identity, Receipt>>> receipts;  // by sender
  };

  template <class Row>
  std::vector<Row> all(const Rows<Row>& rows) const;
  Entry* entry(std::int64_t message);
  const Entry* entry(std::int64_t message) const;
  /// The runs that stand first in every one of their lanes.
  std::vector<const PendingRun*> first_runs() const;
  /// The parcels of the outlet that stand first in every one of their lanes, in order of effect.
  std::vector<Waiting*> heads(const std::string& outlet);
  /// Those of these that may be claimed, under one lease.
  Claim lease(std::vector<Waiting*> candidates, std::size_t limit, Instant now, Instant until);
  /// Takes over the runs of the book: what has ended is gone, what stood behind it or waited for a key is due.
  void save_runs(const Book& book, std::vector<std::string> keys);
  void save_parcels(const Envelope& envelope, std::vector<Parcel>& parcels);
  void join_lanes(const Book& book);

  mutable std::mutex mutex_;  // held from begin() to the end of the batch; guards what follows
  State state_;
  bool lose_next_ = false, lose_next_answer_ = false;
  int deadlocks_ = 0;
  std::string refused_;
};

}  // namespace pons
