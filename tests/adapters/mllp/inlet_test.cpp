#include "adapters/mllp/inlet.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include "adapters/mllp/door.h"
#include "adapters/mllp/outlet.h"
#include "engine/hl7/ack.h"
#include "engine/hl7/batch.h"
#include "engine/ports/store.h"
#include "tests/support/certificate.h"
#include "tests/support/connection_from.h"

using namespace pons;

namespace {

/// An engine that answers what the test wants.
struct FakeCounter final : Counter {
  std::function<Receipt(const Envelope&)> decide = [](const Envelope&) { return Receipt{}; };
  Receipt accept(Envelope envelope) override { return decide(envelope); }
};

std::string message(const std::string& control_id) {
  return "MSH|^~\\&|RIS|NORTH|PONS|HOSP|20261124||ORM^O01|" + control_id + "|P|2.5\r";
}

/// A sender that waits for each answer.
class Sender {
 public:
  explicit Sender(std::uint16_t port) : Sender(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", port))) {}
  explicit Sender(Poco::Net::StreamSocket socket) : socket_(std::move(socket)) {
    socket_.setReceiveTimeout(Poco::Timespan(5, 0));
  }
  void write(const std::string& bytes) { socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size())); }
  /// "" when the engine hangs up.
  std::string read() {
    std::string answer;
    char byte = 0;
    while (socket_.receiveBytes(&byte, 1) == 1) {
      if (byte == '\x1c') {
        socket_.receiveBytes(&byte, 1);
        return answer.substr(1);
      }
      answer += byte;
    }
    return "";
  }
  hl7::Ack send(const std::string& bytes) {
    write(frame(bytes));
    return *hl7::read_ack(read());
  }

 private:
  Poco::Net::StreamSocket socket_;
};

/// The message is answered; else the engine hung up.
template <class Connect>
bool hands_in(const Connect& connect) {
  try {
    Sender sender(connect());
    sender.write(frame(message("M2")));
    return !sender.read().empty();
  } catch (const Poco::Exception&) {
    return false;
  }
}

Callers::Rule rule(const std::string& network, std::vector<std::string> names = {}) {
  return {Network::parse(network), "", std::move(names)};
}

/// A partner who shows `own` where it is given.
Poco::Net::SecureStreamSocket encrypted(std::uint16_t port, const Certificate& server,
                                        const Certificate* own = nullptr) {
  using Poco::Net::Context;
  const Context::Ptr context(new Context(Context::TLS_CLIENT_USE, own ? own->key_file() : "", own ? own->file() : "",
                                         server.file(), Context::VERIFY_STRICT, 9, false));
  return Poco::Net::SecureStreamSocket(Poco::Net::SocketAddress("127.0.0.1", port), "localhost", context);
}

struct Engine {
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp"}, counter, clock};
};

}  // namespace

TEST_CASE("a port has one listener: a second endpoint, or another engine, is told that it is taken") {
  Engine engine;
  const std::uint16_t taken = engine.inlet.port();
  CHECK_THROWS_WITH((MllpInlet{{.name = "reports-mllp", .port = taken}, engine.counter, engine.clock}),
                    Catch::Contains("reports-mllp cannot listen on 127.0.0.1:" + std::to_string(taken)));
  CHECK_THROWS_WITH((MllpDoor{{.name = "ehr-mllp", .port = taken}}),
                    Catch::Contains("ehr-mllp cannot listen on 127.0.0.1:" + std::to_string(taken)));
  CHECK(Sender(taken).send(message("M1")).code == "AA");
}

TEST_CASE("a port can be listened on again as soon as it was closed, with partners still connected") {
  std::optional<Engine> former(std::in_place);
  const std::uint16_t port = former->inlet.port();
  Sender partner(port);
  CHECK(partner.send(message("M1")).code == "AA");
  former.reset();
  FakeCounter counter;
  SystemClock clock;
  MllpInlet again{{.name = "ris-mllp", .port = port}, counter, clock};
  CHECK(Sender(port).send(message("M2")).code == "AA");
}

