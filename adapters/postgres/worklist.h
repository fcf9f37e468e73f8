#pragma once

#include "adapters/postgres/pool.h"
#include "engine/ports/worklist.h"

namespace pons {

/// The worklist as the intake's commits left it. Matching is done by PostgreSQL. Safe from many threads.
class PostgresWorklist final : public Worklist {
 public:
  explicit PostgresWorklist(std::string conninfo) : pool_(std::move(conninfo)) {}

  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override;

 private:
  Pool pool_;
};

}  // namespace pons
