#include "adapters/mllp/server_tls.h"

#include <Poco/Exception.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "engine/base/certificate.h"

namespace pons {

namespace {

using Poco::Net::Context;

Context::Ptr load(const ServerTls& files) {
  Context::Ptr context(new Context(Context::TLS_SERVER_USE, files.key, files.certificate, files.clients,
                                   files.clients.empty() ? Context::VERIFY_NONE : Context::VERIFY_STRICT, 9, false));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(false);  // a client's certificate bears no host's name
  return context;
}

/// Differs when a file was written again or another one took its place.
std::vector<long> stamp_of(const ServerTls& files) {
  std::vector<long> stamp;
  for (const std::string* file : {&files.certificate, &files.key, &files.clients}) {
    struct stat found {};
    if (stat(file->c_str(), &found) != 0) continue;
    stamp.insert(stamp.end(),
                 {static_cast<long>(found.st_ino), found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec});
  }
  return stamp;
}

}  // namespace

Instant end_of_certificate(const std::string& path) {
  std::ifstream file(path);
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  return certificate_end(pem).value_or(Instant{});
}

ServerContext::ServerContext(std::string name, ServerTls files)
    : name_(std::move(name)), files_(std::move(files)), stamp_(stamp_of(files_)), context_(load(files_)) {}

Context::Ptr ServerContext::current() {
  std::vector<long> stamp = stamp_of(files_);
  if (stamp == stamp_) return context_;
  stamp_ = std::move(stamp);
  try {
    const Instant end = end_of_certificate(files_.certificate), now = SystemClock().now();
    Context::Ptr fresh = load(files_);
    const std::string warning = certificate_warning(end, now);
    if (end <= now) {  // partners would refuse it, while the former may hold still
      spdlog::error("{}: its certificate has changed, and the former stays: {}", name_, warning);
      return context_;
    }
    context_ = std::move(fresh);
    spdlog::info("{}: its certificate or key has changed, and holds from now on", name_);
    if (!warning.empty()) spdlog::warn("{}: {}", name_, warning);
  } catch (const Poco::Exception& error) {
    spdlog::error("{}: its certificate or key has changed and cannot be loaded, the former stays: {}", name_,
                  error.displayText());
  }
  return context_;
}

}  // namespace pons