TEST_CASE("a message is answered with its own control id") {
  Engine engine;
  Sender sender(engine.inlet.port());
  const hl7::Ack ack = sender.send(message("M1"));
  CHECK(ack.code == "AA");
  CHECK(ack.control_id == "M1");
}

TEST_CASE("a frame sent byte by byte, and two in one write, are answered each and in order") {
  Engine engine;
  Sender sender(engine.inlet.port());
  for (const char byte : frame(message("M1"))) sender.write(std::string(1, byte));
  CHECK(hl7::read_ack(sender.read())->control_id == "M1");
  sender.write(frame(message("M2")) + frame(message("M3")));
  CHECK(hl7::read_ack(sender.read())->control_id == "M2");
  CHECK(hl7::read_ack(sender.read())->control_id == "M3");
}

TEST_CASE("a partner who always has his next message at hand keeps no other from the only thread") {
  FakeCounter counter;
  std::atomic<int> of_talker = 0;
  counter.decide = [&](const Envelope& envelope) {
    if (envelope.bytes->find("|M1|") != std::string::npos) ++of_talker;
    return Receipt{};
  };
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .threads = 1}, counter, clock};
  std::atomic<bool> goes_on = true;
  std::thread talks([&] {
    for (Sender sender(inlet.port()); goes_on;) sender.send(message("M1"));
  });
  while (of_talker < 10) std::this_thread::yield();
  Sender other(inlet.port());
  int most = 0;
  for (int i = 0; i < 20; ++i) {
    const int before = of_talker;
    CHECK_NOTHROW(other.send(message("M2")));
    most = std::max(most, of_talker - before);
  }
  goes_on = false;
  talks.join();
  CHECK(most < 100);
}

TEST_CASE("senders that stop inside a frame keep no other from being answered, and are hung up on in time") {
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .frame_deadline = std::chrono::milliseconds(300), .threads = 2}, counter, clock};
  std::vector<Sender> slow;
  for (int i = 0; i < 8; ++i) {
    slow.emplace_back(inlet.port());
    slow.back().write("\x0bMSH|^~");
  }
  Sender sender(inlet.port());
  CHECK(sender.send(message("M1")).code == "AA");
  for (Sender& each : slow) CHECK(each.read().empty());
  CHECK(sender.send(message("M2")).code == "AA");
}

TEST_CASE("a message that memory does not suffice for, or that meets a bug, closes its own connection and no other") {
  Engine engine;
  engine.counter.decide = [](const Envelope& envelope) {
    if (envelope.bytes->find("|BIG|") != std::string::npos) throw std::bad_alloc();
    return Receipt{};
  };
  Sender other(engine.inlet.port()), sender(engine.inlet.port());
  sender.write(frame(message("BIG")));
  CHECK(sender.read().empty());
  CHECK(other.send(message("M1")).code == "AA");
}

TEST_CASE("a refusal reads AE with the field, and AR where the type rules it out") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::refused;
    receipt.faults.push_back(refused("there is no patient identifier", "PID-3", 101));
    return receipt;
  };
  Sender sender(engine.inlet.port());
  sender.write(frame(message("M1")));
  const std::string answer = sender.read();
  CHECK(hl7::read_ack(answer)->code == "AE");
  CHECK(answer.find("PID^1^3") != std::string::npos);
  engine.counter.decide = [](const Envelope&) {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::unrouted;
    receipt.unacceptable = true;
    return receipt;
  };
  CHECK(sender.send(message("M2")).code == "AR");
}

