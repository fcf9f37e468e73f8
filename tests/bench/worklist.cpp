// C-FIND over one open association, first request to final response, about 20 matches among 1,000, 10,000 and 100,000
// scheduled steps, or up to the number that is said; beside it, in the same run, the same DICOM road with 20 canned
// answers and no database. Then eight associations at once, without and with 50 silent ones beside them; keys that no
// index knows, and one list of 50,000 answers with what it added to this process's memory at its highest.
//
// Usage: bench_worklist [QUERIES [STEPS]]
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/scu.h>
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
#include "tests/support/postgres.h"

using namespace pons;
using Steady = std::chrono::steady_clock;

namespace {

constexpr const char* kItem =
    R"({"AccessionNumber":"A1","RequestedProcedureDescription":"CT head","ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepStartDate":"20261125","ScheduledProcedureStepID":"S1"}]})";

/// Fills up to `count` steps, of which 20 are a CT of 2026-11-25 on CT1.
void fill(Connection& connection, int count) {
  connection.script("TRUNCATE scheduled_step, imaging_order, patient_identifier, patient");
  const std::string n = std::to_string(count);
  connection.run_once(
      "INSERT INTO patient SELECT n, 'DOE^JANE' || n, '19800102', 'F', '', NULL FROM generate_series(1, $1::int) n",
      {n});
  connection.run_once(
      "INSERT INTO patient_identifier SELECT 'HOSP', 'M' || n, 'MR', n, 0 FROM generate_series(1, $1::int) n", {n});
  connection.run_once(
      "INSERT INTO imaging_order SELECT n, n, 'P' || n, 'HOSP', 'F' || n, 'HOSP', 'A' || n, 'HOSP', '2.25.' || n, 'R'"
      " FROM generate_series(1, $1::int) n",
      {n});
  connection.run_once(
      "INSERT INTO scheduled_step SELECT n, n, 'S', 'SCHEDULED', CASE WHEN n <= 20 THEN 'CT' ELSE "
      "(ARRAY['CT','MR','DX'])[1 + n % 3] END,"
      " ARRAY[CASE WHEN n <= 20 THEN 'CT1' ELSE 'X' END],"
      " CASE WHEN n <= 20 THEN '20261125' ELSE to_char(date '2026-01-01' + n % 300, 'YYYYMMDD') END, '093000', '', $2"
      " FROM generate_series(1, $1::int) n",
      {n, kItem});
  connection.script("ANALYZE");
}

struct Canned final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>& take) override {
    for (int i = 0; i < 20; ++i) take({kItem, R"({"PatientName":"DOE^JANE","PatientID":"M1"})"});
  }
};

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { throw std::logic_error("only the worklist is measured"); }
};

double milliseconds_since(Steady::time_point began) {
  return std::chrono::duration<double, std::milli>(Steady::now() - began).count();
}

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

/// CT1 on an association of its own.
class Modality {
 public:
  explicit Modality(const Door& door) {
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
    scu_.setAETitle("CT1");
    scu_.setPeerAETitle("PONS");
    scu_.setPeerHostName("127.0.0.1");
    scu_.setPeerPort(door.port());
    scu_.addPresentationContext(UID_FINDModalityWorklistInformationModel, syntaxes);
    if (scu_.initNetwork().bad() || scu_.negotiateAssociation().bad()) throw std::runtime_error("no association");
    context_ = scu_.findPresentationContextID(UID_FINDModalityWorklistInformationModel, "");
  }
  ~Modality() { scu_.releaseAssociation(); }

  /// How many answers; they are not kept.
  std::size_t find(const dicom::Dataset& keys) {
    scu_.answers = 0;
    scu_.began = Steady::now();
    scu_.sendFINDRequest(context_, &keys.native(), nullptr);
    return scu_.answers;
  }

  /// Of the last find(), in milliseconds.
  double first_answer() const { return scu_.first_answer; }

 private:
  struct Scu final : DcmSCU {
    std::size_t answers = 0;
    Steady::time_point began;
    double first_answer = 0;  // milliseconds
    OFCondition handleFINDResponse(const T_ASC_PresentationContextID context, QRResponse* response,
                                   OFBool& goes_on) override {
      if (answers == 0) first_answer = milliseconds_since(began);
      answers += response->m_dataset != nullptr;
      return DcmSCU::handleFINDResponse(context, response, goes_on);
    }
  };

  Scu scu_;
  T_ASC_PresentationContextID context_ = 0;
};

/// What a modality asks for, with these keys' values.
dicom::Dataset asking(const std::map<std::string, std::string>& values) {
  const std::string step = "ScheduledProcedureStepSequence.";
  dicom::Dataset keys;
  for (const std::string& key : {std::string("PatientName"), std::string("PatientID"), std::string("AccessionNumber"),
                                 std::string("RequestedProcedureDescription"), step + "ScheduledProcedureStepID"})
    static_cast<void>(keys.put_empty(key));
  for (const auto& [key, value] : values) static_cast<void>(keys.put(key, value));
  return keys;
}

const std::map<std::string, std::string> kTypical{
    {"ScheduledProcedureStepSequence.Modality", "CT"},
    {"ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "20261125"},
    {"ScheduledProcedureStepSequence.ScheduledStationAETitle", "CT1"}};

void measure(const std::string& name, Worklist& worklist, int queries,
             const std::map<std::string, std::string>& values = kTypical) {
  const Door door(worklist);
  Modality modality(door);
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
  for (int i = 0; i < silent; ++i) silent_ones.push_back(std::make_unique<Modality>(door));
  std::vector<double> times;
  std::mutex mutex;
  std::vector<std::thread> threads;
  const auto began = Steady::now();
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Modality modality(door);
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
    fill(connection, count);
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
  fill(connection, 50'000);
  most_memory();
  const double before = most_memory();
  measure("all of 50000", worklist, 1, {});
  fmt::print("\n{:.1f} MB more memory for 50,000 answers\n", most_memory() - before);
  return 0;
}
