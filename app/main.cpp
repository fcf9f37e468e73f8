#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "app/commands.h"
#include "engine/base/time.h"

namespace {

/// --state and --database, which every command about an engine takes.
void add_engine_options(CLI::App* command, pons::Options& options) {
  command->add_option("--state", options.state, "the folder that the engine writes to")->capture_default_str();
  command->add_option("--database", options.database, "a PostgreSQL that is there already, as postgresql://…")
      ->envname("PONS_DATABASE");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Pons, the bridge between HIS, RIS, PACS and EHR"};
  app.set_version_flag("--version", PONS_VERSION);
  app.require_subcommand(1);

  pons::Options options;
  CLI::App* run = app.add_subcommand("run", "start the engine");
  add_engine_options(run, options);

  bool once = false;
  CLI::App* demo = app.add_subcommand("demo", "start the engine and play a morning at the sample hospital");
  add_engine_options(demo, options);
  demo->add_flag("--once", once, "end when it is played, with 0 or 1");

  pons::JournalFilter filter;
  std::string since;
  bool json = false;
  CLI::App* messages = app.add_subcommand("messages", "list what arrived and what became of it");
  add_engine_options(messages, options);
  messages->add_flag("--failed", filter.failed, "only what was refused, parked or not routed");
  messages->add_option("--since", since, "arrived within 1h, 30m, 7d …");
  messages->add_option("--patient", filter.patient, "touched this patient: MRN or MRN^AUTHORITY");
  messages->add_flag("--json", json);

  std::int64_t number = 0;
  CLI::App* trace = app.add_subcommand("trace", "show one message's whole way");
  add_engine_options(trace, options);
  trace->add_option("message", number, "its number")->required();
  trace->add_flag("--json", json);

  CLI11_PARSE(app, argc, argv);
  try {
    if (!since.empty() && !(filter.since = pons::parse_duration(since))) {
      std::fprintf(stderr, "pons: \"%s\" is no duration; write 30m, 1h or 7d\n", since.c_str());
      return 2;
    }
    if (*run) return pons::run(options);
    if (*demo) return pons::demo(options, once);
    if (*messages) return pons::messages(options, filter, json);
    return pons::trace(options, number, json);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pons: %s\n", error.what());
    return 1;
  }
}
