#pragma once

#include <memory>
#include <string>

class DcmTransportLayer;

namespace pons {

/// How a listener is encrypted: PEM files. `clients`: the authority of those who may connect; empty: anybody may.
struct DicomTls {
  std::string certificate, key, clients;
};

/// TLS 1.2 and above, with the cipher suites of the Non-Downgrading BCP 195 profile (PS3.15 B.10). Throws
/// std::runtime_error with the file that is no good.
std::unique_ptr<DcmTransportLayer> tls_layer(const DicomTls& tls);

}  // namespace pons
