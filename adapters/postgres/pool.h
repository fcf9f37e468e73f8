#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"

namespace pons {

/// Connections that wait for their next use. Safe from many threads.
class Pool {
 public:
  explicit Pool(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  /// An idle one that still answers, else a new one. Throws StoreLost.
  std::unique_ptr<Connection> take();
  /// Keeps it if it is still open and idle.
  void give_back(std::unique_ptr<Connection> connection);

 private:
  const std::string conninfo_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace pons
