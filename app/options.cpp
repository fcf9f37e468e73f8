#include "app/options.h"

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "adapters/postgres/cluster.h"

namespace pons {

std::string Options::conninfo() const {
  return database.empty() ? cluster_conninfo(state) : database;
}

std::uint16_t port_from(const char* variable, std::uint16_t otherwise) {
  const char* set = std::getenv(variable);
  if (!set || !*set) return otherwise;
  const std::string_view text(set);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error(std::string(variable) + " is \"" + set +
                             "\"; write a port from 0 to 65535, 0 for any free one");
  return port;
}

}  // namespace pons
