#include "adapters/mllp/outlet.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include "adapters/mllp/deframer.h"
#include "tests/support/certificate.h"
#include "tests/support/slow_reader.h"

using namespace pons;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

namespace {

/// One connection, as the receiving side sees it.
class Line {
 public:
  explicit Line(Poco::Net::StreamSocket socket) : socket_(std::move(socket)) {
    socket_.setReceiveTimeout(Poco::Timespan(10, 0));
  }
  /// The next message; "" when the sender hangs up.
  std::string read() {
    std::string buffer(4096, '\0');
    while (true) {
      if (auto message = deframer_.next()) return *message;
      const int received = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (received <= 0) return "";
      deframer_.feed({buffer.data(), static_cast<std::size_t>(received)});
    }
  }
  void write(const std::string& bytes) { socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size())); }
  void close() { socket_.close(); }

 private:
  Poco::Net::StreamSocket socket_;
  Deframer deframer_{8 << 20};
};

/// A receiver that plays one scene for each connection, in order.
class Receiver {
 public:
  using Scene = std::function<void(Line&)>;

  explicit Receiver(std::vector<Scene> scenes, Poco::Net::ServerSocket listening = in_clear())
      : listening_(std::move(listening)), thread_([this, scenes = std::move(scenes)] {
          for (const auto& scene : scenes) {
            try {
              Line line(listening_.acceptConnection());
              scene(line);
            } catch (const Poco::Exception&) {
              // The outlet has hung up, which is its right.
            }
          }
        }) {}
  ~Receiver() { thread_.join(); }

  MllpOutlet::Settings settings() const {
    MllpOutlet::Settings settings;
    settings.port = listening_.address().port();
    settings.reply_within = 10s;
    return settings;
  }

 private:
  static Poco::Net::ServerSocket in_clear() {
    return Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0));
  }

  Poco::Net::ServerSocket listening_;
  std::thread thread_;
};

Parcel parcel(const std::string& control_id) {
  signal(SIGPIPE, SIG_IGN);  // as the engine does
  Parcel parcel;
  parcel.control_id = control_id;
  parcel.content_type = Parcel::kHl7;
  parcel.document = "MSH|^~\\&|PONS|HOSP|EHR|HOSP|20261124||ORU^R01|" + control_id + "|P|2.5\r";
  return parcel;
}

std::string ack(const std::string& code, const std::string& control_id, const std::string& more = "") {
  return "MSH|^~\\&|EHR|HOSP|PONS|HOSP|20261124||ACK^R01^ACK|ACK|P|2.5\rMSA|" + code + "|" + control_id + "\r" + more;
}

Poco::Net::ServerSocket encrypted(const Certificate& certificate) {
  using Poco::Net::Context;
  const Context::Ptr context(
      new Context(Context::TLS_SERVER_USE, certificate.key_file(), certificate.file(), "", Context::VERIFY_NONE));
  return Poco::Net::SecureServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0), 64, context);
}

MllpOutlet::Settings impatient(MllpOutlet::Settings settings) {
  settings.reply_within = 300ms;
  return settings;
}

}  // namespace

TEST_CASE("a parcel arrives byte for byte and is delivered when its own control id is acknowledged") {
  std::string received;
  {
    Receiver receiver({[&](Line& line) {
      received = line.read();
      line.write(frame(ack("AA", "P1")));
      line.read();
    }});
    MllpOutlet outlet(receiver.settings());
    const Delivery delivery = outlet.send(parcel("P1"));
    CHECK(delivery.outcome == Outcome::delivered);
    CHECK(delivery.answer == ack("AA", "P1"));
  }
  CHECK(received == parcel("P1").document);
}

TEST_CASE("a parcel too large for one write arrives whole, with its sequence number and without") {
  Parcel large = parcel("P1");
  large.document += "OBX|1|ED|PDF||" + std::string(3 << 20, 'x') + "\r";
  std::vector<std::string> received;
  {
    Receiver receiver({[&](Line& line) {
      for (int i = 0; i < 2; ++i) {
        received.push_back(line.read());
        line.write(frame(ack("AA", "P1")));
      }
      line.read();
    }});
    MllpOutlet outlet(receiver.settings());
    CHECK(outlet.send(large).outcome == Outcome::delivered);
    Parcel numbered = large;
    numbered.number = 7;
    CHECK(outlet.send(numbered).outcome == Outcome::delivered);
  }
  REQUIRE(received.size() == 2);
  CHECK(received[0] == large.document);
  std::string with_number = large.document;
  CHECK(received[1] == with_number.replace(with_number.find("|2.5\r"), 5, "|2.5|7\r"));
}

