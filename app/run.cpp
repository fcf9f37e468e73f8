#include <fmt/core.h>

#include <cstdio>

#include "app/commands.h"
#include "app/engine.h"
#include "app/log.h"
#include "app/signals.h"
#include "app/site.h"

namespace pons {

namespace {

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace

int run(const Options& options) {
  const StopSignals signals;
  log_to_stderr();
  if (Running::on(options.state))
    throw std::runtime_error("an engine runs on " + options.state.string() +
                             " already; stop it, or choose another folder with --state");
  Engine engine(options, load_site(options.site));
  for (const std::string& note : engine.notes()) say(note);
  for (const std::string& connection : engine.connections()) say(connection);
  const RunningFile file(options.state, engine.running());
  say("ready");
  while (!signals.came_within_a_second()) engine.supervise();
  say("stopping");
  return 0;
}

}  // namespace pons
