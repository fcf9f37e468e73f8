#pragma once

#include <cstdint>

#include "adapters/postgres/journal.h"
#include "app/options.h"

namespace pons {

/// Each command returns the exit code of the program.
int run(const Options& options);
/// Starts an engine on free ports, plays a morning against it through its sockets, and narrates. `once`: ends with 0 or
/// 1 instead of staying up.
int demo(const Options& options, bool once);
int messages(const Options& options, const JournalFilter& filter, bool json);
int trace(const Options& options, std::int64_t message, bool json);

}  // namespace pons
