#pragma once

#include <chrono>
#include <condition_variable>
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
  /// PostgreSQL has 100 connections for all of an engine's pools, and for whoever looks beside it.
  struct Limits {
    std::size_t connections = 16;
    std::chrono::milliseconds patience = std::chrono::seconds(10);  // then StoreAway
  };

  /// `prepare`: what each new connection runs first.
  explicit Pool(std::string conninfo, std::string prepare = "") : Pool(std::move(conninfo), std::move(prepare), {}) {}
  Pool(std::string conninfo, std::string prepare, Limits limits)
      : conninfo_(std::move(conninfo)),
        prepare_(std::move(prepare)),
        patience_(limits.patience),
        free_(limits.connections) {
    idle_.reserve(limits.connections);  // giving back never wants memory
  }

  class Leave {
   public:
    explicit Leave(Pool* pool = nullptr) : pool_(pool) {}
    void operator()(Connection* connection) const;

   private:
    Pool* pool_;
  };
  /// One that is not given back is closed. The pool outlives it.
  using Lent = std::unique_ptr<Connection, Leave>;

  /// An idle one that still answers, else a new one; where all are lent, the next one that is not. Throws StoreLost.
  Lent take();
  /// Keeps it if it is still open and idle.
  void give_back(Lent connection);

 private:
  std::unique_ptr<Connection> idle();
  std::unique_ptr<Connection> made() const;
  void take_place();
  void free_place();

  const std::string conninfo_, prepare_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable place_is_free_;
  std::size_t free_;  // places
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace pons
