#pragma once

#include <map>
#include <mutex>

#include "engine/ports/store.h"

namespace pons {

/// The store without a database, for tests: one transaction at a time, everything gone at the end.
class MemoryStore final : public Store {
 public:
  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;

  /// The next save() throws StoreLost, as a database that is away.
  void lose_next_commit() { lose_next_ = true; }
  /// The next so many save() throw TryAgain, as a database that has to break a deadlock.
  void deadlock_commits(int count) { deadlocks_ = count; }
  /// save() throws BatchRefused for a batch that holds these bytes.
  void refuse(std::string bytes) { refused_ = std::move(bytes); }

  struct Entry {
    Envelope envelope;
    Decision decision;
  };
  std::vector<Entry> journal() const;
  std::vector<Step> steps() const;
  std::vector<Patient> patients() const;

 private:
  class Transaction;

  struct State {
    std::vector<Entry> journal;
    std::map<std::int64_t, Patient> patients;
    std::map<std::int64_t, Order> orders;
    std::map<std::int64_t, Step> steps;
    std::int64_t last_id = 0, last_message = 0;
    std::vector<std::pair<Identity, Receipt>> receipts;
  };

  mutable std::mutex mutex_;  // held from begin() to the end of the batch; guards what follows
  State state_;
  bool lose_next_ = false;
  int deadlocks_ = 0;
  std::string refused_;
};

}  // namespace pons
