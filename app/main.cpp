#include <Poco/Exception.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "app/commands.h"
#include "app/find.h"
#include "engine/base/plant.h"
#include "engine/base/time.h"

namespace {

void add_site_option(CLI::App* command, pons::Options& options) {
  command->add_option("site", options.site, "the folder with routes/ and mappings/")->capture_default_str();
}

/// --state and --database, which every command about an engine takes.
void add_engine_options(CLI::App* command, pons::Options& options) {
  command->add_option("--state", options.state, "the folder that the engine writes to")->capture_default_str();
  command->add_option("--database", options.database, "a PostgreSQL that is there already, as postgresql://…")
      ->envname("PONS_DATABASE");
}

CLI::App* add_find(CLI::App& app, pons::Options& options, pons::FindWish& wish, bool& json) {
  CLI::App* find = app.add_subcommand("find", "ask an archive or a worklist (C-FIND) and print what it answers");
  find->add_option("target", wish.target,
                   "an endpoint that sends dicom://, host:port, or worklist: the running engine's")
      ->required();
  find->add_option("keys", wish.keys, "KEY=VALUE to match, KEY to be answered; DICOM keywords, tags or paths of them");
  find->add_option("--level", wish.level, "of query and retrieve")
      ->check(CLI::IsMember({"PATIENT", "STUDY", "SERIES", "IMAGE"}))
      ->capture_default_str();
  find->add_flag("--worklist", wish.is_worklist, "the target is another system's worklist");
  find->add_option("--called", wish.called, "its AE title");
  find->add_option("--calling", wish.calling, "as which AE title we ask; PONS unless given");
  CLI::Option* tls = find->add_option("--tls", wish.authority, "a PEM file of the authority that it is trusted by");
  CLI::Option* key = find->add_option("--key", wish.key, "of the certificate");
  CLI::Option* certificate = find->add_option("--certificate", wish.certificate, "a PEM file that we show")->needs(tls);
  certificate->needs(key);
  key->needs(certificate);
  CLI::Option* secret = find->add_option("--secret", wish.secret, "the user's password: a file in $PONS_SECRETS");
  secret->needs(find->add_option("--user", wish.user, "who we say that we are")->needs(secret));
  find->add_option("--limit", wish.limit, "answers; what is beyond them is cancelled")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  find->add_option("--reply-within", wish.reply_within, "how long it may be silent: 30s, unless the endpoint says");
  find->add_flag("--json", json, "an array of answers by keyword");
  find->add_option("--site", options.site, "the folder with the endpoints")->capture_default_str();
  find->add_option("--state", options.state, "of the engine whose worklist is asked")->capture_default_str();
  return find;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Pons, the bridge between HIS, RIS, PACS and EHR"};
  app.set_version_flag("--version", PONS_VERSION + std::string(pons::plant::kNote));
  app.require_subcommand(1);

  pons::Options options;
  CLI::App* run = app.add_subcommand("run", "start the engine");
  add_site_option(run, options);
  add_engine_options(run, options);

  bool json = false;
  CLI::App* check = app.add_subcommand("check", "check the routes and mappings of a site");
  add_site_option(check, options);
  check->add_flag("--json", json, "findings as JSON");

  CLI::App* test = app.add_subcommand("test", "run the tests that the routes and mappings of a site hold");
  add_site_option(test, options);

  CLI::App* apply = app.add_subcommand("apply", "let the running engine go on with the site as it is now");
  apply->add_option("--state", options.state, "the folder that the engine writes to")->capture_default_str();

  std::string file, target;
  CLI::App* send = app.add_subcommand("send", "send an HL7 message and print the answer");
  send->add_option("file", file, "the message; lines may end in LF")->required();
  send->add_option("to", target, "an endpoint of the site that runs, or host:port")->required();
  add_engine_options(send, options);

  pons::FindWish wish;
  CLI::App* find = add_find(app, options, wish, json);

  bool once = false;
  CLI::App* demo = app.add_subcommand("demo", "play a morning at the sample hospital against the engine");
  add_site_option(demo, options);
  add_engine_options(demo, options);
  demo->add_flag("--once", once, "end when it is played, with 0 or 1");

  pons::JournalFilter filter;
  std::string since;
  CLI::App* messages = app.add_subcommand("messages", "list what arrived and what became of it");
  add_engine_options(messages, options);
  messages->add_flag("--failed", filter.failed, "only what was refused, parked or not routed");
  messages->add_option("--since", since, "arrived within 1h, 30m, 7d …");
  messages->add_flag("--held", filter.held, "only those with a delivery that is held");
  messages->add_option("--patient", filter.patient, "touched this patient: MRN or MRN^AUTHORITY");
  messages->add_flag("--json", json);

  CLI::App* status = app.add_subcommand("status", "say whether the engine runs, and what waits");
  add_engine_options(status, options);
  status->add_flag("--json", json);

  std::int64_t number = 0;
  CLI::App* trace = app.add_subcommand("trace", "show one message's whole way");
  add_engine_options(trace, options);
  trace->add_option("message", number, "its number")->required();
  trace->add_flag("--json", json);

  CLI::App* restored = app.add_subcommand("restored", "let the engine go on with a database restored from a backup");
  add_engine_options(restored, options);

  std::vector<std::string> endpoints;
  bool park = false;
  CLI::App* release = app.add_subcommand("release", "let held deliveries go out, or give them up");
  add_engine_options(release, options);
  release->add_option("endpoints", endpoints, "for these endpoints")->required();
  release->add_flag("--park", park, "they are not sent; their patients' later ones go on");

  CLI11_PARSE(app, argc, argv);
  try {
    if (!since.empty() && !(filter.since = pons::parse_duration(since))) {
      std::fprintf(stderr, "pons: \"%s\" is no duration; write 30m, 1h or 7d\n", since.c_str());
      return 2;
    }
    if (*run) return pons::run(options);
    if (*check) return pons::check(options, json);
    if (*test) return pons::test(options);
    if (*apply) return pons::apply(options);
    if (*send) return pons::send(options, file, target);
    if (*find) return pons::find(options, wish, json);
    if (*demo) return pons::demo(options, once);
    if (*status) return pons::status(options, json);
    if (*restored) return pons::restored(options);
    if (*release) return pons::release(options, endpoints, park);
    if (*messages) return pons::messages(options, filter, json);
    return pons::trace(options, number, json);
  } catch (const Poco::Exception& error) {
    std::fprintf(stderr, "pons: %s\n", error.displayText().c_str());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pons: %s\n", error.what());
    return 1;
  }
}
