#include "tests/bench/options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace pons::bench {

void read_options(int argc, char** argv, const std::string& about, const Options& options) {
  CLI::App app{about};
  if (options.pons) app.add_option("pons", *options.pons, "the engine's binary")->required();
  if (options.seconds) app.add_option("--seconds", *options.seconds, "of each row of figures")->capture_default_str();
  if (options.scale) app.add_option("--scale", *options.scale, "of a million")->capture_default_str();
  if (options.connections)
    app.add_option("--connections", *options.connections, "of the senders, a row each")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
}

int fail(const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}

}  // namespace pons::bench
