#pragma once

#include <chrono>

#include "adapters/postgres/pool.h"
#include "adapters/postgres/worklist_line.h"
#include "engine/ports/worklist.h"

namespace pons {

/// The worklist as the intake's commits left it. Matching is done by PostgreSQL. Safe from many threads.
class PostgresWorklist final : public Worklist {
 public:
  /// Connections: modalities must not take those that the intake needs. A page of a whole or long list takes more of
  /// the processors than a short one.
  struct Limits {
    std::size_t short_lists = 28, pages_of_long_ones = 4;
    std::chrono::milliseconds patience = std::chrono::seconds(10);  // then StoreLost
  };

  explicit PostgresWorklist(std::string conninfo) : PostgresWorklist(std::move(conninfo), Limits{}) {}
  PostgresWorklist(std::string conninfo, Limits limits)
      : patience_(limits.patience),
        long_(limits.pages_of_long_ones),
        short_(limits.short_lists),
        pool_(std::move(conninfo), "", {limits.short_lists + limits.pages_of_long_ones}) {}

  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override;

 private:
  Rows ask(WorklistLine& line, const std::string& sql, const std::vector<std::string>& values);

  const std::chrono::milliseconds patience_;
  WorklistLine long_, short_;
  Pool pool_;
};

}  // namespace pons
