#pragma once

#include "adapters/postgres/pool.h"
#include "adapters/postgres/seen_patients.h"
#include "engine/ports/store.h"

namespace pons {

/// The store in PostgreSQL. Several nodes may share it.
class PostgresStore final : public Store {
 public:
  explicit PostgresStore(std::string conninfo) : pool_(std::move(conninfo), kPlansOnce) {}

  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;
  std::vector<Envelope> due_runs(Instant now, const Room& room) override;
  std::optional<Envelope> set_aside_in(const std::string& lane) override;
  void release_held(Instant now) override;

 private:
  Pool pool_;
  SeenPatients seen_;
};

}  // namespace pons
