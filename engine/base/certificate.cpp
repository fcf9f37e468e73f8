#include "engine/base/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace pons {

std::optional<Instant> certificate_end(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), X509_free);
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return {};
  return Instant(std::chrono::seconds(timegm(&end)));
}

std::string certificate_warning(Instant end, Instant now) {
  constexpr auto kSoon = std::chrono::days(30);
  if (end > now + kSoon) return "";
  if (end <= now) return "the certificate has ended at " + to_rfc3339(end) + ": put a new one in its place";
  return fmt::format("the certificate ends at {}, in {} days: put a new one in its place", to_rfc3339(end),
                     std::chrono::floor<std::chrono::days>(end - now).count());
}

}  // namespace pons
