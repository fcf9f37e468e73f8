#include "adapters/http/outlet.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "tests/support/certificate.h"
#include "tests/support/slow_reader.h"

using namespace pons;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

namespace {

/// One connection, as the server sees it.
class Line {
 public:
  explicit Line(Poco::Net::StreamSocket socket) : socket_(std::move(socket)) {
    socket_.setReceiveTimeout(Poco::Timespan(10, 0));
  }
  /// The next request, head and body; "" when the client hangs up.
  std::string read() {
    std::string buffer(4096, '\0');
    while (!is_whole()) {
      const int received = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (received <= 0) return "";
      pending_.append(buffer, 0, static_cast<std::size_t>(received));
    }
    return std::exchange(pending_, "");
  }
  void write(const std::string& bytes) { socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size())); }
  void answer(const std::string& status, const std::string& body = "", const std::string& headers = "") {
    write(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body));
  }
  void close() { socket_.close(); }

 private:
  bool is_whole() const {
    const auto end = pending_.find("\r\n\r\n");
    const auto length = pending_.find("Content-Length: ");
    return end != std::string::npos && length < end &&
           pending_.size() == end + 4 + std::stoul(pending_.substr(length + 16));
  }

  Poco::Net::StreamSocket socket_;
  std::string pending_;
};

/// A server that plays one scene for each connection, in order.
class Server {
 public:
  using Scene = std::function<void(Line&)>;

  explicit Server(std::vector<Scene> scenes, Poco::Net::ServerSocket listening = in_clear())
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
  ~Server() { thread_.join(); }

  PostTarget target(const std::string& path = "/fhir") const {
    PostTarget target;
    target.url = fmt::format("http://127.0.0.1:{}{}", listening_.address().port(), path);
    target.reply_within = 10s;
    return target;
  }
  std::uint16_t port() const { return listening_.address().port(); }

 private:
  static Poco::Net::ServerSocket in_clear() {
    return Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0));
  }

  Poco::Net::ServerSocket listening_;
  std::thread thread_;
};

/// A server that answers each request on one connection with the next of these.
Server::Scene answering(std::vector<std::string> statuses, std::string body = "", std::string headers = "") {
  return [=](Line& line) {
    for (const auto& status : statuses) {
      line.read();
      line.answer(status, body, headers);
    }
    line.read();
  };
}

Parcel parcel(const std::string& content_type = Parcel::kFhir) {
  signal(SIGPIPE, SIG_IGN);  // as the engine does
  Parcel parcel;
  parcel.control_id = "P1";
  parcel.content_type = content_type;
  parcel.document = R"({"resourceType":"Bundle","type":"transaction"})";
  return parcel;
}

PostTarget impatient(PostTarget target) {
  target.reply_within = 300ms;
  return target;
}

}  // namespace

TEST_CASE("a Bundle is posted to the base URL byte for byte and delivered when the server created it") {
  std::string request;
  {
    Server server({[&](Line& line) {
      request = line.read();
      line.answer("200 OK", R"({"resourceType":"Bundle","entry":[{"response":{"status":"201 Created"}}]})");
      line.read();
    }});
    HttpOutlet outlet(server.target());
    CHECK(outlet.send(parcel()).outcome == Outcome::delivered);
  }
  CHECK_THAT(request, Catch::StartsWith("POST /fhir HTTP/1.1\r\n"));
  CHECK_THAT(request, Catch::Contains("\r\nContent-Type: application/fhir+json\r\n"));
  CHECK_THAT(request, Catch::Contains("\r\nAccept: application/fhir+json\r\n"));
  CHECK_THAT(request, Catch::EndsWith("\r\n\r\n" + parcel().document));
}

TEST_CASE("a webhook gets the document with the parcel's content type and its control id as Idempotency-Key") {
  std::string request;
  {
    Server server({[&](Line& line) {
      request = line.read();
      line.answer("202 Accepted");
      line.read();
    }});
    HttpOutlet outlet(server.target("/desk?ward=3"));
    CHECK(outlet.send(parcel(Parcel::kJson)).outcome == Outcome::delivered);
  }
  CHECK_THAT(request, Catch::StartsWith("POST /desk?ward=3 HTTP/1.1\r\n"));
  CHECK_THAT(request, Catch::Contains("\r\nContent-Type: application/json\r\n"));
  CHECK_THAT(request, Catch::Contains("\r\nIdempotency-Key: P1\r\n"));
}

TEST_CASE("a control id cannot smuggle a header") {
  std::string request;
  {
    Server server({[&](Line& line) {
      request = line.read();
      line.answer("200 OK");
      line.read();
    }});
    HttpOutlet outlet(server.target());
    Parcel smuggler = parcel(Parcel::kJson);
    smuggler.control_id = "P1\r\nAuthorization: mine";
    outlet.send(smuggler);
  }
  CHECK(request.find("\nAuthorization") == std::string::npos);
}

