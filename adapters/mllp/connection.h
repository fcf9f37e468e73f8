#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace pons {

/// Encrypted, and the server's certificate verified for the host's name.
struct Tls {
  std::string ca_file;               // PEM; empty: the machine's own authorities
  std::string certificate{}, key{};  // PEM: what we show; empty: nothing
};

/// Bytes that are there, 0 when the other side has closed. Nothing: the socket's receive timeout is over, or TLS has
/// only part of a record, or a record without content of its own. Throws Poco::Exception: then the connection is over.
std::optional<std::size_t> receive_some(Poco::Net::StreamSocket& socket, char* buffer, std::size_t size);

using Deadline = std::chrono::steady_clock::time_point;

/// Listens there, and nobody else does. Throws Poco::Exception when that cannot be had.
Poco::Net::ServerSocket listen(const std::string& host, std::uint16_t port, int backlog);

/// Connects to a partner. Throws Poco::Exception when that cannot be done in time.
Poco::Net::StreamSocket connect(const std::string& host, std::uint16_t port, const std::optional<Tls>& tls,
                                Deadline deadline);

/// Writes all of it. Throws Poco::TimeoutException when the other side has not taken it by then, however steadily it
/// reads, or has taken nothing for a while.
void send_all(Poco::Net::StreamSocket& socket, std::string_view bytes, Deadline deadline);

/// A connection over which we send: messages out, bytes in. Every call may throw Poco::Exception: then it is over.
class MllpConnection final {
 public:
  explicit MllpConnection(Poco::Net::StreamSocket socket);

  /// Throws what came unasked away. False: the other side has closed.
  bool drain(Deadline deadline);
  /// Writes the message in its frame, a large one without a copy of it.
  void send(std::string_view message, Deadline deadline);
  /// What came within `patience`; "" when nothing did. Throws when the other side has closed.
  std::string read(Duration patience);

 private:
  /// Empty: nothing came. Zero bytes: closed.
  std::optional<std::size_t> receive(Duration patience);

  Poco::Net::StreamSocket socket_;
  std::string buffer_;
};

}  // namespace pons
