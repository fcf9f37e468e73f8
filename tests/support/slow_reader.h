#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

namespace pons::test {

/// Takes one connection and reads it slowly but steadily, 100 KB in a second. Small segments keep what the sender's
/// machine takes in its place small too.
class SlowReader {
 public:
  SlowReader() {
    listening_.setReceiveBufferSize(4096);
    listening_.impl()->setOption(IPPROTO_TCP, TCP_MAXSEG, 536);
    thread_ = std::thread([this] { read(); });
  }
  ~SlowReader() {
    is_over_ = true;
    thread_.join();
  }

  std::uint16_t port() const { return listening_.address().port(); }

 private:
  void read() {
    if (!listening_.poll(Poco::Timespan(10, 0), Poco::Net::Socket::SELECT_READ)) return;
    Poco::Net::StreamSocket socket = listening_.acceptConnection();
    std::array<char, 2048> buffer;
    try {
      while (!is_over_ && socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size())) > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } catch (const Poco::Exception&) {
      // The sender has hung up.
    }
  }

  Poco::Net::ServerSocket listening_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace pons::test