TEST_CASE("the connection stays open from one parcel to the next") {
  Receiver receiver({[](Line& line) {
    for (const auto* id : {"P1", "P2", "P3"}) {
      line.read();
      line.write(frame(ack("AA", id)));
    }
    line.read();
  }});
  MllpOutlet outlet(receiver.settings());
  for (const auto* id : {"P1", "P2", "P3"}) CHECK(outlet.send(parcel(id)).outcome == Outcome::delivered);
}

TEST_CASE("an acknowledgement in pieces, and one without the last CR, are read whole") {
  Receiver receiver({[](Line& line) {
    line.read();
    for (const char byte : frame(ack("AA", "P1"))) line.write(std::string(1, byte));
    line.read();
    const std::string whole = frame(ack("CA", "P2"));
    line.write(whole.substr(0, whole.size() - 1));
    line.read();
  }});
  MllpOutlet outlet(receiver.settings());
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
  CHECK(outlet.send(parcel("P2")).outcome == Outcome::delivered);
}

TEST_CASE("a late acknowledgement of the message before is never taken for this one's") {
  std::promise<void> given_up;
  Receiver receiver({[&](Line& line) {
    line.read();
    given_up.get_future().wait();
    line.read();
    line.write(frame(ack("AA", "P1")) + frame(ack("AE", "P2")));
    line.read();
  }});
  MllpOutlet outlet(impatient(receiver.settings()));
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::unknown);
  given_up.set_value();
  CHECK(outlet.send(parcel("P2")).outcome == Outcome::refused);
}

TEST_CASE("what came while nothing was asked is thrown away") {
  std::promise<void> given_up, late;
  Receiver receiver({[&](Line& line) {
    line.read();
    given_up.get_future().wait();
    line.write(frame(ack("AE", "P1")) + "rubbish");
    late.set_value();
    line.read();
    line.write(frame(ack("AA", "P1")));
    line.read();
  }});
  MllpOutlet outlet(impatient(receiver.settings()));
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::unknown);
  given_up.set_value();
  late.get_future().wait();
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
}

TEST_CASE("an acknowledgement of another message leaves the outcome unknown") {
  Receiver receiver({[](Line& line) {
    line.read();
    line.write(frame(ack("AA", "P9")));
    line.read();
  }});
  MllpOutlet outlet(impatient(receiver.settings()));
  const Delivery delivery = outlet.send(parcel("P1"));
  CHECK(delivery.outcome == Outcome::unknown);
  CHECK(delivery.text == "no answer to this message in time, though to others");
}

TEST_CASE("of two acknowledgements in one write each counts for its own message") {
  Receiver receiver({[](Line& line) {
    line.read();
    line.write(frame(ack("AE", "P0")) + frame(ack("AA", "P1")));
    line.read();
  }});
  MllpOutlet outlet(receiver.settings());
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
}

TEST_CASE("what is no acknowledgement is passed over") {
  Receiver receiver({[](Line& line) {
    line.read();
    line.write("HTTP/1.1 400 Bad Request\r\n\r\n" + frame("nonsense") + frame("MSH|^~\\&|EHR\r") +
               frame(ack("AA", "P1")));
    line.read();
  }});
  MllpOutlet outlet(receiver.settings());
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
}

TEST_CASE("a receiver that does not answer leaves the outcome unknown") {
  Receiver receiver({[](Line& line) {
    line.read();
    line.read();
  }});
  MllpOutlet outlet(impatient(receiver.settings()));
  const Delivery delivery = outlet.send(parcel("P1"));
  CHECK(delivery.outcome == Outcome::unknown);
  CHECK(delivery.text == "no answer in time");
}

