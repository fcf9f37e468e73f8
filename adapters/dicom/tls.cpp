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

void show(DcmTLSTransportLayer& layer, const std::string& certificate, const std::string& key) {
  layer.setPrivateKeyPasswd("");  // else DCMTK asks the console
  expect(layer.setPrivateKeyFile(key.c_str(), DCF_Filetype_PEM), "the key", key);
  // With its chain; setCertificateFile() reads the first only, and keeps it for ever.
  if (SSL_CTX_use_certificate_chain_file(layer.getNativeHandle(), certificate.c_str()) != 1)
    expect(EC_IllegalCall, "the certificate", certificate);
  if (!layer.checkPrivateKeyMatchesCertificate())
    throw std::runtime_error(fmt::format("dicom: the key {} is not that of {}", key, certificate));
}

void trust(DcmTLSTransportLayer& layer, const char* whose, const std::string& authority) {
  if (!authority.empty())
    expect(layer.addTrustedCertificateFile(authority.c_str(), DCF_Filetype_PEM), whose, authority);
}

void restrict(DcmTLSTransportLayer& layer) {
  if (layer.setTLSProfile(TSP_Profile_BCP195_ND).bad() || layer.activateCipherSuites().bad())
    throw std::runtime_error("dicom: this OpenSSL lacks the cipher suites of BCP 195");
}

}  // namespace

std::unique_ptr<DcmTransportLayer> tls_layer(const DicomTls& tls) {
  auto layer = std::make_unique<DcmTLSTransportLayer>(NET_ACCEPTOR, nullptr, OFTrue);
  show(*layer, tls.certificate, tls.key);
  trust(*layer, "the clients' authority", tls.clients);
  layer->setCertificateVerification(tls.clients.empty() ? DCV_ignoreCertificate : DCV_requireCertificate);
  restrict(*layer);
  return layer;
}

std::unique_ptr<DcmTransportLayer> tls_layer(const DicomClientTls& tls) {
  auto layer = std::make_unique<DcmTLSTransportLayer>(NET_REQUESTOR, nullptr, OFTrue);
  if (!tls.certificate.empty()) show(*layer, tls.certificate, tls.key);
  trust(*layer, "the authority", tls.authority);
  layer->setCertificateVerification(DCV_requireCertificate);
  restrict(*layer);
  return layer;
}

}  // namespace pons
