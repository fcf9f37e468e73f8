#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "engine/hl7/charset.h"
#include "engine/hl7/message.h"
#include "engine/hl7/read.h"
#include "engine/hl7/structure.h"

using namespace pons;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Reads what any route reads, so that reading is exercised too.
void read_through(const hl7::Message& message) {
  const hl7::Charset charset = hl7::charset_of(message, "");
  for (const char* path : {"MSH-9", "PID-3[*].1", "PID-5.1", "OBR[*]-4.2", "OBX[*]-5[*]", "ZDS-1.1"})
    for (const hl7::Found& found : hl7::find(message, *hl7::Path::parse(path))) hl7::text(found, charset);
  static_cast<void>(hl7::split(message, "OBR"));
}

struct Count {
  int same = 0, refused = 0;
};

/// Every message writes back the bytes that it was read from, or is refused with a reason.
Count round_trips(const fs::path& folder) {
  Count count;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".hl7") continue;
    const std::string bytes = bytes_of(entry.path());
    const auto message = hl7::Message::parse(bytes);
    if (!message) {
      CHECK_FALSE(message.fault().text.empty());
      ++count.refused;
      continue;
    }
    read_through(*message);
    INFO(entry.path());
    REQUIRE(message->write() == bytes);
    ++count.same;
  }
  return count;
}

}  // namespace

TEST_CASE("the kept messages of other people write back byte for byte") {
  const Count count = round_trips(fs::path(PONS_SOURCE_DIR) / "tests/corpus/messages");
  CHECK(count.same >= 45);
  CHECK(count.refused <= 5);
}

TEST_CASE("bad input is refused with a reason or read, and never crashes") {
  const Count count = round_trips(fs::path(PONS_SOURCE_DIR) / "tests/corpus/bad");
  CHECK(count.same + count.refused >= 10);
}

TEST_CASE("the whole corpus writes back byte for byte") {
  const char* set = std::getenv("PONS_CORPUS");
  const fs::path corpus = set ? fs::path(set) : fs::path(PONS_SOURCE_DIR) / "../shared/corpus";
  if (!fs::exists(corpus / "messages")) {
    WARN("there is no corpus at " << corpus << "; only the kept selection was read");
    return;
  }
  const Count messages = round_trips(corpus / "messages"), bad = round_trips(corpus / "bad");
  std::cout << "corpus: " << messages.same << " messages the same, " << messages.refused
            << " refused; bad: " << bad.same << " read, " << bad.refused << " refused\n";
  CHECK(messages.same > 2000);
  CHECK(messages.refused * 20 < messages.same);
}
