// 20 fields of a 1 KB message read on one core, the message parsed anew each time; the parse alone; and the same for
// messages of 10, 100 and 1,000 times the OBX segments: time must grow with the size and no faster. Then an ORU built
// field by field. All in processor time: what else the machine does is not ours.
//
// Usage: bench_parse [--seconds N]
// Each figure takes N (1) seconds.
#include <fmt/core.h>

#include <array>
#include <ctime>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/hl7/edit.h"
#include "engine/hl7/message.h"
#include "engine/hl7/path.h"
#include "engine/hl7/read.h"
#include "tests/bench/options.h"

using namespace pons;

namespace {

/// An ORU^R01 with so many OBX segments; ten make about 1 KB.
std::string result(int observations) {
  std::string message =
      "MSH|^~\\&|RIS|NORTH|EHR|HOSP|20261124100000||ORU^R01^ORU_R01|C1|P|2.5.1\r"
      "PID|1||M1^^^HOSP^MR~991^^^NHS^NH||DOE^JANE^ANN||19800102|F|||1 High Street^^Town^^12345\r"
      "PV1|1|I|RADX^4^2|||||D1^WHO^ALAN\r"
      "ORC|RE|P1|F1||CM||^^^20261125093000\r"
      "OBR|1|P1|F1|CT1^CT head^L|||20261124093000|||||||||D1^WHO^ALAN||A1|R1|S1||20261124095500||CT|F\r";
  for (int i = 1; i <= observations; ++i)
    message += "OBX|" + std::to_string(i) + "|TX|GDT^Report^L||No sign of an acute lesion; line " + std::to_string(i) +
               "||||||F\r";
  return message;
}

const std::array<const char*, 20> kFields{
    "MSH-3", "MSH-4", "MSH-9.1", "MSH-9.2", "MSH-10", "PID-3.1", "PID-3[5 = NH].1", "PID-5.1", "PID-5.2", "PID-7",
    "PID-8", "PV1-2", "PV1-3.1", "ORC-1",   "ORC-3",  "OBR-3",   "OBR-4.1",         "OBR-18",  "OBR-25",  "OBX-5"};

/// What the ORU is built of, segment by segment.
const std::array<std::pair<const char*, const char*>, 24> kBuilt{{
    {"MSH-3", "RIS"},
    {"MSH-4", "NORTH"},
    {"MSH-7", "20261124100000"},
    {"MSH-9.1", "ORU"},
    {"MSH-9.2", "R01"},
    {"MSH-9.3", "ORU_R01"},
    {"MSH-10", "C1"},
    {"MSH-11", "P"},
    {"MSH-12", "2.5.1"},
    {"PID-3.1", "M1"},
    {"PID-3.4.1", "HOSP"},
    {"PID-3.5", "MR"},
    {"PID-5.1", "DOE"},
    {"PID-5.2", "JANE"},
    {"PID-7", "19800102"},
    {"PID-8", "F"},
    {"OBR-2", "P1"},
    {"OBR-3", "F1"},
    {"OBR-4.1", "CT1"},
    {"OBR-25", "F"},
    {"OBX-2", "TX"},
    {"OBX-3.1", "GDT"},
    {"OBX-5", "No acute lesion."},
    {"OBX-11", "F"},
}};

/// Nanoseconds a call, over at least so many seconds. What is read is added up, so that no compiler leaves the work
/// out.
template <class Work>
double nanoseconds(double at_least, Work&& work) {
  std::size_t calls = 0, read = 0;
  const std::clock_t began = std::clock();
  double seconds = 0;
  do {
    for (int i = 0; i < 16; ++i) read += work();
    calls += 16;
    seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  } while (seconds < at_least);
  if (read == 0) throw std::runtime_error("nothing was read");
  return seconds * 1e9 / static_cast<double>(calls);
}

}  // namespace

int main(int argc, char** argv) {
  double at_least = 1;
  bench::read_options(argc, argv, "bench_parse: reading and building", {.seconds = &at_least});
  std::vector<hl7::Path> paths;
  for (const char* each : kFields) paths.push_back(*hl7::Path::parse(each));
  fmt::print("   bytes   parse µs   parse and 20 fields µs   parse ns/byte\n");
  for (const int observations : {10, 100, 1'000, 10'000}) {
    const std::string bytes = result(observations);
    const double parse = nanoseconds(at_least, [&] { return hl7::Message::parse(bytes)->size(); });
    const double both = nanoseconds(at_least, [&] {
      const auto message = hl7::Message::parse(bytes);
      std::size_t read = 0;
      for (const hl7::Path& each : paths)
        if (const auto found = hl7::first_match(*message, each)) read += found->raw.size();
      return read;
    });
    fmt::print("{:>8} {:>10.2f} {:>24.2f} {:>15.2f}\n", bytes.size(), parse / 1000, both / 1000,
               parse / static_cast<double>(bytes.size()));
  }
  std::vector<std::pair<hl7::Path, const char*>> values;
  for (const auto& [path, text] : kBuilt) values.emplace_back(*hl7::Path::parse(path), text);
  const double built = nanoseconds(at_least, [&] {
    hl7::Message message = hl7::Message::empty();
    for (const auto& [path, text] : values)
      if (!hl7::set(message, path, hl7::State::value, text)) throw std::runtime_error("a value was refused");
    return message.write().size();
  });
  fmt::print("\nan ORU of {} values built: {:.2f} µs\n", values.size(), built / 1000);
  return 0;
}