TEST_CASE("in enhanced mode both acknowledgements come over the connection, and the next message is read after them") {
  Engine engine;
  Sender sender(engine.inlet.port());
  const std::string asks_for_both = "MSH|^~\\&|RIS|NORTH|PONS|HOSP|20261124||ORM^O01|M1|P|2.5|||AL|AL\r";
  const std::string asks_for_none = "MSH|^~\\&|RIS|NORTH|PONS|HOSP|20261124||ORM^O01|M2|P|2.5|||NE|NE\r";
  sender.write(frame(asks_for_both) + frame(asks_for_none) + frame(message("M3")));
  CHECK(hl7::read_ack(sender.read())->code == "CA");
  CHECK(hl7::read_ack(sender.read())->code == "AA");
  CHECK(hl7::read_ack(sender.read())->control_id == "M3");
}

TEST_CASE("without the database there is no answer, and the connection is closed") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) -> Receipt { throw StoreLost("away"); };
  Sender sender(engine.inlet.port());
  sender.write(frame(message("M1")));
  CHECK(sender.read() == "");
}

TEST_CASE("a message that is spoiled behind a readable MSH is refused by its control id") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::refused;
    return receipt;
  };
  Sender sender(engine.inlet.port());
  const hl7::Ack ack = sender.send(message("M1") + message("M2"));
  CHECK(ack.code == "AE");
  CHECK(ack.control_id == "M1");
}

TEST_CASE("a batch is handed in message by message, and answered in one frame") {
  Engine engine;
  std::vector<std::string> handed_in, named;
  engine.counter.decide = [&](const Envelope& envelope) {
    handed_in.push_back(*envelope.bytes);
    named.push_back(envelope.attributes.at("batch"));
    Receipt receipt;
    if (envelope.bytes->find("M2") != std::string::npos) receipt.outcome = Receipt::Outcome::refused;
    return receipt;
  };
  Sender sender(engine.inlet.port());
  sender.write(
      frame("BHS|^~\\&|RIS|NORTH|PONS|HOSP|20261124||||B7\r" + message("M1") + message("M2") + "MSH|ab\rBTS|3\r"));
  const std::string answer = sender.read();
  CHECK(handed_in == std::vector<std::string>{message("M1"), message("M2"), "MSH|ab\r"});
  CHECK(named == std::vector<std::string>{"B7 1 of 3", "B7 2 of 3", "B7 3 of 3"});
  CHECK(answer.starts_with("BHS|^~\\&|PONS|HOSP|RIS|NORTH|"));
  CHECK(answer.ends_with("BTS|3\r"));
  const hl7::BatchFile acks = hl7::read_batch(answer);
  REQUIRE(acks.batches.size() == 1);
  REQUIRE(acks.batches[0].messages.size() == 3);
  std::string codes;
  for (const auto each : acks.batches[0].messages)
    codes += hl7::read_ack(each)->code + hl7::read_ack(each)->control_id + ' ';
  CHECK(codes == "AAM1 AEM2 AR ");
}

TEST_CASE("a batch that is not whole is handed in with its fault, and its sender reads why") {
  Engine engine;
  std::string fault;
  engine.counter.decide = [&](const Envelope& envelope) {
    fault = envelope.attributes.at("batch_fault");
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::refused;
    return receipt;
  };
  Sender sender(engine.inlet.port());
  sender.write(frame("BHS|^~\\&|RIS|NORTH|PONS|HOSP\r" + message("M1") + "BTS|2\r"));
  const std::string answer = sender.read();
  CHECK(fault.starts_with("BTS-1 says 2, and 1 messages came"));
  CHECK(answer.find("MSA|AE|M1") != std::string::npos);
  CHECK(answer.find("BTS|1|BTS-1 says 2") != std::string::npos);
}

TEST_CASE("what is no HL7 gets no invented answer") {
  Engine engine;
  Sender sender(engine.inlet.port());
  sender.write(frame("GET / HTTP/1.1"));
  CHECK(sender.read() == "");
}

TEST_CASE("a silent and a slow sender do not delay the others") {
  Engine engine;
  std::promise<void> release;
  auto released = release.get_future().share();
  engine.counter.decide = [&](const Envelope& envelope) {
    if (envelope.bytes->find("SLOW") != std::string::npos) released.wait();
    return Receipt{};
  };
  Sender silent(engine.inlet.port()), half(engine.inlet.port()), slow(engine.inlet.port()), quick(engine.inlet.port());
  half.write("\x0bMSH|");
  slow.write(frame(message("SLOW")));
  CHECK(quick.send(message("M1")).code == "AA");
  release.set_value();
  CHECK(hl7::read_ack(slow.read())->control_id == "SLOW");
}

