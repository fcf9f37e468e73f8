#include "engine/base/open_hours.h"

#include <catch2/catch.hpp>

using namespace pons;

namespace {

Instant at(const std::string& rfc3339) {
  return *from_rfc3339(rfc3339);
}

OpenHours hours(const std::string& text) {
  const auto hours = OpenHours::parse(text);
  REQUIRE(hours);
  return *hours;
}

std::string opens(const std::string& text, const std::string& instant) {
  return to_rfc3339(hours(text).opens(at(instant))).substr(0, 16);
}

}  // namespace

TEST_CASE("an endpoint is open from the first minute to before the last, on the days named") {
  const OpenHours open = hours("mon-fri 06:00-22:00 UTC");
  CHECK_FALSE(open.is_open(at("2026-11-24T05:59:59Z")));  // a Tuesday
  CHECK(open.is_open(at("2026-11-24T06:00:00Z")));
  CHECK(open.is_open(at("2026-11-24T21:59:59Z")));
  CHECK_FALSE(open.is_open(at("2026-11-24T22:00:00Z")));
  CHECK_FALSE(open.is_open(at("2026-11-28T12:00:00Z")));  // a Saturday
}

TEST_CASE("what waits on Friday evening goes on Monday morning") {
  CHECK(opens("mon-fri 06:00-22:00 UTC", "2026-11-27T22:00:00Z") == "2026-11-30T06:00");
  CHECK(opens("sun 10:00-11:00 UTC", "2026-11-29T11:00:00Z") == "2026-12-06T10:00");
}

TEST_CASE("open hours are those of the wall clock, in summer and in winter") {
  const std::string london = "mon-fri 06:00-22:00 Europe/London";
  CHECK(opens(london, "2026-07-01T00:00:00Z") == "2026-07-01T05:00");
  CHECK(opens(london, "2026-12-01T00:00:00Z") == "2026-12-01T06:00");
}

TEST_CASE("hours that pass midnight belong to the day on which they begin") {
  const OpenHours night = hours("fri 22:00-06:00 UTC");
  CHECK_FALSE(night.is_open(at("2026-11-27T05:00:00Z")));  // a Friday
  CHECK(night.is_open(at("2026-11-27T23:00:00Z")));
  CHECK(night.is_open(at("2026-11-28T05:59:00Z")));
  CHECK_FALSE(night.is_open(at("2026-11-28T06:00:00Z")));
}

TEST_CASE("a range of days may pass Sunday, and a day may be whole") {
  const OpenHours weekend = hours("sat-mon 00:00-24:00 UTC");
  CHECK_FALSE(weekend.is_open(at("2026-11-27T23:59:59Z")));
  CHECK(weekend.is_open(at("2026-11-29T00:00:00Z")));
  CHECK(weekend.is_open(at("2026-11-30T23:59:59Z")));
  CHECK_FALSE(weekend.is_open(at("2026-12-01T00:00:00Z")));
}

TEST_CASE("what are no open hours is refused, with an example") {
  for (const auto* text :
       {"", "always", "mon-fri", "mon-fry 06:00-22:00", "mon 6-22", "mon 06:00-25:00", "mon 06:00-06:00",
        "mon-tue-wed 06:00-22:00", "mon 06:00-22:00 Mars/Olympus", "mon 06:00-22:00 UTC and more"}) {
    INFO(text);
    const auto hours = OpenHours::parse(text);
    REQUIRE_FALSE(hours);
    CHECK(hours.fault().text.find("mon-fri 06:00-22:00 Europe/London") != std::string::npos);
  }
}
