#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "adapters/postgres/cluster.h"
#include "adapters/postgres/restored.h"
#include "app/commands.h"
#include "app/last_message.h"
#include "app/running.h"

namespace pons {

namespace {

using namespace std::chrono;

/// The clock as a number: it is beyond all that was used, also when an older backup is restored later, or elsewhere.
/// Counted from 2026, so that a control ID made of it stays within the 20 characters of MSH-10.
std::int64_t number_now() {
  return duration_cast<milliseconds>(system_clock::now() - sys_days(2026y / January / 1)).count();
}

void print(const Restored& done) {
  fmt::print("the next message is {}: no control ID is used a second time\n", done.next_message);
  for (const auto& [outlet, count] : done.held)
    fmt::print("{}: {} deliveries that may have been made since the backup are held\n", outlet, count);
  if (done.held.empty())
    fmt::print("nothing was queued in the backup\n");
  else
    fmt::print(
        "once the engine runs: pons messages --held shows of which messages, pons release ENDPOINT sends them,"
        " pons release ENDPOINT --park gives them up\n");
  if (done.runs > 0)
    fmt::print(
        "{} runs that were set aside start again as they would have; what they send bears the control IDs that it"
        " would have had before\n",
        done.runs);
}

}  // namespace

int restored(const Options& options) {
  if (!std::filesystem::exists(options.state))
    throw std::runtime_error("there is no folder " + options.state.string() +
                             "; say with --state where the engine writes");
  const StateLock lock(options.state);
  std::optional<Cluster> cluster;
  if (options.database.empty()) cluster.emplace(options.state);
  Connection connection(options.conninfo());
  print(go_on_restored(connection, std::max(number_now(), LastMessage(options.state).number())));
  return 0;
}

}  // namespace pons
