#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

struct T_ASC_Association;

namespace pons {

/// The associations that wait for their next request. Where there is no thread for another one, one of them gives way.
class IdleAssociations final {
 public:
  /// From now on, unless it waited already.
  void add(T_ASC_Association& association);
  void remove(T_ASC_Association& association);

  /// Ends the one that has waited longest, of the address that has most of them: who opens many loses its own.
  void one_gives_way();

 private:
  struct Idle {
    std::chrono::steady_clock::time_point since;
    std::string address;
  };

  std::mutex mutex_;  // guards what follows
  std::map<T_ASC_Association*, Idle> idle_;
};

}  // namespace pons
