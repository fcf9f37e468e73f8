#pragma once

#include <exception>
#include <string>
#include <vector>

namespace pons::bench {

/// Spelt alike by all benches; one that has no use for an option leaves it null. What they point at is the default.
struct Options {
  std::string* pons = nullptr;              // PONS, the engine's binary: always wanted
  double* seconds = nullptr;                // --seconds of each row of figures
  double* scale = nullptr;                  // --scale, of a million
  std::vector<int>* connections = nullptr;  // --connections, a row each
};

/// Ends the program after --help, and where something else is said.
void read_options(int argc, char** argv, const std::string& about, const Options& options);

/// Says why the program ends; the exit code.
int fail(const std::exception& error);

}  // namespace pons::bench
