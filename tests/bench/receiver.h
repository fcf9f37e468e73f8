#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mllp/deframer.h"

namespace pons::bench {

/// MSH-10.
inline std::string control_id_of(const std::string& message) {
  std::size_t begin = 0;
  for (int field = 0; field < 9 && begin != std::string::npos; ++field) begin = message.find('|', begin + 1);
  return begin == std::string::npos ? "" : message.substr(begin + 1, message.find('|', begin + 1) - begin - 1);
}

/// Sends a message and waits for what is answered. Throws std::runtime_error when the other side hangs up.
inline std::string ask(Poco::Net::StreamSocket& socket, const std::string& message) {
  const std::string framed = frame(message);
  socket.sendBytes(framed.data(), static_cast<int>(framed.size()));
  std::string answer;
  char buffer[8192];
  while (answer.find('\x1c') == std::string::npos) {
    const int received = socket.receiveBytes(buffer, sizeof buffer);
    if (received <= 0) throw std::runtime_error("the other side hung up");
    answer.append(buffer, static_cast<std::size_t>(received));
  }
  return answer;
}

/// A port where nothing listens.
inline std::uint16_t free_port() {
  return Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0)).address().port();
}

/// Answers AA at once to whoever connects on 127.0.0.1.
class Receiver final {
 public:
  /// `take` is told each message, by several threads. `port` 0: any.
  explicit Receiver(std::function<void(const std::string&)> take, std::uint16_t port = 0)
      : take_(std::move(take)), listening_(Poco::Net::SocketAddress("127.0.0.1", port)) {
    acceptor_ = std::thread([this] {
      while (!stopping_)
        if (listening_.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ))
          threads_.emplace_back([this, socket = listening_.acceptConnection()]() mutable { serve(socket); });
    });
  }
  ~Receiver() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& each : threads_) each.join();
  }

  std::uint16_t port() const { return listening_.address().port(); }
  long received() const { return received_; }

 private:
  void serve(Poco::Net::StreamSocket& socket) {
    socket.setNoDelay(true);
    Deframer deframer(1 << 20);
    std::string buffer(1 << 16, '\0');
    while (!stopping_) {
      if (!socket.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ)) continue;
      const int read = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (read <= 0) return;
      deframer.feed({buffer.data(), static_cast<std::size_t>(read)});
      std::string answers;
      while (const auto message = deframer.next()) {
        take_(*message);
        ++received_;
        answers +=
            frame("MSH|^~\\&|EHR|HOSP|PONS|HOSP|20261124||ACK|A|P|2.5\rMSA|AA|" + control_id_of(*message) + "\r");
      }
      socket.sendBytes(answers.data(), static_cast<int>(answers.size()));
    }
  }

  const std::function<void(const std::string&)> take_;
  Poco::Net::ServerSocket listening_;
  std::atomic<bool> stopping_ = false;
  std::atomic<long> received_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

}  // namespace pons::bench
