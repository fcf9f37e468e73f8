#pragma once

#include <Poco/Net/Socket.h>

#include <mutex>

namespace pons {

/// Ends what a socket waits for, from another thread. TLS may wait inside a library that nothing else can call back.
class Cord final {
 public:
  Cord() = default;
  ~Cord() { untie(); }
  Cord(const Cord&) = delete;
  Cord& operator=(const Cord&) = delete;

  void tie(const Poco::Net::Socket& socket);
  void untie();
  /// Shuts the tied socket down, and every one that is tied later.
  void pull();
  bool is_pulled() const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  int socket_ = -1;           // a descriptor of our own, so that nobody else can close it
  bool pulled_ = false;
};

}  // namespace pons
