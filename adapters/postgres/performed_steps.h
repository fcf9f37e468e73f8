#pragma once

#include "adapters/postgres/pool.h"
#include "engine/ports/performed_steps.h"

namespace pons {

/// The performed steps as the intake's commits left them. Safe from many threads.
class PostgresPerformedSteps final : public PerformedSteps {
 public:
  explicit PostgresPerformedSteps(std::string conninfo) : pool_(std::move(conninfo)) {}

  std::optional<std::string> performed_dataset(const std::string& uid) override;

 private:
  Pool pool_;
};

}  // namespace pons
