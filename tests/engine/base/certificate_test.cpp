#include "engine/base/certificate.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/certificate.h"

using namespace pons;
using namespace std::chrono_literals;

TEST_CASE("a PEM text says when its certificate ends, and others say nothing") {
  const Certificate certificate("localhost");  // for an hour
  std::ifstream file(certificate.file());
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  const auto end = certificate_end(pem);
  REQUIRE(end);
  const auto left = *end - SystemClock().now();
  CHECK((left > 59min && left <= 61min));
  CHECK(certificate_end("leading text\n" + pem) == end);
  CHECK_FALSE(certificate_end(pem.substr(0, pem.size() / 2)));
  CHECK_FALSE(certificate_end(""));
}

TEST_CASE("a certificate is warned of for its last thirty days, and after") {
  const Instant now = *from_rfc3339("2026-11-26T00:00:00Z");
  CHECK(certificate_warning(now + std::chrono::days(31), now).empty());
  CHECK(certificate_warning(now + std::chrono::days(7) + 1h, now).find("in 7 days") != std::string::npos);
  CHECK(certificate_warning(now, now).find("has ended") != std::string::npos);
}
