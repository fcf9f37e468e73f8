#pragma once

#include <chrono>
#include <semaphore>

#include "adapters/postgres/pool.h"
#include "engine/ports/worklist.h"

namespace pons {

/// The worklist as the intake's commits left it. Matching is done by PostgreSQL. Safe from many threads.
class PostgresWorklist final : public Worklist {
 public:
  /// Modalities must not take the connections that the intake needs.
  struct Limits {
    std::ptrdiff_t connections = 32;
    std::chrono::milliseconds patience = std::chrono::seconds(10);  // then StoreLost
  };

  explicit PostgresWorklist(std::string conninfo) : PostgresWorklist(std::move(conninfo), Limits{}) {}
  PostgresWorklist(std::string conninfo, Limits limits)
      : patience_(limits.patience), free_connections_(limits.connections), pool_(std::move(conninfo)) {}

  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override;

 private:
  class Turn;

  Rows ask(const std::string& sql, const std::vector<std::string>& values);

  const std::chrono::milliseconds patience_;
  std::counting_semaphore<> free_connections_;
  Pool pool_;
};

}  // namespace pons
