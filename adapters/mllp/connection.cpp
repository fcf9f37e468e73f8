#include "adapters/mllp/connection.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <algorithm>

#include "adapters/mllp/absence.h"
#include "adapters/mllp/deframer.h"

namespace pons {

namespace {

using namespace std::chrono_literals;
using Poco::Net::Context;
using Poco::Net::SecureStreamSocket;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

constexpr Duration kConnectWithin = 5s;
constexpr std::size_t kLarge = 1u << 20;   // bytes, which are not copied into a frame
constexpr std::size_t kSlice = 16u << 10;  // bytes, a record of TLS: a socket that can be written to has room for them

Duration left(Deadline deadline, Duration most) {
  const auto rest = std::chrono::floor<Duration>(deadline - std::chrono::steady_clock::now());
  if (rest <= Duration::zero()) throw Poco::TimeoutException("the time is over");
  return std::min(rest, most);
}

Poco::Timespan timespan(Duration duration) {
  return Poco::Timespan(duration.count());
}

Context::Ptr client_context(const Tls& tls) {
  Context::Ptr context(new Context(Context::TLS_CLIENT_USE, tls.key, tls.certificate, tls.ca_file,
                                   Context::VERIFY_STRICT, 9, tls.ca_file.empty()));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  return context;
}

}  // namespace

Poco::Net::ServerSocket listen(const std::string& host, std::uint16_t port, int backlog) {
  Poco::Net::ServerSocket socket;
  // Unasked, POCO lets another engine or endpoint share the port, and the kernel deals the callers out among them.
  constexpr bool kSoonAgain = true, kShared = false;
  socket.bind(SocketAddress(host, port), kSoonAgain, kShared);
  socket.listen(backlog);
  return socket;
}

StreamSocket connect(const std::string& host, std::uint16_t port, const std::optional<Tls>& tls, Deadline deadline) {
  if (!tls) {
    StreamSocket socket;
    socket.connect(SocketAddress(host, port), timespan(left(deadline, kConnectWithin)));
    return socket;
  }
  SecureStreamSocket socket(client_context(*tls));
  socket.setPeerHostName(host);
  socket.connect(SocketAddress(host, port), timespan(left(deadline, kConnectWithin)));
  return socket;
}

std::optional<std::size_t> receive_some(StreamSocket& socket, char* buffer, std::size_t size) {
  try {
    const int received = socket.receiveBytes(buffer, static_cast<int>(size));
    if (received < 0) return {};
    return static_cast<std::size_t>(received);
  } catch (const Poco::TimeoutException&) {
    return {};
  }
}

// POCO does not return before all is written, however long it takes: it gets no more than there is room for.
void send_all(StreamSocket& socket, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!socket.poll(timespan(left(deadline, kReadsWithin)), Poco::Net::Socket::SELECT_WRITE))
      throw Poco::TimeoutException("it does not read");
    const int sent = socket.sendBytes(bytes.data(), static_cast<int>(std::min(bytes.size(), kSlice)));
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

MllpConnection::MllpConnection(StreamSocket socket) : socket_(std::move(socket)), buffer_(64 * 1024, '\0') {
  socket_.setNoDelay(true);
  notice_absence(socket_);
}

std::optional<std::size_t> MllpConnection::receive(Duration patience) {
  socket_.setReceiveTimeout(timespan(patience));
  return receive_some(socket_, buffer_.data(), buffer_.size());
}

bool MllpConnection::drain(Deadline deadline) {
  while (socket_.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ)) {
    const auto received = receive(left(deadline, 1ms));
    if (received == 0) return false;
    if (!received) return true;
  }
  return true;
}

void MllpConnection::send(std::string_view message, Deadline deadline) {
  if (message.size() <= kLarge) return send_all(socket_, frame(message), deadline);
  for (const std::string_view part : {kStartOfBlock, message, kEndOfBlock}) send_all(socket_, part, deadline);
}

std::string MllpConnection::read(Duration patience) {
  const auto received = receive(patience);
  if (!received) return {};
  if (*received == 0) throw Poco::Net::ConnectionResetException("the other side has closed");
  return buffer_.substr(0, *received);
}

}  // namespace pons