TEST_CASE("a field of a megabyte arrives whole") {
  Engine engine;
  std::size_t size = 0;
  engine.counter.decide = [&](const Envelope& envelope) {
    size = envelope.bytes->size();
    return Receipt{};
  };
  Sender sender(engine.inlet.port());
  const std::string big = message("M1") + "OBX|1|TX|||" + std::string(1 << 20, 'x') + "\r";
  CHECK(sender.send(big).code == "AA");
  CHECK(size == big.size());
}

TEST_CASE("where large frames hold too much the first is read on, and the others are answered after it") {
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{
      {.name = "ris-mllp", .frame_deadline = std::chrono::milliseconds(800), .large_frames = 4 << 20}, counter, clock};
  const auto large = [](const std::string& control_id) {
    return frame(message(control_id) + "OBX|1|TX|||" + std::string(6 << 20, 'x') + "\r");
  };
  Sender first(inlet.port());
  const std::string its = large("M1");
  first.write(its.substr(0, its.size() - 9));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // until it has been read
  Poco::Net::StreamSocket held_back(Poco::Net::SocketAddress("127.0.0.1", inlet.port()));
  Sender second(held_back);
  auto written = std::async(std::launch::async, [&] { second.write(large("M2")); });
  CHECK_FALSE(held_back.poll(Poco::Timespan(0, 400'000), Poco::Net::Socket::SELECT_READ));
  CHECK(Sender(inlet.port()).send(message("M3")).code == "AA");
  CHECK_FALSE(held_back.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ));
  SECTION("which comes to its end") {
    first.write(its.substr(its.size() - 9));
    CHECK(hl7::read_ack(first.read())->control_id == "M1");
  }
  SECTION("or does not, and is hung up on: whoever waited has all the time for a frame of its own") {
    CHECK(first.read().empty());
  }
  CHECK(hl7::read_ack(second.read())->control_id == "M2");
  written.get();
}

TEST_CASE("stopping lets the answer that is due go out") {
  Engine engine;
  std::promise<void> arrived, release;
  auto released = release.get_future();
  engine.counter.decide = [&](const Envelope&) {
    arrived.set_value();
    released.wait();
    return Receipt{};
  };
  Sender sender(engine.inlet.port());
  sender.write(frame(message("M1")));
  arrived.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { engine.inlet.stop(); });
  release.set_value();
  CHECK(hl7::read_ack(sender.read())->code == "AA");
  stopped.get();
}

TEST_CASE("over TLS messages are answered, and idle partners hold no thread") {
  const Certificate certificate("localhost");
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .threads = 1, .tls = ServerTls{certificate.file(), certificate.key_file(), ""}},
                  counter,
                  clock};
  CHECK(inlet.address().ends_with(" TLS"));
  std::vector<Sender> idle;
  for (int i = 0; i < 3; ++i) idle.emplace_back(encrypted(inlet.port(), certificate));
  Sender sender(encrypted(inlet.port(), certificate));
  CHECK(sender.send(message("M1")).control_id == "M1");
  CHECK(sender.send(message("M2")).control_id == "M2");
  std::string large = message("M3");
  large += "OBX|1|TX|||" + std::string(1 << 20, 'x') + "\r";
  CHECK(sender.send(large).control_id == "M3");
  for (Sender& each : idle) CHECK(each.send(message("M4")).code == "AA");
}

