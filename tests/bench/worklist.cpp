// C-FIND over one open association, first request to final response, about 20 matches among 1,000, 10,000 and 100,000
// scheduled steps, or up to the number that is said; beside it, in the same run, the same DICOM road with 20 canned
// answers and no database. Then eight associations at once, without and with 50 silent ones beside them; keys that no
// index knows, and one list of 50,000 answers with what it added to this process's memory at its highest.
//
// Usage: bench_worklist [QUERIES [STEPS]]
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/dicom/inlet.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/worklist.h"
#include "tests/bench/modality.h"
#include "tests/support/postgres.h"

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

void measure(const std::string& name, Worklist& worklist, int queries,
             const std::map<std::string, std::string>& values = kTypical) {
  const Door door(worklist);
  Modality modality(door.port());
  const dicom::Dataset keys = asking(values);
  std::vector<double> times, first_answers;
  std::size_t answers = 0;
  for (int i = 0; i < queries; ++i) {
    const auto began = Steady::now();
    answers = modality.find(keys);
    times.push_back(milliseconds_since(began));
    first_answers.push_back(modality.first_answer());
  }
  std::sort(times.begin(), times.end());
  std::sort(first_answers.begin(), first_answers.end());
  const auto at = [](const std::vector<double>& sorted, std::size_t percent) {
    return sorted[sorted.size() * percent / 100];
  };
  fmt::print("{:>24} {:>8} {:>8.2f} {:>8.2f} {:>12.2f}\n", name, answers, at(times, 50), at(times, 99),
             at(first_answers, 50));
}

/// Queries a second over eight associations that ask without a pause, beside so many that are open and silent. Those
/// who ask are threads of this process, so that the canned answers' rate is what both sides of DCMTK can do here.
void measure_eight(const std::string& name, Worklist& worklist, int silent) {
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
      while (milliseconds_since(began) < 5'000) {
        const auto asked = Steady::now();
        modality.find(keys);
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

}  // namespace

int main(int argc, char** argv) {
  const int queries = argc > 1 ? std::stoi(argv[1]) : 300;
  const int most = argc > 2 ? std::stoi(argv[2]) : 100'000;
  setenv("TCP_NODELAY", "1", 1);
  test::Database database;
  Connection connection(database.conninfo());
  connection.run_once("SET statement_timeout = 0", {});  // a million rows take their time
  PostgresWorklist worklist(database.conninfo());
  fmt::print("                   steps  answers   p50 ms   p99 ms  first p50\n");
  Canned canned;
  measure("canned answers", canned, queries);
  for (int count = 1'000; count <= most; count *= 10) {
    bench::fill_worklist(connection, count);
    measure(std::to_string(count), worklist, queries);
  }
  fmt::print("\n      eight associations   silent   p50 ms   p99 ms  queries/s\n");
  for (const int silent : {0, 50}) measure_eight("canned answers", canned, silent);
  for (const int silent : {0, 50}) measure_eight(std::to_string(most), worklist, silent);
  fmt::print("\n      other keys, {}\n", most);
  measure("accession number", worklist, queries, {{"AccessionNumber", "A4711"}});
  measure("name alone", worklist, 10, {{"PatientName", "doe^jane4711*"}});
  measure("item alone", worklist, 5, {{"RequestedProcedureDescription", "CT neck"}});
  auto typical_and_item = kTypical;
  typical_and_item["RequestedProcedureDescription"] = "CT head";
  measure("typical, and item", worklist, queries, typical_and_item);
  bench::fill_worklist(connection, 50'000);
  most_memory();
  const double before = most_memory();
  measure("all of 50000", worklist, 1, {});
  fmt::print("\n{:.1f} MB more memory for 50,000 answers\n", most_memory() - before);
  return 0;
}
