#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/postgres/load.h"
#include "adapters/postgres/named.h"
#include "adapters/postgres/pool.h"
#include "adapters/postgres/seen_patients.h"
#include "engine/ports/store.h"

namespace pons {

/// One transaction in PostgreSQL: what the subjects name is resolved, where their patients were not seen lately, then
/// locked and loaded in one flight, and saved in one flight and one COPY for each table of the journal.
class PostgresBatch final : public Batch {
 public:
  PostgresBatch(Pool& pool, SeenPatients& seen, std::vector<Subject> subjects);
  ~PostgresBatch() override;

  Book& book() override { return book_; }
  std::int64_t message(std::size_t i) const override { return messages_[i]; }
  bool left_out(std::size_t i) const override { return left_out_[i]; }
  std::optional<Receipt> earlier(std::size_t i) const override { return earlier_[i]; }
  bool control_id_reused(std::size_t i) const override { return reused_[i]; }

  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override;

 private:
  /// What the subjects name before anything is locked.
  struct Resolved {
    Named all;
    std::set<std::int64_t> whole;  // of whom everything is loaded
  };

  Resolved resolve();
  void lock_and_load(const Resolved& resolved);
  void load(const Named& ids);
  void read_receipts(const Rows& rows);
  void read_messages(const Rows& rows);
  void leave_out(const std::set<std::int64_t>& locked);
  /// For the next batch.
  void remember_patients();
  std::int64_t new_id();

  Pool& pool_;
  SeenPatients& seen_;
  Pool::Lent connection_;
  const std::vector<Subject> subjects_;
  Book book_;
  std::int64_t next_id_ = 0, end_id_ = 0;  // a block that was drawn under the locks
  std::vector<std::int64_t> messages_;
  std::vector<bool> left_out_, reused_, known_;
  std::vector<std::optional<Receipt>> earlier_;
  bool saved_ = false;
};

}  // namespace pons
