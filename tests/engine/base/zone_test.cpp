#include <catch2/catch.hpp>

#include "engine/base/zone.h"

using namespace pons;

namespace {

std::string from_wall(const char* zone, const char* wall) {
  return to_rfc3339(Zone::named(zone)->from_wall(*from_rfc3339(wall)));
}

}  // namespace

TEST_CASE("a zone is one of the IANA database", "[zone]") {
  CHECK(Zone::named("Europe/London")->name() == "Europe/London");
  CHECK(Zone::named("UTC"));
  for (const char* bad : {"", "Europe/Londn", "GMT+5", "Etc/Unknown", "Mars/Olympus", "+0100"}) {
    INFO(bad);
    CHECK_FALSE(Zone::named(bad));
  }
}

TEST_CASE("a zone's offset follows its clocks", "[zone]") {
  const Zone london = *Zone::named("Europe/London");
  CHECK(london.offset_at(*from_rfc3339("2026-01-15T12:00:00Z")) == 0);
  CHECK(london.offset_at(*from_rfc3339("2026-07-15T12:00:00Z")) == 3600);
  CHECK(Zone::named("Asia/Kolkata")->offset_at(*from_rfc3339("2026-01-15T12:00:00Z")) == 19800);
  CHECK(to_rfc3339(london.to_wall(*from_rfc3339("2026-07-15T12:00:00.25Z"))) == "2026-07-15T13:00:00.250000Z");
}

TEST_CASE("a wall clock's time is an instant, the earlier one where clocks go back", "[zone]") {
  CHECK(from_wall("Europe/London", "2026-07-15T13:00:00Z") == "2026-07-15T12:00:00.000000Z");
  CHECK(from_wall("Europe/London", "2026-10-25T01:30:00Z") == "2026-10-25T00:30:00.000000Z");
  CHECK(from_wall("Europe/London", "2026-03-29T01:30:00Z") == "2026-03-29T01:30:00.000000Z");
  CHECK(from_wall("America/New_York", "2026-11-24T10:00:00.5Z") == "2026-11-24T15:00:00.500000Z");
}

TEST_CASE("a zone that is not named is the machine's own", "[zone]") {
  const Zone own;
  const Instant now = *from_rfc3339("2026-11-24T10:00:00Z");
  CHECK(own.name().empty());
  CHECK(own.from_wall(own.to_wall(now)) == now);
}
