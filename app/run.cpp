#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "app/commands.h"
#include "app/engine.h"
#include "app/signals.h"

namespace pons {

namespace {

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace

int run(const Options& options) {
  const StopSignals signals;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("pons"));
  Engine engine(options);
  for (const std::string& note : engine.notes()) say(note);
  for (const std::string& listener : engine.listeners()) say("listening  " + listener);
  say("ready");
  while (!signals.came_within_a_second()) engine.supervise();
  say("stopping");
  return 0;
}

}  // namespace pons
