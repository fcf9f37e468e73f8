#pragma once

#include <Poco/Net/ServerSocket.h>

#include <mutex>
#include <optional>
#include <string>

#include "adapters/mllp/connection.h"
#include "adapters/mllp/server_tls.h"
#include "engine/message/callers.h"

namespace pons {

/// Where partners call whom we send to: `mode: server` of an endpoint that sends. Its outlets share it; whoever calls
/// waits in the backlog until one of them has no partner.
class MllpDoor final {
 public:
  struct Settings {
    std::string name;  // the endpoint's
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::optional<ServerTls> tls{};
    Callers callers{};       // the others are hung up on
    bool is_for_one = true;  // one connection: who calls again has given up the former one
  };

  /// Throws std::runtime_error when it cannot listen there.
  explicit MllpDoor(Settings settings);

  std::uint16_t port() const { return listening_.address().port(); }
  bool is_for_one() const { return settings_.is_for_one; }
  bool somebody_waits();
  /// The next one who may call, greeted; the others are logged and hung up on. Nothing: nobody is there.
  std::optional<Poco::Net::StreamSocket> next(Deadline deadline);

 private:
  const Settings settings_;
  std::mutex mutex_;  // guards what follows
  std::optional<ServerContext> tls_;
  Poco::Net::ServerSocket listening_;
};

}  // namespace pons
