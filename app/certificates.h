#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/route/site.h"

namespace pons {

/// What we show of ourselves: a PEM file.
class ShownCertificate final {
 public:
  /// `holds_from_start`: the file is read once only, here and where it is used.
  explicit ShownCertificate(std::string file, bool holds_from_start = false);

  /// 1970 where it cannot be read.
  Instant end() const;

 private:
  std::string file_;
  std::optional<Instant> end_at_start_;
};

using Certificates = std::map<std::string, ShownCertificate>;  // by endpoint

/// Of the site's endpoints, listening and sending.
Certificates certificates_of(const Site& site);

/// Warns in the log of those that end within 30 days, have ended or cannot be read.
void warn_of_certificates(const Certificates& certificates, Instant now);

}  // namespace pons
