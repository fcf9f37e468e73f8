#pragma once

#include "adapters/postgres/pool.h"
#include "engine/ports/worklist.h"

namespace pons {

/// The worklist as the intake's commits left it. Matching is done by PostgreSQL. Safe from many threads.
class PostgresWorklist final : public Worklist {
 public:
  /// A list may take as long as a slow modality needs to read it.
  explicit PostgresWorklist(std::string conninfo) : pool_(std::move(conninfo), "SET statement_timeout = '10min'") {}

  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override;

 private:
  Pool pool_;
};

}  // namespace pons
