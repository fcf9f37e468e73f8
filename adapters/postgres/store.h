#pragma once

#include <mutex>

#include "adapters/postgres/pool.h"
#include "engine/ports/store.h"

namespace pons {

/// Gives ids that no other row of any node has: 1,000 at a time from a sequence. Safe from many threads.
class RecordIds {
 public:
  std::int64_t next(Connection& connection);

 private:
  std::mutex mutex_;  // guards what follows
  std::int64_t next_ = 0, end_ = 0;
};

/// The store in PostgreSQL. Several nodes may share it.
class PostgresStore final : public Store {
 public:
  explicit PostgresStore(std::string conninfo) : pool_(std::move(conninfo)) {}

  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;

 private:
  Pool pool_;
  RecordIds ids_;
};

}  // namespace pons
