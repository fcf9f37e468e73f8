#include "adapters/postgres/store.h"

#include <algorithm>
#include <set>

#include "adapters/postgres/load.h"
#include "adapters/postgres/receipt_json.h"
#include "adapters/postgres/save.h"
#include "engine/base/digest.h"

namespace pons {

namespace {

/// Every key of the subjects and of the patients they lead to, once each, in one order for all nodes: no deadlock.
void lock(Connection& connection, const std::vector<Subject>& subjects, const std::set<std::int64_t>& patients) {
  std::set<std::int64_t> keys;
  for (const Subject& subject : subjects)
    for (const std::int64_t key : subject.lock_keys()) keys.insert(key);
  for (const std::int64_t id : patients) keys.insert(key64("patient-id|" + std::to_string(id)));
  if (!keys.empty())
    connection.run("SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) k",
                   {array_of(std::vector<std::int64_t>(keys.begin(), keys.end()))});
}

class PostgresBatch final : public Batch {
 public:
  PostgresBatch(Pool& pool, RecordIds& ids, std::vector<Subject> subjects)
      : pool_(pool),
        connection_(pool.take()),
        subjects_(std::move(subjects)),
        book_([this, &ids] { return ids.next(*connection_); }) {
    connection_->run("BEGIN");
    const auto patients = resolve_patients(*connection_, subjects_);
    lock(*connection_, subjects_, patients);
    load_records(*connection_, subjects_, book_);
    load_receipts();
    number_messages();
    for (const Subject& subject : subjects_) left_out_.push_back(leads_elsewhere(subject, patients));
  }

  ~PostgresBatch() override {
    try {
      if (!saved_) connection_->run("ROLLBACK");
      pool_.give_back(std::move(connection_));
    } catch (const std::exception&) {
      // The connection is gone, and the transaction with it.
    }
  }

  Book& book() override { return book_; }
  std::int64_t message(std::size_t i) const override { return messages_[i]; }
  bool left_out(std::size_t i) const override { return left_out_[i]; }
  std::optional<Receipt> earlier(std::size_t i) const override { return earlier_[i]; }
  bool control_id_reused(std::size_t i) const override { return reused_[i]; }

  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
    save_records(*connection_, book_);
    save_journal(*connection_, subjects_, envelopes, decisions, reused_);
    connection_->run("COMMIT");
    saved_ = true;
  }

 private:
  bool leads_elsewhere(const Subject& subject, const std::set<std::int64_t>& locked) const {
    const auto is_new = [&](std::int64_t patient) { return !locked.contains(patient); };
    const auto leads = [&](const Order* order) { return order && is_new(order->patient); };
    for (const Identifier& each : subject.patients)
      if (const Patient* patient = book_.patient(each); patient && is_new(patient->id)) return true;
    return std::any_of(subject.placers.begin(), subject.placers.end(),
                       [&](const Identifier& each) { return leads(book_.order_by_placer(each)); }) ||
           std::any_of(subject.fillers.begin(), subject.fillers.end(),
                       [&](const Identifier& each) { return leads(book_.order_by_filler(each)); });
  }

  void load_receipts() {
    std::vector<std::int64_t> senders;
    for (const Subject& each : subjects_) senders.push_back(key64(each.identity.sender));
    const Rows rows = connection_->run(
        "SELECT sender, bytes_hash, receipt, took_effect FROM journal_key WHERE sender = ANY($1::bigint[])"
        " AND arrived > now() - interval '7 days'",
        {array_of(senders)});
    earlier_.resize(subjects_.size());
    reused_.resize(subjects_.size());
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (subjects_[i].identity.empty()) continue;
      for (int row = 0; row < rows.size(); ++row) {
        if (rows.number(row, 0) != senders[i]) continue;
        if (from_bytea(rows.text(row, 1)) != subjects_[i].identity.bytes_hash)
          reused_[i] = true;
        else if (rows.truth(row, 3))
          earlier_[i] = receipt_from_json(rows.text(row, 2));
      }
    }
  }

  void number_messages() {
    const Rows rows = connection_->run("SELECT nextval('message_number') FROM generate_series(1, $1::int)",
                                       {std::to_string(subjects_.size())});
    for (int row = 0; row < rows.size(); ++row) messages_.push_back(rows.number(row, 0));
  }

  Pool& pool_;
  std::unique_ptr<Connection> connection_;
  const std::vector<Subject> subjects_;
  Book book_;
  std::vector<std::int64_t> messages_;
  std::vector<bool> left_out_, reused_;
  std::vector<std::optional<Receipt>> earlier_;
  bool saved_ = false;
};

}  // namespace

std::int64_t RecordIds::next(Connection& connection) {
  std::lock_guard lock(mutex_);
  if (next_ == end_) {
    next_ = connection.run("SELECT nextval('record_id')").number(0, 0);
    end_ = next_ + 1000;
  }
  return next_++;
}

std::unique_ptr<Batch> PostgresStore::begin(const std::vector<Subject>& subjects) {
  return std::make_unique<PostgresBatch>(pool_, ids_, subjects);
}

}  // namespace pons