TEST_CASE("a partner in clear, or with a certificate of nobody we know, hands in nothing") {
  const Certificate server("localhost"), known("ris"), stranger("other");
  FakeCounter counter;
  int arrived = 0;
  counter.decide = [&](const Envelope&) { return ++arrived, Receipt{}; };
  SystemClock clock;
  MllpInlet inlet{
      {.name = "ris-mllp", .tls = ServerTls{server.file(), server.key_file(), known.file()}}, counter, clock};
  CHECK(Sender(encrypted(inlet.port(), server, &known)).send(message("M1")).code == "AA");
  CHECK_FALSE(hands_in([&] { return encrypted(inlet.port(), server, &stranger); }));
  CHECK_FALSE(hands_in([&] { return encrypted(inlet.port(), server); }));
  CHECK_FALSE(hands_in([&] { return Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", inlet.port())); }));
  CHECK(arrived == 1);
}

TEST_CASE("a certificate that is not there is named at start") {
  FakeCounter counter;
  SystemClock clock;
  CHECK_THROWS_WITH(
      (MllpInlet{{.name = "ris-mllp", .tls = ServerTls{"/nowhere.pem", "/nowhere.key", ""}}, counter, clock}),
      Catch::Contains("ris-mllp") && Catch::Contains("/nowhere"));
}

TEST_CASE("a renewed certificate holds from the next connection on, and a broken one never") {
  const Certificate shown("localhost"), renewed("localhost");
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .tls = ServerTls{shown.file(), shown.key_file(), ""}}, counter, clock};
  const auto put = [&](const Certificate& from) {
    for (const auto& [file, place] :
         {std::pair(from.key_file(), shown.key_file()), std::pair(from.file(), shown.file())})
      std::filesystem::copy_file(file, place, std::filesystem::copy_options::overwrite_existing);
  };
  Sender open(encrypted(inlet.port(), shown));
  CHECK(open.send(message("M1")).code == "AA");
  put(renewed);
  CHECK(Sender(encrypted(inlet.port(), renewed)).send(message("M2")).code == "AA");
  CHECK(open.send(message("M3")).code == "AA");
  std::ofstream(shown.file()) << "broken";
  CHECK(Sender(encrypted(inlet.port(), renewed)).send(message("M4")).code == "AA");
  put(Certificate("localhost", -60));  // it has ended
  CHECK(Sender(encrypted(inlet.port(), renewed)).send(message("M5")).code == "AA");
}

TEST_CASE("half a handshake, and half a record of TLS, hold no thread") {
  const Certificate certificate("localhost");
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .threads = 1, .tls = ServerTls{certificate.file(), certificate.key_file(), ""}},
                  counter,
                  clock};
  Sender half_a_handshake(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", inlet.port())));
  half_a_handshake.write("\x16\x03\x01");
  auto half = encrypted(inlet.port(), certificate);
  Sender half_a_record(half);
  CHECK(half_a_record.send(message("M1")).code == "AA");
  const int below = half.impl()->sockfd();
  CHECK(::send(below, "\x17\x03\x03\x40", 4, 0) == 4);
  Sender sender(encrypted(inlet.port(), certificate));
  CHECK(sender.send(message("M2")).control_id == "M2");
}

TEST_CASE("stopping does not wait for a partner who is in the middle of a frame") {
  const bool is_encrypted = GENERATE(false, true);
  const Certificate certificate("localhost");
  FakeCounter counter;
  SystemClock clock;
  MllpInlet::Settings settings{.name = "ris-mllp"};
  if (is_encrypted) settings.tls = ServerTls{certificate.file(), certificate.key_file(), ""};
  MllpInlet inlet{settings, counter, clock};
  const auto connect = [&]() -> Poco::Net::StreamSocket {
    if (is_encrypted) return encrypted(inlet.port(), certificate);
    return Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", inlet.port()));
  };
  Sender sender(connect());
  CHECK(sender.send(message("M1")).code == "AA");
  sender.write("\x0bMSH|");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // so that a worker waits for the rest
  auto stopped = std::async(std::launch::async, [&] { inlet.stop(); });
  CHECK(stopped.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
}

TEST_CASE("stopping lets a frame that has begun come to its end, and no other begin") {
  Engine engine;
  std::promise<void> arrived, release;
  auto released = release.get_future();
  engine.counter.decide = [&](const Envelope& envelope) {
    if (envelope.bytes->find("|M1|") == std::string::npos) return Receipt{};
    arrived.set_value();
    released.wait();
    return Receipt{};
  };
  Sender sender(engine.inlet.port());
  const std::string second = frame(message("M2"));
  sender.write(frame(message("M1")) + second.substr(0, 20));
  arrived.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { engine.inlet.stop(); });
  CHECK(stopped.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout);
  sender.write(second.substr(20) + frame(message("M3")));
  release.set_value();
  CHECK(hl7::read_ack(sender.read())->control_id == "M1");
  CHECK(hl7::read_ack(sender.read())->control_id == "M2");
  CHECK(sender.read().empty());
  stopped.get();
}

