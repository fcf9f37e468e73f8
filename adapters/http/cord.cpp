#include "adapters/http/cord.h"

#include <Poco/Net/SocketImpl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pons {

void Cord::tie(const Poco::Net::Socket& socket) {
  untie();
  std::lock_guard lock(mutex_);
  socket_ = dup(socket.impl()->sockfd());
  if (pulled_) shutdown(socket_, SHUT_RDWR);
}

void Cord::untie() {
  std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

void Cord::pull() {
  std::lock_guard lock(mutex_);
  pulled_ = true;
  if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
}

bool Cord::is_pulled() const {
  std::lock_guard lock(mutex_);
  return pulled_;
}

}  // namespace pons