TEST_CASE("the connection stays open from one document to the next") {
  Server server({answering({"200 OK", "201 Created", "204 No Content"})});
  HttpOutlet outlet(server.target());
  for (int i = 0; i < 3; ++i) CHECK(outlet.send(parcel()).outcome == Outcome::delivered);
}

TEST_CASE("400, 403, 404, 410, 412 and 422 refuse; 409, 429 and 5xx ask to come again") {
  const std::vector<std::string> refusing{"400 Bad",  "403 No",          "404 None",
                                          "410 Gone", "412 Several fit", "422 Breaks a rule"};
  const std::vector<std::string> passing{"401 Who?",   "409 Conflict", "429 Too many",
                                         "500 Broken", "502 Gateway",  "503 Later"};
  Server server({answering(refusing), answering(passing)});
  {
    HttpOutlet outlet(server.target());
    for (const auto& status : refusing) {
      INFO(status);
      CHECK(outlet.send(parcel()).outcome == Outcome::refused);
    }
  }
  HttpOutlet outlet(server.target());
  for (const auto& status : passing) {
    INFO(status);
    CHECK(outlet.send(parcel()).outcome == Outcome::unavailable);
  }
}

TEST_CASE("a server says when to come back") {
  Server server({answering({"503 Later"}, "", "Retry-After: 120\r\n"),
                 answering({"503 Later"}, "", "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT\r\n")});
  CHECK(HttpOutlet(server.target()).send(parcel()).come_back_in == 2min);
  CHECK(HttpOutlet(server.target()).send(parcel()).come_back_in == 0s);
}

TEST_CASE("a gateway that lost the answer leaves the outcome unknown") {
  Server server({answering({"504 Gateway Timeout"})});
  CHECK(HttpOutlet(server.target()).send(parcel()).outcome == Outcome::unknown);
}

TEST_CASE("a redirect is not followed") {
  Server server({answering({"307 Elsewhere"}, "", "Location: http://127.0.0.1:1/\r\n")});
  const Delivery delivery = HttpOutlet(server.target()).send(parcel());
  CHECK(delivery.outcome == Outcome::unavailable);
  CHECK_THAT(delivery.text, Catch::Contains("write the final address"));
}

TEST_CASE("one entry that failed inside a 200 is no delivery") {
  const auto answer = [](const std::string& second) {
    return R"({"resourceType":"Bundle","entry":[{"response":{"status":"200"}},{"response":{)" + second + "}}]}";
  };
  Server server({answering({"200 OK"}, answer(R"("status":"422")")), answering({"200 OK"}, answer(R"("status":"503")")),
                 answering({"200 OK"}, answer("")), answering({"200 OK"}, "<html>please sign in</html>")});
  const Delivery refused = HttpOutlet(server.target()).send(parcel());
  CHECK(refused.outcome == Outcome::refused);
  CHECK(refused.text == "HTTP 200, but entry[1] has 422");
  CHECK(HttpOutlet(server.target()).send(parcel()).outcome == Outcome::unavailable);
  CHECK(HttpOutlet(server.target()).send(parcel()).outcome == Outcome::unknown);
  CHECK(HttpOutlet(server.target()).send(parcel()).outcome == Outcome::unknown);
}

TEST_CASE("a refusal names the server's codes but no patient, and its answer is kept") {
  const std::string outcome =
      R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"business-rule",)"
      R"("diagnostics":"no such patient MUELLER"},{"code":"MUELLER^HANS"}]})";
  Server server({answering({"422 No"}, outcome)});
  const Delivery delivery = HttpOutlet(server.target()).send(parcel());
  CHECK(delivery.text == "HTTP 422 (business-rule)");
  CHECK(delivery.answer == outcome);
}

TEST_CASE(
    "a connection that is lost after the document leaves the outcome unknown, and the next send opens "
    "another") {
  Server server({[](Line& line) { line.read(); }, answering({"200 OK"})});
  HttpOutlet outlet(server.target());
  CHECK(outlet.send(parcel()).outcome == Outcome::unknown);
  CHECK(outlet.send(parcel()).outcome == Outcome::delivered);
}

