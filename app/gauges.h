#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/postgres/overview.h"
#include "app/certificates.h"

namespace pons {

/// What /metrics shows beside the counters: what waits in the database, the space that is left, and the process.
/// Counting what waits takes time where much waits, so it is done again only when 50 times as long has passed since.
/// Safe from many threads.
class Gauges final {
 public:
  Gauges(std::string conninfo, std::filesystem::path state)
      : conninfo_(std::move(conninfo)), state_(std::move(state)) {}

  /// The endpoints that send: each is shown, also where nothing waits.
  void show(std::vector<std::string> outlets);
  /// When they end, read on each look, so that a renewed file is seen.
  void show(Certificates certificates);

  /// In Prometheus' text format. What waits is left out while the database is away: an old figure would mislead.
  std::string text();

 private:
  using Steady = std::chrono::steady_clock;
  void look();  // requires mutex_

  const std::string conninfo_;
  const std::filesystem::path state_;

  std::mutex mutex_;  // guards what follows
  std::vector<std::string> outlets_;
  Certificates certificates_;
  std::optional<Connection> connection_;
  std::optional<Overview> overview_;  // none: the database is away
  Steady::time_point next_look_;
};

}  // namespace pons
