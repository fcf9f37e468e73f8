#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/base/digest.h"
#include "engine/message/parcel.h"

/// Reports that wait for one endpoint, for 5,000 patients.
namespace pons::bench {

constexpr long kBacklogPatients = 5000;
constexpr double kBytesOfAParcel = 4096;  // on disk, with indexes, attempts and WAL

inline std::string backlog_control_id(long number) {
  return fmt::format("B{}.{}", number % kBacklogPatients, number / kBacklogPatients);
}

/// A report of about 1 KB.
inline std::string backlog_document(long number) {
  return "MSH|^~\\&|PONS|HOSP|EHR|HOSP|20261124100000||ORU^R01^ORU_R01|" + backlog_control_id(number) +
         "|P|2.5\rPID|1||M" + std::to_string(number % kBacklogPatients) +
         "^^^HOSP^MR||DOE^JANE||19800102|F\rOBR|1||F1|CT1^CT head^L\rOBX|1|TX|59776-5^Findings^LN||" +
         std::string(800, 'x') + "||||||F\r";
}

/// As the engine would have left them: queued, the first of each patient ready.
inline void fill_backlog(Connection& connection, const std::string& outlet, long count) {
  constexpr long kAtOnce = 20'000;
  const std::int64_t last =
      connection.run("SELECT setval('parcel_number', nextval('parcel_number') + $1::bigint)", {std::to_string(count)})
          .number(0, 0);
  for (long first = 0; first < count; first += kAtOnce) {
    std::string parcels, states, lanes;
    for (long number = first; number < std::min(count, first + kAtOnce); ++number) {
      const long id = last - count + number, patient = number % kBacklogPatients;
      parcels += fmt::format("{}\t1\tbench\t{}\t{}\t{}\n", id, backlog_control_id(number), Parcel::kHl7,
                             "\\\\x" + to_hex(backlog_document(number)));
      states += fmt::format("{}\t{}\t{{backlog:{}}}\tqueued\t0\t2026-01-01\t2026-01-01\n", id, outlet, patient);
      lanes += fmt::format("backlog:{}\t{}\t{}\n", patient, outlet, id);
    }
    connection.script("BEGIN");
    connection.copy("COPY parcel (id, message, route, control_id, content_type, document) FROM STDIN", parcels);
    connection.copy("COPY parcel_state (parcel, outlet, lanes, state, attempts, due, arrived) FROM STDIN", states);
    connection.copy("COPY parcel_lane (lane, outlet, parcel) FROM STDIN", lanes);
    connection.script("COMMIT");
  }
  for (const char* table : {"parcel", "parcel_state", "parcel_lane"})
    connection.script(std::string("VACUUM ANALYZE ") + table);
  connection.script("CHECKPOINT");  // so that it is over when something is measured
}

/// Whether each patient's came in ascending order.
class BacklogOrder final {
 public:
  void take(const std::string& control_id) {
    const auto dot = control_id.find('.');
    const auto patient = static_cast<std::size_t>(std::stol(control_id.substr(1, dot - 1)));
    const long number = std::stol(control_id.substr(dot + 1));
    std::lock_guard lock(mutex_);
    if (number <= last_[patient]) ++out_of_order_;
    last_[patient] = number;
  }
  long out_of_order() const {
    std::lock_guard lock(mutex_);
    return out_of_order_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<long> last_ = std::vector<long>(kBacklogPatients, -1);
  long out_of_order_ = 0;
};

}  // namespace pons::bench