TEST_CASE("a receiver that reads slowly but steadily is given up when the time is over, and the outcome is unknown") {
  const test::SlowReader receiver;
  MllpOutlet::Settings settings;
  settings.port = receiver.port();
  settings.reply_within = 500ms;
  MllpOutlet outlet(settings);
  Parcel large = parcel("P1");
  large.document += "OBX|1|TX|||" + std::string(4 << 20, 'x') + "\r";
  const auto began = std::chrono::steady_clock::now();
  CHECK(outlet.send(large).outcome == Outcome::unknown);
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("a connection that is lost after the message leaves the outcome unknown, and the next send opens another") {
  Receiver receiver({[](Line& line) { line.read(); },
                     [](Line& line) {
                       line.read();
                       line.write(frame(ack("AA", "P1")));
                       line.read();
                     }});
  MllpOutlet outlet(receiver.settings());
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::unknown);
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
}

TEST_CASE("a connection that the receiver closed while idle is opened again before the send") {
  std::promise<void> closed;
  Receiver receiver({[&](Line& line) {
                       line.read();
                       line.write(frame(ack("AA", "P1")));
                       line.close();
                       closed.set_value();
                     },
                     [](Line& line) {
                       line.read();
                       line.write(frame(ack("AA", "P2")));
                       line.read();
                     }});
  MllpOutlet outlet(receiver.settings());
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
  closed.get_future().wait();
  CHECK(outlet.send(parcel("P2")).outcome == Outcome::delivered);
}

TEST_CASE("AE, AR, CE and CR refuse, and the text names codes but no patient") {
  const std::vector<std::string> codes{"AE", "AR", "CE", "CR"};
  Receiver receiver({[&](Line& line) {
    for (const auto& code : codes) {
      line.read();
      line.write(frame(ack(code, "P1",
                           "ERR||PID^1^3|101^Required field missing^HL70357|E||||no MRN for MUELLER\r"
                           "ERR|||MUELLER|E\rERR|||204^Unknown key^HL70357|E\r")));
    }
    line.read();
  }});
  MllpOutlet outlet(receiver.settings());
  for (const auto& code : codes) {
    const Delivery delivery = outlet.send(parcel("P1"));
    CHECK(delivery.outcome == Outcome::refused);
    CHECK(delivery.text == code + " 101 204");
    CHECK(delivery.answer.find("MUELLER") != std::string::npos);
  }
}

TEST_CASE("where only the application's word counts, the commit is waited beyond") {
  Receiver receiver({[](Line& line) {
    line.read();
    line.write(frame(ack("CA", "P1")));
    line.write(frame(ack("AA", "P1")));
    line.read();
  }});
  auto settings = receiver.settings();
  settings.accept = {"AA"};
  MllpOutlet outlet(settings);
  CHECK(outlet.send(parcel("P1")).text == "AA");
}

TEST_CASE("an endpoint that is not there is unavailable") {
  MllpOutlet::Settings settings;
  {
    const Poco::Net::ServerSocket nobody(Poco::Net::SocketAddress("127.0.0.1", 0));
    settings.port = nobody.address().port();
  }
  MllpOutlet outlet(settings);
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::unavailable);
}

TEST_CASE("a message that holds a framing byte is refused before it is sent") {
  MllpOutlet outlet({});
  Parcel broken = parcel("P1");
  broken.document += "NTE|1||a\x1c\rMSH|^~\\&|second\r";
  CHECK(outlet.send(broken).outcome == Outcome::refused);
}

TEST_CASE("an answer that never ends is cut off") {
  Receiver receiver({[](Line& line) {
    line.read();
    line.write("\x0bMSH|" + std::string(1 << 20, 'x'));
    line.read();
  }});
  auto settings = receiver.settings();
  settings.answer_limit = 1000;
  MllpOutlet outlet(settings);
  CHECK(outlet.send(parcel("P1")).text == "the answer is too long");
}

TEST_CASE("a send that waits for its answer ends when the engine ends") {
  std::promise<void> received;
  Receiver receiver({[&](Line& line) {
    line.read();
    received.set_value();
    line.read();
  }});
  auto settings = receiver.settings();
  settings.reply_within = 10min;
  MllpOutlet outlet(settings);
  auto sending = std::async(std::launch::async, [&] { return outlet.send(parcel("P1")); });
  received.get_future().wait();
  outlet.stop();
  CHECK(sending.get().outcome == Outcome::unknown);
}

