#include "adapters/http/health.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <deque>
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

constexpr std::size_t kMostAtOnce = 8;

/// Who connects and does not ask keeps nobody else waiting: the oldest of too many connections is hung up on.
class OldestGivesWay final : public Poco::Net::TCPServerConnectionFilter {
 public:
  bool accept(const Poco::Net::StreamSocket& socket) override {
    std::erase_if(open_, [](const auto& each) { return !each.impl()->initialized(); });
    if (open_.size() >= kMostAtOnce) {
      ::shutdown(open_.front().impl()->sockfd(), SHUT_RDWR);
      open_.pop_front();
    }
    open_.push_back(socket);
    return true;
  }

 private:
  std::deque<Poco::Net::StreamSocket> open_;  // of the thread that accepts
};

Poco::Net::ServerSocket listen(const HealthInlet::Settings& settings) {
  try {
    return Poco::Net::ServerSocket(Poco::Net::SocketAddress(settings.host, settings.port));
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
      server_(new PageFactory({std::move(metrics), std::move(is_ready)}), listen(settings), limits()) {
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
