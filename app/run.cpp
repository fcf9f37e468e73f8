#include <Poco/Exception.h>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <system_error>

#include "app/applied.h"
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

/// "changed  ehr-mllp": what a person should look at, an endpoint a line.
std::string differences(const Site& before, const Site& after) {
  std::string text;
  for (const auto& [name, endpoint] : before.endpoints())
    if (!after.endpoint(name)) text += "gone     " + name + '\n';
  for (const auto& [name, endpoint] : after.endpoints())
    if (const Endpoint* earlier = before.endpoint(name); !earlier || !earlier->is_like(endpoint))
      text += (earlier ? "changed  " : "new      ") + name + '\n';
  return text;
}

/// On a full disk the engine goes on, while other commands do not hear of it.
template <class Said>
void tell(const Said& said, const std::filesystem::path& state) try {
  said.tell(state);
} catch (const std::system_error& error) {
  spdlog::error("other commands do not hear how this engine is: {}", error.what());
}

/// P7: what has errors, fails its own tests or cannot listen leaves the engine as it is.
Applied go_on(Engine& engine, const std::filesystem::path& folder) {
  Applied applied;
  try {
    const Examined examined = examine_site(folder);
    applied.report = examined.report;
    if (!examined.site) return applied;
    applied.report += differences(engine.site(), *examined.site) + "generation " + examined.site->generation() + '\n';
    engine.apply(examined.site);
    applied.is_in_force = true;
  } catch (const Poco::Exception& error) {
    applied.report += error.displayText() + '\n';
  } catch (const std::exception& error) {
    applied.report += std::string(error.what()) + '\n';
  }
  return applied;
}

}  // namespace

int run(const Options& options) {
  const Signals signals;
  log_to_stderr();
  const StateLock lock(options.state);
  Engine engine(options, load_site(options.site));
  for (const std::string& note : engine.notes()) say(note);
  for (const std::string& connection : engine.connections()) say(connection);
  tell(engine.running(), options.state);
  say("generation " + engine.site().generation());
  say("ready");
  for (auto came = Signals::Came::nothing; came != Signals::Came::stop; came = signals.came_within_a_second()) {
    engine.supervise();
    if (came != Signals::Came::apply) continue;
    const Applied applied = go_on(engine, options.site);
    tell(engine.running(), options.state);
    say(applied.is_in_force ? "applied the site as it is now" : "the site as it is now has errors: nothing changed");
    tell(applied, options.state);
  }
  say("stopping");
  return 0;
}

}  // namespace pons
