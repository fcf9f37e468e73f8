#pragma once

#include <memory>
#include <string>

class DcmTransportLayer;

namespace pons {

/// How a listener is encrypted: PEM files. `clients`: the authority of those who may connect; empty: anybody may.
struct DicomTls {
  std::string certificate, key, clients;
};

/// How we call: `authority` of those whom we call; our certificate and its key where they want to see one, else empty.
struct DicomClientTls {
  std::string authority, certificate, key;
};

/// TLS 1.2 and above, with the cipher suites of the Non-Downgrading BCP 195 profile (PS3.15 B.10). Throws
/// std::runtime_error with the file that is no good.
std::unique_ptr<DcmTransportLayer> tls_layer(const DicomTls& tls);
/// The same for calls of ours.
std::unique_ptr<DcmTransportLayer> tls_layer(const DicomClientTls& tls);

}  // namespace pons
