#pragma once

#include <cstdint>

#include "adapters/postgres/journal.h"
#include "app/options.h"

namespace pons {

/// Each command returns the exit code of the program.
int run(const Options& options);
int messages(const Options& options, const JournalFilter& filter, bool json);
int trace(const Options& options, std::int64_t message, bool json);

}  // namespace pons