TEST_CASE("whoever is not among the callers is hung up on, before anything is read") {
  FakeCounter counter;
  SystemClock clock;
  MllpInlet::Settings settings{.name = "ris-mllp"};
  settings.callers.add(rule("127.0.0.2"));
  settings.callers.add(rule("127.0.3.0/24"));
  MllpInlet inlet{settings, counter, clock};
  CHECK(hands_in([&] { return test::connection_from("127.0.0.2", inlet.port()); }));
  CHECK(hands_in([&] { return test::connection_from("127.0.3.9", inlet.port()); }));
  CHECK_FALSE(hands_in([&] { return test::connection_from("127.0.0.1", inlet.port()); }));
}

TEST_CASE("one address may have so many connections, and others still get in") {
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .at_once_by_address = 2}, counter, clock};
  std::optional<Sender> first(test::connection_from("127.0.0.2", inlet.port()));
  CHECK(first->send(message("M1")).code == "AA");
  Sender second(test::connection_from("127.0.0.2", inlet.port()));
  CHECK(second.send(message("M1")).code == "AA");
  const auto third = [&] { return hands_in([&] { return test::connection_from("127.0.0.2", inlet.port()); }); };
  CHECK_FALSE(third());
  CHECK(hands_in([&] { return test::connection_from("127.0.0.3", inlet.port()); }));
  first.reset();
  // The engine notices the end of a connection in its own time.
  bool is_free = false;
  for (int i = 0; i < 100 && !(is_free = third()); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(is_free);
}

TEST_CASE("a caller may be known by the name in its certificate, which goes with its messages") {
  const Certificate server("localhost"), ris("ris"), other("other");
  const std::string both = server.file() + ".both";
  std::ofstream(both) << std::ifstream(ris.file()).rdbuf() << std::ifstream(other.file()).rdbuf();
  FakeCounter counter;
  std::vector<std::string> names;
  counter.decide = [&](const Envelope& envelope) {
    names.push_back(envelope.attributes.at("certificate"));
    return Receipt{};
  };
  SystemClock clock;
  MllpInlet::Settings settings{.name = "ris-mllp", .tls = ServerTls{server.file(), server.key_file(), both}};
  settings.callers.add({{}, "ris", {}});
  MllpInlet inlet{settings, counter, clock};
  CHECK(hands_in([&] { return encrypted(inlet.port(), server, &ris); }));
  CHECK_FALSE(hands_in([&] { return encrypted(inlet.port(), server, &other); }));
  CHECK(names == std::vector<std::string>{"ris"});
}

TEST_CASE("a new certificate is shown to who comes next, and one that cannot be read leaves the former") {
  const Certificate former("localhost"), next("localhost");
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .tls = ServerTls{former.file(), former.key_file(), ""}}, counter, clock};
  Sender early(encrypted(inlet.port(), former));
  CHECK(early.send(message("M1")).code == "AA");
  const auto replace = [](const std::string& by, const std::string& file) {
    std::filesystem::copy_file(by, file + ".new");
    std::filesystem::rename(file + ".new", file);
  };
  replace(next.key_file(), former.key_file());
  replace(next.file(), former.file());
  CHECK(hands_in([&] { return encrypted(inlet.port(), next); }));
  CHECK(early.send(message("M2")).code == "AA");
  std::ofstream(former.file()) << "no certificate";
  CHECK(hands_in([&] { return encrypted(inlet.port(), next); }));
}

