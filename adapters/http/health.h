#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/ThreadPool.h>

#include <functional>
#include <string>

#include "engine/ports/inlet.h"

namespace pons {

/// /healthz (the process lives), /readyz (it serves: 200, else 503) and /metrics (Prometheus text). No patient data.
class HealthInlet final : public Inlet {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any that is free
  };

  HealthInlet(const Settings& settings, std::function<std::string()> metrics, std::function<bool()> is_ready);
  ~HealthInlet() override;

  void stop() override;
  std::string address() const override;
  std::uint16_t port() const override { return server_.port(); }

 private:
  const std::string host_;
  Poco::ThreadPool threads_;
  Poco::Net::HTTPServer server_;
};

}  // namespace pons
