#include "adapters/dicom/idle_associations.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <tuple>

#include "adapters/dicom/peer.h"

namespace pons {

namespace {

/// DCMTK lends the socket to those who derive only.
struct Connection : DcmTransportConnection {
  static DcmNativeSocketType socket_of(T_ASC_Association& association) {
    constexpr auto get = &Connection::getSocket;
    return (DUL_getTransportConnection(association.DULassociation)->*get)();
  }
};

}  // namespace

void IdleAssociations::add(T_ASC_Association& association) {
  std::lock_guard lock(mutex_);
  if (!idle_.contains(&association))
    idle_[&association] = {std::chrono::steady_clock::now(), peer_of(association).address};
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
  shutdown(Connection::socket_of(*gives_way->first), SHUT_RD);
  idle_.erase(gives_way);
}

}  // namespace pons
