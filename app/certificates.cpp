#include "app/certificates.h"

#include <spdlog/spdlog.h>

#include "adapters/mllp/server_tls.h"
#include "engine/base/certificate.h"

namespace pons {

ShownCertificate::ShownCertificate(std::string file, bool holds_from_start) : file_(std::move(file)) {
  if (holds_from_start) end_at_start_ = end();
}

Instant ShownCertificate::end() const {
  return end_at_start_ ? *end_at_start_ : end_of_certificate(file_);
}

Certificates certificates_of(const Site& site) {
  Certificates certificates;
  for (const auto& [name, endpoint] : site.endpoints()) {
    if (endpoint.is_off) continue;
    if (endpoint.server_tls)
      certificates.emplace(name, endpoint.server_tls->certificate);
    else if (!endpoint.tls_certificate.empty())
      certificates.emplace(name, endpoint.tls_certificate);
  }
  return certificates;
}

void warn_of_certificates(const Certificates& certificates, Instant now) {
  for (const auto& [endpoint, certificate] : certificates)
    if (const std::string warning = certificate_warning(certificate.end(), now); !warning.empty())
      spdlog::warn("{}: {}", endpoint, warning);
}

}  // namespace pons
