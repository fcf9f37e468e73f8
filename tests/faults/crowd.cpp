// Senders of orders who keep the engine busy beside those of the soak, which are Python and a hundred messages a second
// at most. Each has a connection and patients of its own, sends one message at a time, again until it is answered, and
// writes the same log before and after each. Now and then one breaks off within a frame, or before its answer came.
//
// Usage: crowd PORT FOLDER RATE SEED   until stdin ends; prints how many were acknowledged and how many sent again
//
// PORT: where orders are received, now or later; FOLDER: for the logs; RATE: messages a second.
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mllp/deframer.h"

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int kSenders = 32, kPatientsEach = 64, kFirstPatient = 10'000;
constexpr double kBreaks = 0.001;  // of messages, one way or the other
constexpr auto kPatience = 3s;     // for an answer

struct Mark {
  int patient = 0, number = 0;
};

std::string order(Mark mark, const std::string& control_id) {
  const std::string text = fmt::format("{}N{}", mark.patient, mark.number);
  return fmt::format(
      "MSH|^~\\&|RIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|{1}|P|2.5\r"
      "PID|1||M{0}^^^HOSP^MR||DOE^W{2}||19800102|F\r"
      "ORC|{3}|P{0}|F{0}||SC||^^^20261125093000\r"
      "OBR|1|P{0}|F{0}|CT1^CT head^L||||||||||||||A{0}|R1|S1||||CT\r"
      "NTE|1||R{2}\r",
      mark.patient, control_id, text, mark.number == 1 ? "NW" : "XO");
}

/// The nth field of the MSA; "" where there is none.
std::string msa(const std::string& message, int field) {
  std::size_t begin = message.find("\rMSA");
  const std::size_t end = begin == std::string::npos ? begin : std::min(message.find('\r', begin + 1), message.size());
  for (; field > 0 && begin < end; --field) begin = message.find('|', begin + 1);
  if (begin >= end) return "";
  return message.substr(begin + 1, std::min(message.find('|', begin + 1), end) - begin - 1);
}

/// A record is on the disk before its writer goes on.
class Log final {
 public:
  explicit Log(const std::string& file) : file_(open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644)) {
    if (file_ < 0) throw std::runtime_error("cannot write " + file);
  }
  ~Log() { close(file_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void sent(Mark mark) { write(mark, ""); }
  void answered(Mark mark, const std::string& answer) {
    write(mark, fmt::format(R"("code": "{}", "text": "{}", )", msa(answer, 1), msa(answer, 3)));
  }

 private:
  void write(Mark mark, const std::string& more) {
    const double now = std::chrono::duration<double>(Steady::now().time_since_epoch()).count();
    const std::string line = fmt::format(R"({{"mark": "{}/{}", "kind": "orm", {}"at": {:.6f}}})"
                                         "\n",
                                         mark.patient, mark.number, more, now);
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || fdatasync(file_) != 0)
      throw std::runtime_error("a log could not be written");
  }

  const int file_;
};

class Sender final {
 public:
  Sender(int number, std::uint16_t port, const std::string& folder, double rate, unsigned seed,
         const std::atomic<bool>& stopping)
      : number_(number),
        port_(port),
        pause_(kSenders / rate),
        log_(fmt::format("{}/sender-crowd-{}.log", folder, number)),
        dice_(seed * 1000 + static_cast<unsigned>(number)),
        stopping_(stopping) {}

  void run() {
    std::vector<int> numbers(kPatientsEach);
    auto next = Steady::now();
    while (!stopping_) {
      const auto which = dice_() % kPatientsEach;
      const Mark mark{kFirstPatient + number_ * kPatientsEach + static_cast<int>(which), ++numbers[which]};
      send_until_answered(mark, pons::frame(order(mark, fmt::format("crowd{}X{}", number_, ++counter_))));
      // Who was kept waiting does not catch up in a rush.
      next = std::max(next + std::chrono::duration_cast<Steady::duration>(pause_), Steady::now() - 1s);
      std::this_thread::sleep_until(next);
    }
  }

  long acknowledged() const { return acknowledged_; }
  long resent() const { return resent_; }

 private:
  void send_until_answered(Mark mark, const std::string& framed) {
    for (bool again = false; !stopping_; again = true) {
      if (!connected()) continue;
      log_.sent(mark);
      resent_ += again;
      const auto answer = ask(framed);
      if (!answer) {
        socket_.reset();
        continue;
      }
      log_.answered(mark, *answer);
      ++acknowledged_;
      return;
    }
  }

  bool connected() {
    try {
      if (!socket_) {
        socket_.emplace(Poco::Net::SocketAddress("127.0.0.1", port_));
        socket_->setNoDelay(true);
        socket_->setReceiveTimeout(Poco::Timespan(kPatience / 1us));
      }
    } catch (const Poco::Exception&) {
      std::this_thread::sleep_for(50ms);  // the engine is away
    }
    return socket_.has_value();
  }

  /// Nothing: the connection is of no more use.
  std::optional<std::string> ask(const std::string& framed) {
    const double draw = std::uniform_real_distribution<>(0, 1)(dice_);
    const bool breaks_off = draw < kBreaks, hangs_up = !breaks_off && draw < 2 * kBreaks;
    try {
      socket_->sendBytes(framed.data(), static_cast<int>(breaks_off ? framed.size() / 2 : framed.size()));
      if (breaks_off || hangs_up) return {};
      pons::Deframer deframer(1 << 20);
      char buffer[4096];
      while (true) {
        const int received = socket_->receiveBytes(buffer, sizeof buffer);
        if (received <= 0) return {};
        deframer.feed({buffer, static_cast<std::size_t>(received)});
        if (auto answer = deframer.next()) return answer;
      }
    } catch (const Poco::Exception&) {
      return {};
    }
  }

  const int number_;
  const std::uint16_t port_;
  const std::chrono::duration<double> pause_;
  Log log_;
  std::minstd_rand dice_;
  const std::atomic<bool>& stopping_;
  std::optional<Poco::Net::StreamSocket> socket_;
  long counter_ = 0, acknowledged_ = 0, resent_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: crowd PORT FOLDER RATE SEED\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  std::atomic<bool> stopping = false;
  std::vector<std::unique_ptr<Sender>> senders;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSenders; ++i)
    senders.push_back(std::make_unique<Sender>(i, static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2],
                                               std::atof(argv[3]), static_cast<unsigned>(std::atoi(argv[4])),
                                               stopping));
  for (const auto& each : senders) threads.emplace_back([&each] { each->run(); });
  char byte;
  while (read(0, &byte, 1) > 0) continue;
  stopping = true;
  for (std::thread& each : threads) each.join();
  long acknowledged = 0, resent = 0;
  for (const auto& each : senders) acknowledged += each->acknowledged(), resent += each->resent();
  fmt::print("{} {}\n", acknowledged, resent);
}
