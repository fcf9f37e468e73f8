#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>

namespace pons {

/// So many lists are read at once, first come first served. Safe from many threads.
class WorklistLine final {
 public:
  explicit WorklistLine(std::size_t places) : free_(places) {}

  /// A place, from construction until the end.
  class Turn {
   public:
    /// Throws StoreLost when it has not come within `patience`.
    Turn(WorklistLine& line, std::chrono::milliseconds patience);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    WorklistLine& line_;
  };

 private:
  using Call = std::condition_variable;
  void call_next();  // requires mutex_

  std::mutex mutex_;  // guards what follows
  std::size_t free_;
  std::list<Call*> waiting_;  // the next one first
};

}  // namespace pons