TEST_CASE("over TLS a parcel is delivered to the server whose name the certificate bears") {
  const Certificate certificate("localhost");
  Receiver receiver({[](Line& line) {
                      for (const auto* id : {"P1", "P2"}) {
                        line.read();
                        line.write(frame(ack("AA", id)));
                      }
                      line.read();
                    }},
                    encrypted(certificate));
  auto settings = receiver.settings();
  settings.host = "localhost";
  settings.tls = Tls{certificate.file()};
  MllpOutlet outlet(settings);
  CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
  CHECK(outlet.send(parcel("P2")).outcome == Outcome::delivered);
}

TEST_CASE("a server with another name, or from an authority that is not ours, gets no byte of a message") {
  const Certificate stranger("elsewhere.example"), right("localhost"), authority("localhost");
  const bool is_wrong_name = GENERATE(true, false);
  const Certificate& shown = is_wrong_name ? stranger : right;
  std::string received;
  {
    Receiver receiver({[&](Line& line) { received = line.read(); }}, encrypted(shown));
    auto settings = receiver.settings();
    settings.host = "localhost";
    settings.tls = Tls{is_wrong_name ? stranger.file() : authority.file()};
    MllpOutlet outlet(settings);
    const Delivery delivery = outlet.send(parcel("P1"));
    CHECK(delivery.outcome == Outcome::unavailable);
    CHECK_THAT(delivery.text, Catch::Contains("certificate", Catch::CaseSensitive::No));
  }
  CHECK(received.empty());
}

TEST_CASE("in release 2 a commit is waited beyond, the answer is committed, and a NAK tries again later") {
  std::vector<std::string> read;
  {
    Receiver receiver({[&](Line& line) {
      line.read();
      line.write(frame(kCommitted) + frame(ack("AA", "P1")));
      read.push_back(line.read());
      line.read();
      line.write(frame(kNotCommitted));
      read.push_back(line.read());
    }});
    auto settings = receiver.settings();
    settings.commits = true;
    MllpOutlet outlet(settings);
    CHECK(outlet.send(parcel("P1")).outcome == Outcome::delivered);
    CHECK(outlet.send(parcel("P2")).outcome == Outcome::unavailable);
  }
  CHECK(read == std::vector<std::string>{std::string(kCommitted), ""});
}

