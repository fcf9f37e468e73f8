#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"

namespace pons {

/// For pools whose statements are few and look things up by key: each is planned once for a connection. Left to itself
/// PostgreSQL plans a statement anew at each use when its arrays are short, which costs more than the look-ups.
constexpr const char* kPlansOnce = "SET plan_cache_mode = force_generic_plan";

/// Connections that wait for their next use. Safe from many threads.
class Pool {
 public:
  /// `prepare`: what each new connection runs first.
  explicit Pool(std::string conninfo, std::string prepare = "")
      : conninfo_(std::move(conninfo)), prepare_(std::move(prepare)) {}

  /// An idle one that still answers, else a new one. Throws StoreLost.
  std::unique_ptr<Connection> take();
  /// Keeps it if it is still open and idle.
  void give_back(std::unique_ptr<Connection> connection);

 private:
  std::unique_ptr<Connection> made() const;

  const std::string conninfo_, prepare_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace pons
