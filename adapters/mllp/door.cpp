#include "adapters/mllp/door.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <stdexcept>

namespace pons {

using Poco::Net::SecureStreamSocket;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

MllpDoor::MllpDoor(Settings settings) : settings_(std::move(settings)) {
  try {
    if (settings_.tls) tls_.emplace(settings_.name, *settings_.tls);
    listening_ = listen(settings_.host, settings_.port, 16);
  } catch (const Poco::Exception& error) {
    throw std::runtime_error(fmt::format("{} cannot listen on {}:{}: {}", settings_.name, settings_.host,
                                         settings_.port, error.displayText()));
  }
}

bool MllpDoor::somebody_waits() {
  std::lock_guard lock(mutex_);
  return listening_.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ);
}

std::optional<StreamSocket> MllpDoor::next(Deadline deadline) {
  std::lock_guard lock(mutex_);
  while (listening_.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ)) {
    SocketAddress from;
    StreamSocket socket = listening_.acceptConnection(from);
    Callers::Caller caller{from.host().toString(), {}};
    if (!settings_.callers.may_connect(caller.address)) {
      spdlog::warn("{}: {} may not call here: closed", settings_.name, caller.address);
      continue;
    }
    if (!tls_) return socket;
    try {
      const auto left = std::chrono::floor<Duration>(deadline - std::chrono::steady_clock::now());
      socket.setReceiveTimeout(Poco::Timespan(std::max(left, Duration(1)).count()));
      SecureStreamSocket secure = SecureStreamSocket::attach(socket, tls_->current());
      secure.completeHandshake();
      if (!settings_.tls->clients.empty()) caller.certificate = secure.peerCertificate().commonName();
      if (settings_.callers.may_send(caller)) return secure;
      spdlog::warn("{}: {} shows a certificate that may not call here: closed", settings_.name, caller.address);
    } catch (const Poco::Exception& error) {
      spdlog::warn("{}: {} called and was lost: {}", settings_.name, caller.address, error.displayText());
    }
  }
  return {};
}

}  // namespace pons
