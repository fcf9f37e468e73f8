#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pons {

/// Which engine a command starts or asks.
struct Options {
  std::filesystem::path state = "var";  // all that the engine writes
  std::string database;                 // a database that is there already; empty: the engine's own

  /// How to reach the database of the engine that runs on this state.
  std::string conninfo() const;
};

/// A port from the environment, else its default. Throws std::runtime_error naming the variable.
std::uint16_t port_from(const char* variable, std::uint16_t otherwise);

}  // namespace pons