namespace {

/// An outlet that waits to be called, and the door where that is done.
struct Called {
  explicit Called(MllpDoor::Settings its_settings = {}) : door(std::make_shared<MllpDoor>(std::move(its_settings))) {
    MllpOutlet::Settings settings;
    settings.door = door;
    settings.reply_within = 5s;
    outlet = std::make_unique<MllpOutlet>(std::move(settings));
  }
  Line call() const { return Line(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", door->port()))); }

  std::shared_ptr<MllpDoor> door;
  std::unique_ptr<MllpOutlet> outlet;
};

}  // namespace

TEST_CASE("where the partner calls, parcels leave over the partner's connection, and wait until it is there") {
  Called called;
  CHECK_FALSE(called.outlet->is_ready());
  CHECK(called.outlet->send(parcel("C1")).outcome == Outcome::unavailable);
  Line partner = called.call();
  CHECK(called.outlet->is_ready());
  for (const std::string control_id : {"C1", "C2"}) {
    auto delivery = std::async(std::launch::async, [&] { return called.outlet->send(parcel(control_id)); });
    CHECK(partner.read() == parcel(control_id).document);
    partner.write(frame(ack("AA", control_id)));
    CHECK(delivery.get().outcome == Outcome::delivered);
  }
  CHECK(called.outlet->is_ready());
  {
    Line newer = called.call();
    auto delivery = std::async(std::launch::async, [&] { return called.outlet->send(parcel("C3")); });
    CHECK(newer.read() == parcel("C3").document);
    newer.write(frame(ack("AA", "C3")));
    CHECK(delivery.get().outcome == Outcome::delivered);
  }
  CHECK_FALSE(called.outlet->is_ready());
  partner.close();
  CHECK_FALSE(called.outlet->is_ready());
  Line again = called.call();
  CHECK(called.outlet->is_ready());
}

TEST_CASE("of two outlets at one door, only the one that has a partner is ready") {
  MllpDoor::Settings for_two;
  for_two.is_for_one = false;
  const Called called(for_two);
  MllpOutlet::Settings settings;
  settings.door = called.door;
  MllpOutlet second(settings);
  Line partner = called.call();
  CHECK(called.outlet->is_ready());
  CHECK_FALSE(second.is_ready());
  Line another = called.call();
  CHECK(second.is_ready());
}

TEST_CASE("where the partner calls, somebody else is hung up on") {
  MllpDoor::Settings settings;
  settings.callers.add({.network = Network::parse("10.1.2.0/24"), .certificate = "", .names = {}});
  Called called(std::move(settings));
  Line stranger = called.call();
  const Delivery delivery = called.outlet->send(parcel("C1"));
  CHECK(delivery.outcome == Outcome::unavailable);
  CHECK(stranger.read().empty());
}

TEST_CASE("where the partner calls, it is shown a certificate") {
  const Certificate certificate("localhost");
  MllpDoor::Settings settings;
  settings.tls = ServerTls{certificate.file(), certificate.key_file(), ""};
  Called called(std::move(settings));
  auto delivery = std::async(std::launch::async, [&] {
    while (!called.outlet->is_ready()) std::this_thread::yield();
    return called.outlet->send(parcel("C1"));
  });
  Line partner(
      connect("localhost", called.door->port(), Tls{certificate.file()}, std::chrono::steady_clock::now() + 5s));
  CHECK(partner.read() == parcel("C1").document);
  partner.write(frame(ack("AA", "C1")));
  CHECK(delivery.get().outcome == Outcome::delivered);
}

TEST_CASE("several in flight are all written before the first answer, which may come in any order") {
  std::vector<std::string> received;
  Receiver receiver({[&](Line& line) {
    for (int i = 0; i < 4; ++i) received.push_back(line.read());
    line.write(frame(ack("AA", "C3")) + frame(ack("AE", "C1")) + frame(ack("AA", "C9")) + frame(ack("AA", "C4")));
    line.read();
  }});
  MllpOutlet::Settings settings = impatient(receiver.settings());
  settings.in_flight = 4;
  MllpOutlet outlet(settings);
  const std::vector<Parcel> parcels{parcel("C1"), parcel("C2"), parcel("C3"), parcel("C4")};
  const auto deliveries = outlet.send_together(parcels);
  REQUIRE(received.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(received[i] == parcels[i].document);
  std::vector<Outcome> outcomes;
  for (const Delivery& each : deliveries) outcomes.push_back(each.outcome);
  CHECK(outcomes == std::vector{Outcome::refused, Outcome::unknown, Outcome::delivered, Outcome::delivered});
}

TEST_CASE("what was in flight when the connection broke is unknown, and what was answered is not") {
  Receiver receiver({[&](Line& line) {
    line.read();
    line.write(frame(ack("AA", "C1")));
    line.read();
    line.close();
  }});
  MllpOutlet::Settings settings = receiver.settings();
  settings.in_flight = 2;
  MllpOutlet outlet(settings);
  const auto deliveries = outlet.send_together(std::vector<Parcel>{parcel("C1"), parcel("C2")});
  CHECK(deliveries[0].outcome == Outcome::delivered);
  CHECK(deliveries[1].outcome == Outcome::unknown);
}

TEST_CASE("a parcel's sequence number goes out in MSH-13, and MSA-4 of the answer is read") {
  std::string received;
  {
    Receiver receiver({[&](Line& line) {
      received = line.read();
      line.write(frame("MSH|^~\\&|EHR|HOSP|PONS|HOSP|20261124||ACK|ACK|P|2.5\rMSA|AE|C1||41\r"));
    }});
    MllpOutlet outlet(receiver.settings());
    Parcel numbered = parcel("C1");
    numbered.number = 40;
    const Delivery delivery = outlet.send(numbered);
    CHECK(delivery.outcome == Outcome::refused);
    CHECK(delivery.expected_number == 41);
  }
  CHECK(received == "MSH|^~\\&|PONS|HOSP|EHR|HOSP|20261124||ORU^R01|C1|P|2.5|40\r");
}
