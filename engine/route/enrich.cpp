#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/route/binding.h"
#include "engine/route/loading.h"
#include "engine/route/run.h"

namespace pons {

namespace {

/// `studies(AccessionNumber = OBR-18)`: the source, the key and what it must equal.
struct LookUp {
  std::string source, key;
  Node value;
};

std::optional<LookUp> read_look_up(const Node& scalar) {
  const auto open = scalar.text.find('('), equals = scalar.text.find('='), close = scalar.text.rfind(')');
  if (open == std::string::npos || equals == std::string::npos || close == std::string::npos || equals < open ||
      close < equals)
    return {};
  LookUp look_up{scalar.text.substr(0, open), std::string(trim(scalar.text.substr(open + 1, equals - open - 1))), {}};
  const auto begin = scalar.text.find_first_not_of(' ', equals + 1);
  look_up.value.text = scalar.text.substr(begin, close - begin);
  look_up.value.span = scalar.part(begin, close);
  return look_up;
}

void warn_of_held_answer(const Node& wait, Loading& loading) {
  const Endpoint& inlet = *loading.inlet;
  Finding& finding = loading.findings.warning("W0405", wait.span, "the sender reads \"held\" while this waits",
                                              "the answer does not tell what became of the message",
                                              "write:  ack: stored      at " + inlet.name);
  finding.labels.push_back({inlet.ack_span.source ? inlet.ack_span : inlet.span,
                            "since " + inlet.name + " answers when the steps have run"});
}

void load_missing(const Node& step, Enrich& verb, Loading& loading) {
  const Node* missing = step.find("missing");
  if (!missing) return;
  if (missing->is_scalar()) {
    using enum Endpoint::Policy;
    verb.then_continues = missing->text == "continue";
    if (!verb.then_continues)
      verb.then =
          loading.policy(step, "missing", drop, {reject, park, hold, drop}, "{wait: 15m, then: continue} | continue");
    return;
  }
  refuse_unknown_keys(*missing, {"wait", "then"}, loading.findings);
  if (const Node* wait = missing->find("wait")) {
    verb.wait = parse_duration(wait->text);
    if (!verb.wait)
      loading.findings.error("E0406", wait->span, "\"" + wait->text + "\" is no duration", "", "write:  wait: 15m");
    if (loading.inlet && loading.inlet->tells_what_steps_say()) warn_of_held_answer(*wait, loading);
  }
  if (const Node* then = missing->find("then"); then && then->text != "continue") {
    using enum Endpoint::Policy;
    verb.then_continues = false;
    verb.then = loading.policy(*missing, "then", drop, {reject, park, hold, drop}, "continue");
  }
}

}  // namespace

std::optional<Verb> load_enrich(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"enrich", "missing", "name", "when"}, loading.findings);
  const Node& names = *step.find("enrich");
  if (!names.is_map() || names.entries.size() != 1) {
    loading.findings.error("E0406", names.span, "enrich: binds one name to one look-up", "",
                           "write:  study: studies(AccessionNumber = OBR-18)");
    return {};
  }
  const auto& [name, scalar] = names.entries.front();
  const auto look_up = read_look_up(scalar);
  const bool is_study = look_up && look_up->source == "studies";
  const bool known_key =
      look_up && (look_up->key == "AccessionNumber" || (is_study && look_up->key == "StudyInstanceUID"));
  if (!look_up || (!is_study && look_up->source != "worklist") || !known_key) {
    loading.findings.error("E0406", scalar.span, "\"" + scalar.text + "\" is no look-up", "",
                           "write:  studies(AccessionNumber = OBR-18), studies(StudyInstanceUID = …) or "
                           "worklist(AccessionNumber = …)");
    return {};
  }
  auto value = loading.compile(look_up->value);
  if (!value) return {};
  Enrich verb{name.text, is_study ? Enrich::Source::studies : Enrich::Source::worklist, look_up->key, *value, {}};
  load_missing(step, verb, loading);
  loading.binds(name.text, is_study ? members_of_study() : std::vector<std::string>{});
  return verb;
}

namespace {

const Study* find_study(const Run& run, const Enrich& verb, const Identifier& number) {
  if (verb.key == "StudyInstanceUID") return run.book.study(number.value);
  const auto all = run.book.studies_by_accession(number);
  return all.empty() ? nullptr : all.front();
}

const Step* find_item(const Run& run, const Identifier& number) {
  for (const Order* order : run.book.orders_by_accession(number))
    if (const auto steps = run.book.steps_of(order->id); !steps.empty()) return steps.front();
  return nullptr;
}

std::optional<json::Value> look_up(const Run& run, const Enrich& verb, const Identifier& number) {
  if (verb.source == Enrich::Source::studies) {
    const Study* study = find_study(run, verb, number);
    return study ? std::optional(study_object(run.book, *study, viewer_of(run.parts.endpoints))) : std::nullopt;
  }
  const Step* step = find_item(run, number);
  if (!step) return {};
  auto item = json::Value::parse(step->item);
  return item ? std::optional(*std::move(item)) : std::nullopt;
}

Stop wait_for_it(const Run& run, const Enrich& verb, const Identifier& number) {
  Stop stop{Stop::Kind::wait, refused("there is no " + verb.name + " for this " + verb.key + " yet"), {}, {}, {}};
  stop.due = run.since + *verb.wait;
  stop.wakes_on = {(verb.key == "StudyInstanceUID" ? "study|" + number.value : "accession|" + number.key())};
  return stop;
}

}  // namespace

Next run_step(Run& run, const RouteStep& step, const Enrich& verb) {
  const auto value = verb.value.value(run.scope);
  if (!value) return stop_for(run, value.fault());
  const Identifier number{value->as_text(), run.authority(), {}};
  auto found = value->has_value() ? look_up(run, verb, number) : std::nullopt;
  if (found) {
    run.scope.bind(verb.name, Value::of(*std::move(found)));
    run.did(step, verb.name + " found");
    return {};
  }
  if (verb.wait && run.scope.now < run.since + *verb.wait) return wait_for_it(run, verb, number);
  if (!verb.then_continues)
    return stop_for(run, refused("there is no " + verb.name + " for this " + verb.key), verb.then);
  run.scope.bind(verb.name, Value());
  run.did(step, verb.name + " not found" + (verb.wait ? " after " + to_text(*verb.wait) : ""));
  return {};
}

}  // namespace pons
