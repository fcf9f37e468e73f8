#pragma once

#include <filesystem>
#include <string>

namespace pons {

/// Which engine a command starts or asks.
struct Options {
  std::filesystem::path site = ".";     // the folder with routes/ and mappings/
  std::filesystem::path state = "var";  // all that the engine writes
  std::string database;                 // a database that is there already; empty: the engine's own

  /// How to reach the database of the engine that runs on this state.
  std::string conninfo() const;
};

}  // namespace pons