TEST_CASE("an answer in pieces, and one of unknown length, are read whole") {
  const std::string bundle = R"({"resourceType":"Bundle","entry":[]})";
  Server server({[&](Line& line) {
    line.read();
    for (const char byte : "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bundle.size()) + "\r\n\r\n" + bundle)
      line.write(std::string(1, byte));
    line.read();
    line.write(fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", bundle.size()));
    line.write(bundle + "\r\n0\r\n\r\n");
    line.read();
  }});
  HttpOutlet outlet(server.target());
  for (int i = 0; i < 2; ++i) {
    const Delivery delivery = outlet.send(parcel());
    CHECK(delivery.outcome == Outcome::delivered);
    CHECK(delivery.answer == bundle);
  }
}

TEST_CASE("an answer that is too long leaves the outcome unknown") {
  Server server({answering({"200 OK"}, std::string(5000, ' '))});
  auto target = server.target();
  target.answer_limit = 1000;
  CHECK(HttpOutlet(target).send(parcel()).outcome == Outcome::unknown);
}

TEST_CASE("an answer that breaks off leaves the outcome unknown") {
  Server server({[](Line& line) {
                   line.read();
                   line.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"resource");
                 },
                 [](Line& line) {
                   line.read();
                   line.write("HTTP/1.1 2");
                 }});
  CHECK(HttpOutlet(server.target()).send(parcel()).outcome == Outcome::unknown);
  CHECK(HttpOutlet(server.target()).send(parcel()).outcome == Outcome::unknown);
}

TEST_CASE("a connection that the server closed while idle is opened again before the send") {
  std::promise<void> closed;
  Server server({[&](Line& line) {
                   line.read();
                   line.answer("200 OK");
                   line.close();
                   closed.set_value();
                 },
                 answering({"200 OK"})});
  HttpOutlet outlet(server.target());
  CHECK(outlet.send(parcel()).outcome == Outcome::delivered);
  closed.get_future().wait();
  CHECK(outlet.send(parcel()).outcome == Outcome::delivered);
}

TEST_CASE("a server that is too slow leaves the outcome unknown, and its late answer is nobody's") {
  std::promise<void> given_up;
  Server server({[&](Line& line) {
                   line.read();
                   given_up.get_future().wait();
                 },
                 answering({"422 No"})});
  HttpOutlet outlet(impatient(server.target()));
  const Delivery delivery = outlet.send(parcel());
  CHECK(delivery.outcome == Outcome::unknown);
  CHECK(delivery.text == "no answer in time");
  given_up.set_value();
  CHECK(outlet.send(parcel()).outcome == Outcome::refused);
}

TEST_CASE("a server that reads slowly but steadily is given up when the time is over, and the outcome is unknown") {
  const test::SlowReader server;
  HttpOutlet outlet({.url = fmt::format("http://127.0.0.1:{}/fhir", server.port()), .reply_within = 500ms});
  Parcel large = parcel();
  large.document = R"({"resourceType":"Binary","data":")" + std::string(4 << 20, 'x') + "\"}";
  const auto began = std::chrono::steady_clock::now();
  const Delivery delivery = outlet.send(large);
  CHECK(delivery.outcome == Outcome::unknown);
  CHECK(delivery.text == "no answer in time");
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("a server that is not there is unavailable") {
  PostTarget target;
  {
    const Poco::Net::ServerSocket nobody(Poco::Net::SocketAddress("127.0.0.1", 0));
    target.url = fmt::format("http://127.0.0.1:{}/", nobody.address().port());
  }
  CHECK(HttpOutlet(target).send(parcel()).outcome == Outcome::unavailable);
}

TEST_CASE("a send that waits for its answer ends when the engine ends") {
  std::promise<void> received;
  Server server({[&](Line& line) {
    line.read();
    received.set_value();
    line.read();
  }});
  auto target = server.target();
  target.reply_within = 10min;
  HttpOutlet outlet(target);
  auto sending = std::async(std::launch::async, [&] { return outlet.send(parcel()); });
  received.get_future().wait();
  outlet.stop();
  CHECK(sending.get().outcome == Outcome::unknown);
}

TEST_CASE("over https a server gets nothing unless its certificate bears its name") {
  using Poco::Net::Context;
  const bool is_right = GENERATE(true, false);
  const Certificate certificate(is_right ? "localhost" : "elsewhere.example");
  std::string request;
  {
    const Context::Ptr context(
        new Context(Context::TLS_SERVER_USE, certificate.key_file(), certificate.file(), "", Context::VERIFY_NONE));
    Server server({[&](Line& line) {
                    request = line.read();
                    line.answer("200 OK");
                    line.read();
                  }},
                  Poco::Net::SecureServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0), 64, context));
    auto target = server.target();
    target.url = fmt::format("https://localhost:{}/", server.port());
    target.ca_file = certificate.file();
    CHECK(HttpOutlet(target).send(parcel()).outcome == (is_right ? Outcome::delivered : Outcome::unavailable));
  }
  CHECK(request.empty() == !is_right);
}

TEST_CASE("an address that is no URL to post to is no setting") {
  PostTarget target;
  target.url = "ftp://127.0.0.1/in";
  CHECK_THROWS_AS(HttpOutlet(target), Poco::Exception);
}
