#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

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
  /// A descriptor of our own for its socket, since DCMTK may close its own at any moment.
  class Socket {
   public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket();
    /// Whoever reads from it wakes up and finds it ended.
    void end_reading() const;

   private:
    int descriptor_;
  };

  struct Idle {
    std::chrono::steady_clock::time_point since;
    std::string address;
    Socket socket;
  };

  std::mutex mutex_;  // guards what follows
  std::map<T_ASC_Association*, Idle> idle_;
};

}  // namespace pons
