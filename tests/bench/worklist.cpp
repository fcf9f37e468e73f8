// C-FIND over one open association, first request to final response, about 20 matches among 1,000, 10,000 and 100,000
// scheduled steps; beside it, in the same run, the same DICOM road with 20 canned answers and no database.
//
// Usage: bench_worklist [QUERIES]
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/scu.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
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

void measure(const std::string& name, Worklist& worklist, int queries) {
  NoCounter counter;
  const SystemClock clock;
  DicomInlet inlet({.stations = {{"CT1", "CT"}}, .threads = 2}, worklist, counter, clock);
  DcmSCU scu;
  OFList<OFString> syntaxes;
  syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
  scu.setAETitle("CT1");
  scu.setPeerAETitle("PONS");
  scu.setPeerHostName("127.0.0.1");
  scu.setPeerPort(inlet.port());
  scu.addPresentationContext(UID_FINDModalityWorklistInformationModel, syntaxes);
  if (scu.initNetwork().bad() || scu.negotiateAssociation().bad()) throw std::runtime_error("no association");
  dicom::Dataset keys;
  for (const char* key : {"PatientName", "PatientID", "AccessionNumber", "RequestedProcedureDescription"})
    static_cast<void>(keys.put_empty(key));
  static_cast<void>(keys.put("ScheduledProcedureStepSequence.Modality", "CT"));
  static_cast<void>(keys.put("ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "20261125"));
  static_cast<void>(keys.put("ScheduledProcedureStepSequence.ScheduledStationAETitle", "CT1"));
  static_cast<void>(keys.put_empty("ScheduledProcedureStepSequence.ScheduledProcedureStepID"));
  const auto context = scu.findPresentationContextID(UID_FINDModalityWorklistInformationModel, "");
  std::vector<double> times;
  std::size_t answers_seen = 0;
  for (int i = 0; i < queries; ++i) {
    OFList<QRResponse*> answers;
    const auto began = Steady::now();
    scu.sendFINDRequest(context, &keys.native(), &answers);
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
    answers_seen = answers.size() - 1;
    for (QRResponse* each : answers) delete each;
  }
  scu.releaseAssociation();
  std::sort(times.begin(), times.end());
  fmt::print("{:>16} {:>8} {:>8.2f} {:>8.2f}\n", name, answers_seen, times[times.size() / 2],
             times[times.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  const int queries = argc > 1 ? std::stoi(argv[1]) : 300;
  setenv("TCP_NODELAY", "1", 1);
  test::Database database;
  Connection connection(database.conninfo());
  PostgresWorklist worklist(database.conninfo());
  fmt::print("           steps  answers   p50 ms   p99 ms\n");
  Canned canned;
  measure("canned answers", canned, queries);
  for (const int count : {1'000, 10'000, 100'000}) {
    fill(connection, count);
    measure(std::to_string(count), worklist, queries);
  }
  return 0;
}
