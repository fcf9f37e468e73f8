// C-FIND over one open association, first request to final response, 20 matches among 1,000, 10,000 and so on scheduled
// steps; beside it, in the same run, the same DICOM road with 20 canned answers and no database. Then eight
// associations at once, without and with 50 silent ones beside them; keys that no index knows, and one list of 50,000
// answers with what it added to this process's memory at its highest.
//
// Usage: bench_worklist [--scale S] [--seconds N]
// The largest list has S (0.1) times a million steps; each row takes N (5) seconds. Exit code 1: something was answered
// that is not in the list, or was not that is.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/dicom/inlet.h"
#include "adapters/postgres/cluster.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/schema.h"
#include "adapters/postgres/worklist.h"
#include "tests/bench/bench.h"
#include "tests/bench/modality.h"
#include "tests/bench/options.h"

using namespace pons;
using bench::asking, bench::kTypical, bench::milliseconds_since, bench::Modality;
using Steady = std::chrono::steady_clock;

namespace {

struct Canned final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>& take) override {
    for (int i = 0; i < 20; ++i) take({bench::kItem, R"({"PatientName":"DOE^JANE","PatientID":"M1"})"});
  }
};

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { throw std::logic_error("only the worklist is measured"); }
};

/// The door at which modalities ask.
class Door {
 public:
  explicit Door(Worklist& worklist)
      : inlet_({.stations = {{"CT1", "CT"}}, .limit = 0, .threads = 64}, worklist, counter_, clock_) {}
  std::uint16_t port() const { return inlet_.port(); }

 private:
  NoCounter counter_;
  const SystemClock clock_;
  DicomInlet inlet_;
};

void must_be(std::size_t answers, std::size_t wanted) {
  if (answers != wanted) throw std::runtime_error(fmt::format("{} answers where {} are wanted", answers, wanted));
}

void measure(const std::string& name, Worklist& worklist, double seconds, std::size_t wanted = 20,
             const std::map<std::string, std::string>& values = kTypical) {
  const Door door(worklist);
  Modality modality(door.port());
  const dicom::Dataset keys = asking(values);
  std::vector<double> times, first_answers;
  const auto all_began = Steady::now();
  do {
    const auto began = Steady::now();
    must_be(modality.find(keys), wanted);
    times.push_back(milliseconds_since(began));
    first_answers.push_back(modality.first_answer());
  } while (milliseconds_since(all_began) < seconds * 1000);
  std::sort(times.begin(), times.end());
  std::sort(first_answers.begin(), first_answers.end());
  const auto at = [](const std::vector<double>& sorted, std::size_t percent) {
    return sorted[sorted.size() * percent / 100];
  };
  fmt::print("{:>24} {:>8} {:>8} {:>8.2f} {:>8.2f} {:>12.2f}\n", name, wanted, times.size(), at(times, 50),
             at(times, 99), at(first_answers, 50));
}

/// Queries a second over eight associations that ask without a pause, beside so many that are open and silent. Those
/// who ask are threads of this process, so that the canned answers' rate is what both sides of DCMTK can do here.
void measure_eight(const std::string& name, Worklist& worklist, double seconds, int silent) {
  const Door door(worklist);
  std::vector<std::unique_ptr<Modality>> silent_ones;
  for (int i = 0; i < silent; ++i) silent_ones.push_back(std::make_unique<Modality>(door.port()));
  std::vector<double> times;
  std::mutex mutex;
  std::vector<std::thread> threads;
  const auto began = Steady::now();
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Modality modality(door.port());
      const dicom::Dataset keys = asking(kTypical);
      while (milliseconds_since(began) < seconds * 1000) {
        const auto asked = Steady::now();
        must_be(modality.find(keys), 20);
        const double took = milliseconds_since(asked);
        std::lock_guard lock(mutex);
        times.push_back(took);
      }
    });
  for (std::thread& each : threads) each.join();
  const double elapsed = milliseconds_since(began);
  std::sort(times.begin(), times.end());
  fmt::print("{:>24} {:>8} {:>8.2f} {:>8.2f} {:>10.0f}\n", name, silent, times[times.size() / 2],
             times[times.size() * 99 / 100], static_cast<double>(times.size()) * 1000 / elapsed);
}

/// The most that this process had in memory since the last call, in MB.
double most_memory() {
  double megabytes = 0;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) megabytes = std::stod(line.substr(6)) / 1024;
  std::ofstream("/proc/self/clear_refs") << 5;
  return megabytes;
}

/// How many of the numbers up to `most` begin with these digits: 111 up to a million.
std::size_t numbers_from(const std::string& digits, int most) {
  std::size_t count = 0;
  for (int number = 1; number <= most; ++number) count += std::to_string(number).starts_with(digits);
  return count;
}

}  // namespace

int main(int argc, char** argv) try {
  double scale = 0.1, seconds = 5;
  bench::read_options(argc, argv, "bench_worklist: C-FIND", {.seconds = &seconds, .scale = &scale});
  const int most = static_cast<int>(std::lround(scale * 1e6));
  setenv("TCP_NODELAY", "1", 1);
  setvbuf(stdout, nullptr, _IOLBF, 0);
  bench::want_disk(1e9 + bench::kBytesOfAStep * most);
  const bench::Folder folder;
  Cluster cluster(folder.state());
  prepare_schema(cluster.conninfo());
  Connection connection(cluster.conninfo());
  connection.be_patient();  // a million rows take their time
  PostgresWorklist worklist(cluster.conninfo());
  fmt::print("                   steps  answers  queries   p50 ms   p99 ms  first p50\n");
  Canned canned;
  measure("canned answers", canned, seconds);
  for (int count = std::min(most, 1'000);; count = std::min(most, count * 10)) {
    bench::fill_worklist(connection, count);
    measure(std::to_string(count), worklist, seconds);
    if (count == most) break;
  }
  fmt::print("\n      eight associations   silent   p50 ms   p99 ms  queries/s\n");
  for (const int silent : {0, 50}) measure_eight("canned answers", canned, seconds, silent);
  for (const int silent : {0, 50}) measure_eight(std::to_string(most), worklist, seconds, silent);
  fmt::print("\n      other keys, {}\n", most);
  measure("accession number", worklist, seconds, most >= 4711, {{"AccessionNumber", "A4711"}});
  measure("name alone", worklist, seconds, numbers_from("4711", most), {{"PatientName", "doe^jane4711*"}});
  measure("item alone", worklist, seconds, 0, {{"RequestedProcedureDescription", "CT neck"}});
  auto typical_and_item = kTypical;
  typical_and_item["RequestedProcedureDescription"] = "CT head";
  measure("typical, and item", worklist, seconds, 20, typical_and_item);
  bench::fill_worklist(connection, 50'000);
  most_memory();
  const double before = most_memory();
  measure("all of 50000", worklist, 0, 50'000, {});
  fmt::print("\n{:.1f} MB more memory for 50,000 answers\n", most_memory() - before);
  return 0;
} catch (const std::exception& error) {
  return bench::fail(error);  // its folder and its engine are gone
}