TEST_CASE("in release 2 what was stored is committed before it is answered, and what was not is not") {
  FakeCounter counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .commits = true}, counter, clock};
  Sender sender(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", inlet.port())));
  sender.write(frame(message("M1")));
  CHECK(sender.read() == kCommitted);
  CHECK(hl7::read_ack(sender.read())->control_id == "M1");
  counter.decide = [](const Envelope&) -> Receipt { throw StoreLost("away"); };
  sender.write(frame(kCommitted) + frame(message("M2")));
  CHECK(sender.read() == kNotCommitted);
}

TEST_CASE("both sides may show a certificate, and release 2 goes over it") {
  const Certificate server("localhost"), ours("pons"), stranger("other");
  FakeCounter counter;
  SystemClock clock;
  MllpInlet::Settings settings{.name = "ris-mllp", .tls = ServerTls{server.file(), server.key_file(), ours.file()}};
  settings.commits = true;
  MllpInlet inlet{settings, counter, clock};
  const auto outcome_as = [&](const Certificate& own) {
    MllpOutlet outlet({.host = "localhost",
                       .port = inlet.port(),
                       .tls = Tls{server.file(), own.file(), own.key_file()},
                       .commits = true});
    Parcel parcel;
    parcel.control_id = "M1";
    parcel.document = message("M1");
    return outlet.send(parcel).outcome;
  };
  CHECK(outcome_as(ours) == Delivery::Outcome::delivered);
  CHECK(outcome_as(stranger) != Delivery::Outcome::delivered);
}

TEST_CASE("under ack: delivered the accept acknowledgement does not wait for the delivery") {
  struct Delivering final : Counter {
    std::promise<void> delivered;
    Receipt accept(Envelope) override { return {}; }
    Receipt accept_and_tell(Envelope, const Stored& stored) override {
      stored(Receipt{});
      delivered.get_future().wait();
      return {};
    }
  } counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .commits = GENERATE(false, true)}, counter, clock};
  Sender sender(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", inlet.port())));
  sender.write(frame("MSH|^~\\&|RIS|NORTH|PONS|HOSP|20261124||ORM^O01|M1|P|2.5|||AL|AL\r"));
  std::string first = sender.read();
  if (first == kCommitted) first = sender.read();
  CHECK(hl7::read_ack(first)->code == "CA");
  counter.delivered.set_value();
  CHECK(hl7::read_ack(sender.read())->code == "AA");
}

