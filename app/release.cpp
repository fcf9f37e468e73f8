#include <fmt/core.h>

#include "adapters/postgres/held.h"
#include "app/commands.h"

namespace pons {

int release(const Options& options, const std::vector<std::string>& endpoints, bool park) {
  Connection connection(options.conninfo());
  for (const std::string& each : endpoints) {
    const auto count = park ? park_held(connection, each) : release_held(connection, each);
    fmt::print("{}: {} {}\n", each, count, park ? "given up, and parked" : "go out under their control IDs");
  }
  return 0;
}

}  // namespace pons
