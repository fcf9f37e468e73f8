#include "adapters/dicom/idle_associations.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "adapters/dicom/peer.h"

namespace pons {

namespace {

/// DCMTK lends the socket to those who derive only. -1: the connection is closed already.
struct Connection : DcmTransportConnection {
  static int copy_of_socket(T_ASC_Association& association) {
    constexpr auto get = &Connection::getSocket;
    DcmTransportConnection* connection = DUL_getTransportConnection(association.DULassociation);
    return connection ? fcntl((connection->*get)(), F_DUPFD_CLOEXEC, 0) : -1;
  }
};

}  // namespace

IdleAssociations::Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

void IdleAssociations::Socket::end_reading() const {
  if (descriptor_ >= 0) shutdown(descriptor_, SHUT_RD);
}

void IdleAssociations::add(T_ASC_Association& association) {
  std::lock_guard lock(mutex_);
  if (!idle_.contains(&association))
    idle_.emplace(&association, Idle{std::chrono::steady_clock::now(), peer_of(association).address,
                                     Socket(Connection::copy_of_socket(association))});
}

void IdleAssociations::remove(T_ASC_Association& association) {
  std::lock_guard lock(mutex_);
  idle_.erase(&association);
}

void IdleAssociations::one_gives_way() {
  std::lock_guard lock(mutex_);
  std::map<std::string, std::size_t> by_address;
  for (const auto& [association, idle] : idle_) ++by_address[idle.address];
  const auto gives_way = std::max_element(idle_.begin(), idle_.end(), [&](const auto& left, const auto& right) {
    return std::tuple(by_address[left.second.address], right.second.since) <
           std::tuple(by_address[right.second.address], left.second.since);
  });
  if (gives_way == idle_.end()) return;
  spdlog::warn("dicom: there are too many associations; an idle one of {} is ended", gives_way->second.address);
  // Its own thread wakes up and aborts it.
  gives_way->second.socket.end_reading();
  idle_.erase(gives_way);
}

}  // namespace pons
