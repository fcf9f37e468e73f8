#pragma once

#include <chrono>

#include "adapters/postgres/line.h"
#include "adapters/postgres/pool.h"
#include "engine/ports/worklist.h"

namespace pons {

/// The worklist as the intake's commits left it. Matching is done by PostgreSQL. Safe from many threads.
class PostgresWorklist final : public Worklist {
 public:
  /// Modalities must not take the processors and connections that the intake needs: a page takes milliseconds.
  struct Limits {
    std::size_t connections = 4;  // for pages of whole and long lists, and as many for short ones
    std::chrono::milliseconds patience = std::chrono::seconds(10);  // then StoreLost
  };

  explicit PostgresWorklist(std::string conninfo) : PostgresWorklist(std::move(conninfo), Limits{}) {}
  PostgresWorklist(std::string conninfo, Limits limits)
      : patience_(limits.patience), long_(limits.connections), short_(limits.connections), pool_(std::move(conninfo)) {}

  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override;

 private:
  Rows ask(Line& line, const std::string& sql, const std::vector<std::string>& values);

  const std::chrono::milliseconds patience_;
  Line long_, short_;
  Pool pool_;
};

}  // namespace pons
