#include "adapters/http/health.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>

namespace pons {

namespace {

using Poco::Net::HTTPResponse;

struct Pages {
  std::function<std::string()> metrics;
  std::function<bool()> is_ready;

  std::pair<HTTPResponse::HTTPStatus, std::string> page(const std::string& path) const {
    if (path == "/healthz") return {HTTPResponse::HTTP_OK, "alive\n"};
    if (path == "/readyz")
      return is_ready() ? std::pair{HTTPResponse::HTTP_OK, std::string("ready\n")}
                        : std::pair{HTTPResponse::HTTP_SERVICE_UNAVAILABLE, std::string("the database is away\n")};
    if (path == "/metrics") return {HTTPResponse::HTTP_OK, metrics()};
    return {HTTPResponse::HTTP_NOT_FOUND, "there is /healthz, /readyz and /metrics\n"};
  }
};

class Page final : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Page(const Pages& pages) : pages_(pages) {}
  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    const auto [status, text] = pages_.page(request.getURI());
    response.setStatusAndReason(status);
    response.setContentType("text/plain; version=0.0.4; charset=utf-8");
    response.sendBuffer(text.data(), text.size());
  }

 private:
  const Pages& pages_;
};

class PageFactory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit PageFactory(Pages pages) : pages_(std::move(pages)) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new Page(pages_);  // Poco owns it
  }

 private:
  const Pages pages_;
};

constexpr std::size_t kMostAtOnce = 64;
constexpr int kBacklog = 512;

/// Who connects and does not ask keeps nobody else waiting: of too many connections the oldest is hung up on, of the
/// address that has most of them.
class OldestGivesWay final : public Poco::Net::TCPServerConnectionFilter {
 public:
  bool accept(const Poco::Net::StreamSocket& socket) override {
    std::erase_if(open_, [](const Open& each) { return !each.socket.impl()->initialized(); });
    if (open_.size() >= kMostAtOnce) one_gives_way();
    open_.push_back({socket, socket.peerAddress().host().toString()});
    return true;
  }

 private:
  struct Open {
    Poco::Net::StreamSocket socket;
    std::string address;
  };

  void one_gives_way() {
    std::map<std::string, std::size_t> of_address;
    for (const Open& each : open_) ++of_address[each.address];
    const auto one = std::max_element(open_.begin(), open_.end(), [&](const Open& left, const Open& right) {
      return of_address[left.address] < of_address[right.address];
    });
    ::shutdown(one->socket.impl()->sockfd(), SHUT_RDWR);
    open_.erase(one);
  }

  std::deque<Open> open_;  // of the thread that accepts; the oldest first
};

Poco::Net::ServerSocket listen(const HealthInlet::Settings& settings) {
  try {
    Poco::Net::ServerSocket socket;
    // Its constructor that listens would let another engine share the port.
    constexpr bool kSoonAgain = true, kShared = false;
    socket.bind(Poco::Net::SocketAddress(settings.host, settings.port), kSoonAgain, kShared);
    socket.listen(kBacklog);
    return socket;
  } catch (const Poco::Exception& error) {
    throw std::runtime_error(
        fmt::format("http cannot listen on {}:{}: {}", settings.host, settings.port, error.displayText()));
  }
}

Poco::Net::HTTPServerParams::Ptr limits() {
  Poco::Net::HTTPServerParams::Ptr limits(new Poco::Net::HTTPServerParams);
  limits->setMaxThreads(kMostAtOnce);
  limits->setTimeout(Poco::Timespan(10, 0));
  limits->setKeepAlive(false);
  return limits;
}

}  // namespace

HealthInlet::HealthInlet(const Settings& settings, std::function<std::string()> metrics, std::function<bool()> is_ready)
    : host_(settings.host),
      threads_(1, kMostAtOnce),
      server_(new PageFactory({std::move(metrics), std::move(is_ready)}), threads_, listen(settings), limits()) {
  server_.setConnectionFilter(new OldestGivesWay);
  server_.start();
}

HealthInlet::~HealthInlet() {
  stop();
}

void HealthInlet::stop() {
  server_.stopAll(true);
}

std::string HealthInlet::address() const {
  return fmt::format("http://{}:{}", host_, server_.port());
}

}  // namespace pons
