#include "adapters/mllp/absence.h"

#include <Poco/Net/ServerSocket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "adapters/mllp/deframer.h"
#include "adapters/mllp/inlet.h"
#include "adapters/mllp/outlet.h"

using namespace pons;
using namespace std::chrono_literals;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

namespace {

constexpr int kMostFiles = 1024;

/// The socket of this process whose other end is at that port of this machine.
int socket_towards(std::uint16_t port) {
  for (int file = 3; file < kMostFiles; ++file) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(file, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == port)
      return file;
  }
  return -1;
}

int option(int file, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(getsockopt(file, level, name, &value, &size) == 0);
  return value;
}

/// Seconds after which a silent peer that is not there any more is given up, as the kernel was told.
int seconds_until_given_up(int file) {
  REQUIRE(file >= 0);
  CHECK(option(file, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(file, IPPROTO_TCP, TCP_USER_TIMEOUT) == 50'000);  // of what was sent and never confirmed
  return option(file, IPPROTO_TCP, TCP_KEEPIDLE) +
         option(file, IPPROTO_TCP, TCP_KEEPINTVL) * option(file, IPPROTO_TCP, TCP_KEEPCNT);
}

std::string message(const std::string& control_id) {
  return "MSH|^~\\&|RIS|NORTH|PONS|HOSP|20261124||ORM^O01|" + control_id + "|P|2.5\r";
}

struct Answering final : Counter {
  Receipt receipt;
  Receipt accept(Envelope) override { return receipt; }
};

/// "" when the engine hung up.
std::string answer_to(StreamSocket& socket, const std::string& bytes) {
  try {
    const std::string framed = frame(bytes);
    socket.sendBytes(framed.data(), static_cast<int>(framed.size()));
    std::string buffer(4096, '\0');
    const int received = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    return buffer.substr(0, static_cast<std::size_t>(std::max(received, 0)));
  } catch (const Poco::Exception&) {
    return "";
  }
}

}  // namespace

TEST_CASE("a sender that is gone without a word is noticed within a minute") {
  Answering counter;
  SystemClock clock;
  MllpInlet inlet({.name = "ris-mllp"}, counter, clock);
  StreamSocket sender(SocketAddress("127.0.0.1", inlet.port()));
  REQUIRE_FALSE(answer_to(sender, message("M1")).empty());
  CHECK(seconds_until_given_up(socket_towards(sender.address().port())) <= 60);
}

TEST_CASE("a receiver that is gone without a word is noticed within a minute") {
  signal(SIGPIPE, SIG_IGN);  // as the engine does
  Poco::Net::ServerSocket listening(SocketAddress("127.0.0.1", 0));
  std::thread receiver([&] {
    StreamSocket line = listening.acceptConnection();
    std::string buffer(4096, '\0');
    line.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    const std::string ack = frame("MSH|^~\\&|EHR|HOSP|PONS|HOSP|20261124||ACK|E1|P|2.5\rMSA|AA|M1\r");
    line.sendBytes(ack.data(), static_cast<int>(ack.size()));
    line.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
  });
  {
    MllpOutlet::Settings settings;
    settings.port = listening.address().port();
    MllpOutlet outlet(settings);
    Parcel parcel;
    parcel.control_id = "M1";
    parcel.document = message("M1");
    CHECK(outlet.send(parcel).outcome == Delivery::Outcome::delivered);
    CHECK(seconds_until_given_up(socket_towards(listening.address().port())) <= 60);
  }
  receiver.join();
}

TEST_CASE("a sender that does not read its answer is hung up on, and makes room for others") {
  Answering counter;
  counter.receipt.text = std::string(64u << 20, 'x');  // more than the sockets' buffers hold
  SystemClock clock;
  MllpInlet inlet({.name = "ris-mllp", .answer_deadline = 200ms, .at_once_by_address = 1}, counter, clock);
  StreamSocket deaf(SocketAddress("127.0.0.1", inlet.port()));
  const std::string framed = frame(message("M1"));
  deaf.sendBytes(framed.data(), static_cast<int>(framed.size()));
  const auto end = std::chrono::steady_clock::now() + 20s;
  bool is_let_in = false;
  while (!is_let_in && std::chrono::steady_clock::now() < end) {
    StreamSocket other(SocketAddress("127.0.0.1", inlet.port()));
    is_let_in = !answer_to(other, message("M2")).empty();
    if (!is_let_in) std::this_thread::sleep_for(20ms);  // nothing tells that the engine has hung up
  }
  CHECK(is_let_in);
}
