#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/route/route.h"

namespace pons {

/// What is known while a route is read: each step adds the names that it binds, so that a later one may use them and an
/// earlier one may not.
struct Loading {
  const SiteParts& parts;
  Findings& findings;
  const Endpoint* inlet = nullptr;  // null: imaging-events
  Vocabulary vocabulary;
  /// What `send:` may name, and what a map made it; nothing: made by the engine.
  std::map<std::string, std::optional<Target::Kind>> documents;

  void binds(const std::string& name, std::vector<std::string> members) { vocabulary.names[name] = std::move(members); }

  /// Names that some step of the route binds: what is used before says so.
  std::set<std::string> bound_somewhere = {};

  std::optional<Expr> compile(const Node& scalar);
  /// The scalar at the key; a finding and nothing when it is missing.
  const Node* wanted(const Node& map, const char* key, const char* example);
  /// A map of mappings/ that builds this kind of object; a finding and null when it does not.
  const Map* map_for(const Node& step, const char* key, Target::Kind kind, const char* example);
  /// `else: reject` and its like. `first`: what else may stand there, for the finding.
  Endpoint::Policy policy(const Node& step, const char* key, Endpoint::Policy otherwise,
                          std::initializer_list<Endpoint::Policy> allowed, const char* first = "");
  /// `unknown: create | ignore | hold`.
  ReconcilePatient::Unknown unknown(const Node& step, ReconcilePatient::Unknown otherwise);
  /// An HL7 path: `match: PID-3[5 = MR]`.
  std::optional<hl7::Path> path(const Node& step, const char* key, const char* example);
};

/// "there is:  a, b", for the help of a finding.
std::string there_is(const std::vector<std::string>& names);

/// E0407: `there is no map "x"`, with the nearest, or all that there are.
void refuse_unknown_name(const Node& name, const char* kind, const char* folder, const std::vector<std::string>& known,
                         Findings& findings);
template <class Named>
std::vector<std::string> names_of(const std::map<std::string, Named>& all) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : all) names.push_back(name);
  return names;
}

/// The vocabulary of an HL7 source, and that of the engine's own events.
Vocabulary hl7_vocabulary(const SiteParts& parts);
Vocabulary event_vocabulary(const SiteParts& parts);

/// Reads one verb; nothing after a finding. Each is in the file of its name.
using Verb = decltype(RouteStep::verb);
std::optional<Verb> load_require(const Node& step, Loading& loading);
std::optional<Verb> load_split(const Node& step, Loading& loading);
std::optional<Verb> load_reconcile(const Node& step, Loading& loading);
std::optional<Verb> load_enrich(const Node& step, Loading& loading);
std::optional<Verb> load_map(const Node& step, Loading& loading);
std::optional<Verb> load_script(const Node& step, Loading& loading);

/// Findings E0410 for a test that could never fail, or never pass, as it is written.
void check_test(const Node& test, const Loading& loading);

}  // namespace pons