TEST_CASE("in release 2 the commit does not wait for the delivery, and is not taken back") {
  struct Stopping final : Counter {
    Receipt accept(Envelope) override { return {}; }
    Receipt accept_and_tell(Envelope, const Stored& stored) override {
      stored(Receipt{});
      throw StoreLost("the engine is stopping");
    }
  } counter;
  SystemClock clock;
  MllpInlet inlet{{.name = "ris-mllp", .commits = true}, counter, clock};
  Sender sender(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", inlet.port())));
  sender.write(frame(message("M1")));
  CHECK(sender.read() == kCommitted);
  CHECK(sender.read() == "");
}

namespace {

/// An intake that keeps receipts back until it is told what becomes of the message.
struct SlowCounter final : Counter {
  Receipt accept(Envelope) override { throw std::logic_error("messages in flight are handed in"); }
  Coming hand_in(Envelope envelope) override {
    std::lock_guard lock(mutex);
    handed_in.push_back(*envelope.bytes);
    promises.emplace_back();
    arrived.notify_all();
    return Coming(promises.back().get_future());
  }
  /// Waits until so many are there.
  bool holds(std::size_t count) {
    std::unique_lock lock(mutex);
    return arrived.wait_for(lock, std::chrono::seconds(5), [&] { return handed_in.size() >= count; });
  }
  void settle(std::size_t which) { promises.at(which).set_value({}); }

  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<std::string> handed_in;
  std::deque<std::promise<Receipt>> promises;
};

}  // namespace

TEST_CASE("so many messages as may be in flight are handed in before the first is answered, and answered in order") {
  SlowCounter counter;
  SystemClock clock;
  MllpInlet inlet({.name = "ris-mllp", .in_flight = 3}, counter, clock);
  Sender sender(inlet.port());
  std::string all;
  for (int i = 1; i <= 5; ++i) all += frame(message("M" + std::to_string(i)));
  sender.write(all);
  REQUIRE(counter.holds(3));
  counter.settle(1);
  counter.settle(2);
  CHECK(counter.handed_in.size() == 3);  // there is room when the first has landed, not before
  counter.settle(0);
  for (const char* each : {"M1", "M2", "M3"}) CHECK(hl7::read_ack(sender.read())->control_id == each);
  REQUIRE(counter.holds(5));
  counter.settle(3);
  counter.settle(4);
  for (const char* each : {"M4", "M5"}) CHECK(hl7::read_ack(sender.read())->control_id == each);
  CHECK(counter.handed_in.front() == message("M1"));
  CHECK(counter.handed_in.back() == message("M5"));
}

TEST_CASE("a message that comes while others wait for their answers is handed in at once") {
  SlowCounter counter;
  SystemClock clock;
  MllpInlet inlet({.name = "ris-mllp", .in_flight = 16}, counter, clock);
  Sender sender(inlet.port());
  sender.write(frame(message("M1")));
  REQUIRE(counter.holds(1));
  sender.write(frame(message("M2")));
  REQUIRE(counter.holds(2));
  counter.settle(0);
  CHECK(hl7::read_ack(sender.read())->control_id == "M1");
  counter.settle(1);
  CHECK(hl7::read_ack(sender.read())->control_id == "M2");
}

TEST_CASE("when the database goes, nothing in flight behind the lost message is answered") {
  SlowCounter counter;
  SystemClock clock;
  MllpInlet inlet({.name = "ris-mllp", .in_flight = 3}, counter, clock);
  Sender sender(inlet.port());
  sender.write(frame(message("M1")) + frame(message("M2")) + frame(message("M3")));
  REQUIRE(counter.holds(3));
  counter.settle(2);
  counter.settle(0);
  counter.promises[1].set_exception(std::make_exception_ptr(StoreLost("away")));
  CHECK(hl7::read_ack(sender.read())->control_id == "M1");
  CHECK(sender.read().empty());
}

TEST_CASE("a sender that closes its half still reads the answers that are in flight") {
  SlowCounter counter;
  SystemClock clock;
  MllpInlet inlet({.name = "ris-mllp", .in_flight = 3}, counter, clock);
  Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", inlet.port()));
  Sender sender(socket);
  sender.write(frame(message("M1")) + frame(message("M2")));
  REQUIRE(counter.holds(2));
  socket.shutdownSend();
  counter.settle(0);
  counter.settle(1);
  for (const char* each : {"M1", "M2"}) CHECK(hl7::read_ack(sender.read())->control_id == each);
  CHECK(sender.read().empty());
}

TEST_CASE("where we call, messages come over our connection, and it is opened again when it has ended") {
  Poco::Net::ServerSocket partner(Poco::Net::SocketAddress("127.0.0.1", 0));
  FakeCounter counter;
  SystemClock clock;
  MllpInlet::Settings settings;
  settings.name = "ris-mllp";
  settings.port = partner.address().port();
  settings.calls = true;
  MllpInlet inlet(settings, counter, clock);
  CHECK(inlet.port() == 0);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(partner.poll(Poco::Timespan(10, 0), Poco::Net::Socket::SELECT_READ));
    Sender sender(partner.acceptConnection());
    CHECK(sender.send(message("M1")).code == "AA");
    CHECK(sender.send(message("M2")).control_id == "M2");
  }
}
