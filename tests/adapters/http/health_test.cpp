#include "adapters/http/health.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <vector>

#include "tests/support/connection_from.h"

using namespace pons;
using namespace std::chrono_literals;

namespace {

struct Health {
  HealthInlet inlet{{}, [] { return std::string("pons_parcels 0\n"); }, [] { return true; }};

  int get(const std::string& path) const {
    Poco::Net::HTTPClientSession session("127.0.0.1", inlet.port());
    session.setTimeout(Poco::Timespan(5, 0));
    Poco::Net::HTTPRequest request("GET", path);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    session.receiveResponse(response);
    return response.getStatus();
  }
  /// From that address of this machine.
  Poco::Net::StreamSocket connection(const std::string& from = "127.0.0.1") const {
    signal(SIGPIPE, SIG_IGN);
    return test::connection_from(from, inlet.port());
  }
};

}  // namespace

TEST_CASE("the port has one listener: another engine is told that it is taken") {
  const Health health;
  const auto port = health.inlet.port();
  CHECK_THROWS_WITH((HealthInlet(
                        {.port = port}, [] { return std::string(); }, [] { return true; })),
                    Catch::Contains("http cannot listen on 127.0.0.1:" + std::to_string(port)));
}

TEST_CASE("who connects and does not finish asking keeps nobody waiting") {
  const Health health;
  std::vector<Poco::Net::StreamSocket> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(health.connection());
    slow.back().sendBytes("GET /met", 8);
  }
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    const auto began = std::chrono::steady_clock::now();
    CHECK(health.get(path) == 200);
    CHECK(std::chrono::steady_clock::now() - began < 1s);
  }
}

TEST_CASE("of too many who do not finish asking, those of the address with most of them are hung up on") {
  const Health health;
  Poco::Net::StreamSocket early = health.connection("127.0.0.2");
  std::vector<Poco::Net::StreamSocket> many;
  for (int i = 0; i < 200; ++i) many.push_back(health.connection("127.0.0.3"));
  CHECK(health.get("/healthz") == 200);
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  early.sendBytes(request.data(), static_cast<int>(request.size()));
  early.setReceiveTimeout(Poco::Timespan(5, 0));
  char answer[15] = "";
  CHECK(early.receiveBytes(answer, 12) == 12);
  CHECK(std::string(answer) == "HTTP/1.1 200");
}

TEST_CASE("many who ask and go leave room for the next") {
  const Health health;
  for (int i = 0; i < 100; ++i) CHECK(health.get("/healthz") == 200);
  CHECK(health.get("/elsewhere") == 404);
}

TEST_CASE("a header without an end is hung up on") {
  const Health health;
  Poco::Net::StreamSocket socket = health.connection();
  socket.setReceiveTimeout(Poco::Timespan(10, 0));
  const std::string start = "GET /metrics HTTP/1.1\r\nX-Long: ", more(64 * 1024, 'x');
  char answer[1024];
  try {
    socket.sendBytes(start.data(), static_cast<int>(start.size()));
    for (int i = 0; i < 16; ++i) socket.sendBytes(more.data(), static_cast<int>(more.size()));
    while (socket.receiveBytes(answer, sizeof answer) > 0) continue;
  } catch (const Poco::TimeoutException&) {
    FAIL("it was read to no end");
  } catch (const Poco::Exception&) {
    SUCCEED("it was reset");
  }
  CHECK(health.get("/healthz") == 200);
}
