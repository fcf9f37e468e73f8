/// The input is what a client writes into a connection to the DICOM door, before it closes its side. The door answers
/// and closes, never agrees to a deflated transfer syntax, and the next client is served as if nothing had been.
#include <arpa/inet.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "adapters/dicom/inlet.h"
#include "tests/fuzz/property.h"

using namespace pons;
using pons::fuzz::must;

namespace {

constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
constexpr int kPatience = 15'000;  // ms; the door itself waits 5 s for an association request

struct TwoSteps final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>& take) override {
    for (const auto* item : {R"({"AccessionNumber":"A1"})", R"({"AccessionNumber":"A2"})"})
      if (!take({item, R"({"PatientName":"山田^太郎"})"})) return;
  }
};

struct Agreeing final : Counter {
  Receipt accept(Envelope) override { return {}; }
};

struct Door {
  Door() { spdlog::set_level(spdlog::level::off); }

  TwoSteps worklist;
  Agreeing counter;
  SystemClock clock;
  DicomInlet inlet{{.stations = {{"CT1", "CT"}}, .limit = 5, .threads = 4}, worklist, counter, clock};
};

class Client {
 public:
  explicit Client(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "the door is open");
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Everything that comes back until the door closes.
  std::string say(std::string_view bytes) {
    std::string answer;
    while (!bytes.empty()) {
      const auto sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN) break;  // it has closed already
      if (sent < 0 && !hear(answer)) return answer;
    }
    shutdown(socket_, SHUT_WR);
    while (hear(answer)) {
    }
    return answer;
  }

 private:
  /// False: the door has closed.
  bool hear(std::string& answer) {
    pollfd ready{socket_, POLLIN, 0};
    must(poll(&ready, 1, kPatience) == 1, "the door answers, or closes");
    char buffer[16 * 1024];
    const auto received = recv(socket_, buffer, sizeof buffer, 0);
    if (received > 0) answer.append(buffer, static_cast<std::size_t>(received));
    return received > 0;
  }

  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
};

std::string title(std::string text) {
  text.resize(16, ' ');
  return text;
}

std::string item(char type, const std::string& content) {
  return std::string{type, 0, static_cast<char>(content.size() >> 8), static_cast<char>(content.size())} + content;
}

/// Asks for Verification alone, PS3.8 9.3.2.
std::string association_request() {
  const std::string context =
      std::string{1, 0, 0, 0} + item('\x30', "1.2.840.10008.1.1") + item('\x40', "1.2.840.10008.1.2");
  const std::string user = item('\x51', std::string{0, 0, 0x40, 0}) + item('\x52', "1.2.3");
  const std::string content = std::string{0, 1, 0, 0} + title("PONS") + title("CT1") + std::string(32, '\0') +
                              item('\x10', "1.2.840.10008.3.1.1.1") + item('\x20', context) + item('\x50', user);
  return std::string{1, 0, 0, 0, static_cast<char>(content.size() >> 8), static_cast<char>(content.size())} + content;
}

const std::string kRelease{5, 0, 0, 0, 0, 4, 0, 0, 0, 0};

}  // namespace

#if defined(__SANITIZE_ADDRESS__)
/// DCMTK 3.6.7 loses the lists of an association request that it cannot read (as CVE-2026-50254).
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libdcmnet.so\n";
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Door door;
  const std::string answer = Client(door.inlet.port()).say(fuzz::text_of(data, size));
  must(answer.find(kDeflated) == std::string::npos, "no deflated transfer syntax is agreed to");

  static int runs = 0;
  if (++runs % 64 != 0) return 0;
  const std::string next = Client(door.inlet.port()).say(association_request() + kRelease);
  must(!next.empty() && next.front() == 2 && next.size() > 10 && next[next.size() - 10] == 6,
       "the next client is accepted and released");
  return 0;
}
