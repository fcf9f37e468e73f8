#include "adapters/dicom/tls.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmtls/tlslayer.h>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <stdexcept>

namespace pons {

namespace {

void expect(const OFCondition& done, const char* what, const std::string& file) {
  if (done.bad()) throw std::runtime_error(fmt::format("dicom: {} {} cannot be read as PEM", what, file));
}

}  // namespace

std::unique_ptr<DcmTransportLayer> tls_layer(const DicomTls& tls) {
  auto layer = std::make_unique<DcmTLSTransportLayer>(NET_ACCEPTOR, nullptr, OFTrue);
  layer->setPrivateKeyPasswd("");  // else DCMTK asks the console
  expect(layer->setPrivateKeyFile(tls.key.c_str(), DCF_Filetype_PEM), "the key", tls.key);
  // With its chain; setCertificateFile() reads the first only, and keeps it for ever.
  if (SSL_CTX_use_certificate_chain_file(layer->getNativeHandle(), tls.certificate.c_str()) != 1)
    expect(EC_IllegalCall, "the certificate", tls.certificate);
  if (!layer->checkPrivateKeyMatchesCertificate())
    throw std::runtime_error(fmt::format("dicom: the key {} is not that of {}", tls.key, tls.certificate));
  if (!tls.clients.empty())
    expect(layer->addTrustedCertificateFile(tls.clients.c_str(), DCF_Filetype_PEM), "the clients' authority",
           tls.clients);
  layer->setCertificateVerification(tls.clients.empty() ? DCV_ignoreCertificate : DCV_requireCertificate);
  if (layer->setTLSProfile(TSP_Profile_BCP195_ND).bad() || layer->activateCipherSuites().bad())
    throw std::runtime_error("dicom: this OpenSSL lacks the cipher suites of BCP 195");
  return layer;
}

}  // namespace pons
