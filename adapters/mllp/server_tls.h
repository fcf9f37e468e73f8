#pragma once

#include <Poco/Net/Context.h>

#include <string>
#include <vector>

#include "engine/base/time.h"

namespace pons {

/// Encrypted, TLS 1.2 or newer. PEM files.
struct ServerTls {
  std::string certificate, key;
  std::string clients;  // authorities: only clients that show a certificate of theirs; empty: any client
};

/// When the certificate in a PEM file ends; 1970 where it cannot be read.
Instant end_of_certificate(const std::string& path);

/// What a listener shows and wants to see. When one of its files has changed, the next connection sees the new ones;
/// what cannot be loaded, or has ended already, is logged, and the former stays.
class ServerContext final {
 public:
  /// Throws Poco::Exception for files that cannot be loaded.
  ServerContext(std::string name, ServerTls files);

  Poco::Net::Context::Ptr current();

 private:
  const std::string name_;  // of the endpoint
  const ServerTls files_;
  std::vector<long> stamp_;  // of the files as they were loaded, or tried
  Poco::Net::Context::Ptr context_;
};

}  // namespace pons
