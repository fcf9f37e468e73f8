#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/message/envelope.h"
#include "engine/message/parcel.h"
#include "engine/message/receipt.h"
#include "engine/message/subject.h"
#include "engine/records/book.h"

namespace pons {

/// The database could not do it: nothing was done, or nobody knows, and nobody is to blame but the database. The sender
/// gets no answer and keeps its message.
struct StoreLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The same for everything that it is asked: it is away, ends, starts, or has no disk left. It may be back soon.
struct StoreAway : StoreLost {
  using StoreLost::StoreLost;
};

/// The database gave up this transaction for another one (SQLSTATE 40001, 40P01). Nothing was done; the same again will
/// do.
struct TryAgain : StoreLost {
  using StoreLost::StoreLost;
};

/// The database refused a batch for what is in it (SQLSTATE class 22, 23 or 54). Nothing was done: halve it and try
/// again, until the guilty envelope stands alone.
struct BatchRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What was decided about one envelope, as the store keeps it.
struct Decision {
  Receipt receipt;
  std::string trace;  // JSON: which routes took it and why others did not, the steps, the reasons
  std::vector<Change> changes;
  std::vector<Parcel> parcels;      // their ids are given by save(), in this order
  std::vector<std::string> awakes;  // keys of what came: runs that wait for one of them start again (PendingRun)
};

/// One transaction over several envelopes. Dropping it without save() rolls it back. One thread.
class Batch {
 public:
  virtual ~Batch() = default;
  /// The records that the envelopes name, locked and loaded.
  virtual Book& book() = 0;
  /// The journal number of the i-th envelope: ascending in the order in which the locks were taken. Of a run that
  /// starts again: the number that its message has.
  virtual std::int64_t message(std::size_t i) const = 0;
  /// What the i-th envelope names led elsewhere between resolve and load: it must wait for a later batch.
  virtual bool left_out(std::size_t i) const = 0;
  /// The receipt that the same message got within the last seven days (P3). None for a run that starts again.
  virtual std::optional<Receipt> earlier(std::size_t i) const = 0;
  /// The same control id came with other bytes within the last seven days.
  virtual bool control_id_reused(std::size_t i) const = 0;

  /// Writes records, journal, trace, changes and parcels, and commits. `decisions[i]` is null for an envelope that left
  /// the batch or was answered already. An envelope that started again (`pending`) has its journal row: that gets the
  /// new outcome, and the trace one more entry. A run of the book that has ended is gone, and what stood behind it in
  /// its lanes is due. When a patient has been merged in this batch, parcels that wait in the
  /// retired one's lane stand in the survivor's too. Returns when it is durable. Throws BatchRefused, TryAgain or
  /// StoreLost; then nothing was done.
  virtual void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) = 0;
};

/// Remembers everything. Safe from many threads.
class Store {
 public:
  virtual ~Store() = default;
  /// Opens a transaction, takes the locks of all subjects in one sorted pass, and loads what they name. Throws
  /// StoreLost.
  virtual std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) = 0;
  /// What whoever starts runs again has room for.
  struct Room {
    std::size_t runs;
    std::size_t bytes = 8u << 20;           // of their envelopes together; one may be larger, alone
    std::vector<std::int64_t> except = {};  // those that he has already
  };
  /// The runs that may start again, oldest first, as far as there is room: due, or held by nothing any longer. Each as
  /// the envelope that it was set aside from, with `pending` set. Throws StoreLost.
  virtual std::vector<Envelope> due_runs(Instant now, const Room& room) = 0;
  /// The oldest run that keeps the lane, as the envelope that it was set aside from; nothing: the lane is free. Throws
  /// StoreLost.
  virtual std::optional<Envelope> set_aside_in(const std::string& lane) = 0;
  /// Makes every held run due: a new generation of the configuration serves.
  virtual void release_held(Instant now) = 0;
};

}  // namespace pons
