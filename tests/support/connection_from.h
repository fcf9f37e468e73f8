#pragma once

#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace pons::test {

/// To a port of this machine, from one of its addresses: 127.0.0.2 and on.
inline Poco::Net::StreamSocket connection_from(const std::string& address, std::uint16_t port) {
  Poco::Net::StreamSocket socket(Poco::Net::SocketAddress::IPv4);
  const Poco::Net::SocketAddress own(address, 0);
  if (::bind(socket.impl()->sockfd(), own.addr(), own.length()) != 0)
    throw std::runtime_error("no connection can come from " + address);
  socket.connect(Poco::Net::SocketAddress("127.0.0.1", port));
  return socket;
}

}  // namespace pons::test
