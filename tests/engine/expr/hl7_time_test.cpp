#include <catch2/catch.hpp>

#include "engine/expr/expr.h"

using namespace pons;

namespace {

std::string instant_of(const std::string& text, const char* zone = "Europe/London") {
  const auto time = HL7Time::parse(text);
  return time ? to_rfc3339(time->instant(*Zone::named(zone))) : "! " + time.fault().text;
}

}  // namespace

TEST_CASE("a date is read with the precision it was given in", "[time]") {
  CHECK(HL7Time::parse("2026")->digits == "2026");
  CHECK(HL7Time::parse("202611")->digits == "202611");
  CHECK(HL7Time::parse("20261124")->digits == "20261124");
  CHECK(HL7Time::parse("202611241015")->digits == "202611241015");
  const auto full = HL7Time::parse("20261124101530.1234-0530");
  CHECK(full->digits == "20261124101530");
  CHECK(full->fraction == "1234");
  CHECK(full->offset_minutes == -330);
  CHECK_FALSE(HL7Time::parse("20261124")->offset_minutes);
}

TEST_CASE("a date becomes an instant in its own offset, else in the endpoint's zone", "[time]") {
  CHECK(instant_of("20261124101530") == "2026-11-24T10:15:30.000000Z");
  CHECK(instant_of("20260724101530") == "2026-07-24T09:15:30.000000Z");
  CHECK(instant_of("20260724101530+0000") == "2026-07-24T10:15:30.000000Z");
  CHECK(instant_of("20261124101530.25-0500") == "2026-11-24T15:15:30.250000Z");
  CHECK(instant_of("2026") == "2026-01-01T00:00:00.000000Z");
  CHECK(instant_of("20261124", "Asia/Tokyo") == "2026-11-23T15:00:00.000000Z");
  CHECK(instant_of(" 20261124 ") == "2026-11-24T00:00:00.000000Z");
}

TEST_CASE("what is no date says what to write", "[time]") {
  for (const char* bad :
       {"", "ASAP", "24.11.2026", "2026-11-24", "20261324", "20260229", "2026112", "202611242460", "20261124101530.",
        "2026112410.5", "20261124+01", "20261124101530+2500", "202611241015301", "0930", "20261124 1015"}) {
    INFO(bad);
    const auto time = HL7Time::parse(bad);
    REQUIRE_FALSE(time);
    CHECK(time.fault().code == 102);
    CHECK(time.fault().text.find("write YYYYMMDD") != std::string::npos);
  }
}
