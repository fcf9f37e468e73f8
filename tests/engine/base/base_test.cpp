#include <catch2/catch.hpp>

#include <future>
#include <thread>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

using namespace pons;

TEST_CASE("a whole number is all of the text, and digits are nothing but 0 to 9") {
  CHECK(whole_number("17") == 17);
  CHECK(whole_number("-1") == -1);
  for (const char* other : {"", "17 ", "+17", "1.0", "0x1", "99999999999999999999"}) CHECK_FALSE(whole_number(other));
  CHECK(all_digits("0123456789"));
  CHECK(all_digits(""));
  CHECK_FALSE(all_digits("12a"));
  CHECK_FALSE(all_digits("-1"));
}

TEST_CASE("a time is written and read back the same") {
  const auto instant = from_rfc3339("2026-11-24T10:00:00.123456Z");
  REQUIRE(instant);
  CHECK(to_rfc3339(*instant) == "2026-11-24T10:00:00.123456Z");
  CHECK(to_hl7(*instant) == "20261124100000+0000");
  CHECK(from_rfc3339("2026-11-24T12:00:00.123456+02:00") == instant);
  CHECK_FALSE(from_rfc3339("2026-13-45T10:00:00Z"));
  CHECK_FALSE(from_rfc3339("yesterday"));
}

TEST_CASE("durations are read as people write them") {
  CHECK(parse_duration("15m") == std::chrono::minutes(15));
  CHECK(parse_duration("3d") == std::chrono::hours(72));
  CHECK(parse_duration("500ms") == std::chrono::milliseconds(500));
  CHECK_FALSE(parse_duration("15"));
  CHECK_FALSE(parse_duration("m"));
  CHECK(to_text(std::chrono::minutes(15)) == "15m");
  CHECK(to_text(std::chrono::hours(72)) == "3d");
}

TEST_CASE("a name always makes the same valid UID") {
  CHECK(uid_from("F1^HOSP") == uid_from("F1^HOSP"));
  CHECK(uid_from("F1^HOSP") != uid_from("F2^HOSP"));
  CHECK(uid_from("F1^HOSP").substr(0, 5) == "2.25.");
  CHECK(uid_from("F1^HOSP").size() <= 44);
  CHECK(uuid_from("F1^HOSP") == "49fcbf86-90a4-5461-b677-2ee2b7cb319e");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("many threads hash at the same time") {
  std::vector<std::future<bool>> threads;
  for (int i = 0; i < 4; ++i) {
    threads.push_back(std::async(std::launch::async, [] {
      bool same = true;
      for (int n = 0; n < 20'000; ++n) {
        same = same && sha256("abc").front() == '\xba';
        std::this_thread::sleep_for(std::chrono::microseconds(n % 7));
      }
      return same;
    }));
  }
  for (std::future<bool>& each : threads) CHECK(each.get());
}

TEST_CASE("a suggestion is near, or there is none") {
  CHECK(nearest("PatientNam", {"PatientName", "PatientID"}) == "PatientName");
  CHECK(nearest("Modalty", {"Modality"}) == "Modality");
  CHECK(nearest("xyz", {"Modality", "PatientID"}).empty());
  CHECK(nearest(std::string(200, 'a'), {std::string(201, 'a')}).empty());
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("kitten", "sitting", 2) > 2);
  CHECK(distances_to_beginnings("acces", "accession", 4) == std::vector<std::size_t>{5, 4, 3, 2, 1, 0, 1, 2, 3, 4});
}

TEST_CASE("malformed UTF-8 is told from good") {
  CHECK(is_utf8("M\xc3\xbcller"));
  CHECK_FALSE(is_utf8("M\xfcller"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
  CHECK_FALSE(is_utf8("\xc3"));
}
