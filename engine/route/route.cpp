#include "engine/route/route.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/route/dicom_request.h"
#include "engine/route/loading.h"

namespace pons {

namespace {

struct VerbWord {
  std::string_view word;
  std::optional<Verb> (*load)(const Node&, Loading&);
};
constexpr std::array<VerbWord, 6> kVerbs{{{"require", load_require},
                                          {"split", load_split},
                                          {"reconcile", load_reconcile},
                                          {"enrich", load_enrich},
                                          {"map", load_map},
                                          {"script", load_script}}};

std::string step_name(const Node& step, const VerbWord& verb) {
  if (const Node* name = step.find("name")) return name->text;
  const Node& object = *step.find(verb.word);
  return std::string(verb.word) + (object.is_scalar() ? ' ' + object.text : "");
}

std::optional<RouteStep> load_step(const Node& node, Loading& loading) {
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                 [&](const VerbWord& each) { return node.is_map() && node.find(each.word); });
  if (verb == kVerbs.end()) {
    std::vector<std::string> words;
    for (const VerbWord& each : kVerbs) words.emplace_back(each.word);
    const std::string near =
        node.is_map() && !node.entries.empty() ? nearest(node.entries.front().key.text, words) : "";
    loading.findings.error("E0406", node.is_map() && !node.entries.empty() ? node.entries.front().key.span : node.span,
                           "this is no step", near.empty() ? "" : "did you mean " + near + "?",
                           "a step is one of:  require  split  enrich  reconcile  map  script");
    return {};
  }
  RouteStep step{step_name(node, *verb), node.span, {}, {}};
  if (const Node* when = node.find("when")) {
    step.when = loading.compile(*when);
    if (!step.when) return {};
  }
  auto loaded = verb->load(node, loading);
  if (!loaded) return {};
  step.verb = *std::move(loaded);
  return step;
}

/// A DICOM endpoint takes requests, and only events give any.
void check_request(const Node& name, Loading& loading) {
  const auto& known = dicom_documents();
  const bool is_known = std::find(known.begin(), known.end(), name.text) != known.end();
  if (is_known && !loading.inlet) return;
  const std::string near = nearest(name.text, known);
  loading.findings.error("E0408", name.span,
                         is_known ? "a DICOM endpoint takes what routes from imaging-events send"
                                  : "\"" + name.text + "\" is no request that a DICOM endpoint takes",
                         near.empty() || is_known ? "" : "did you mean " + near + "?",
                         is_known ? "write in the route:  from: imaging-events" : there_is(known));
}

bool check_document(const Node& name, Loading& loading) {
  if (name.text == "received" && loading.inlet) return true;
  if (loading.documents.contains(name.text)) return true;
  std::vector<std::string> known;
  for (const auto& [each, kind] : loading.documents) known.push_back(each);
  if (loading.inlet) known.push_back("received");
  const std::string near = nearest(name.text, known);
  std::string help = there_is(known);
  if (name.text == "merge.notice")
    help = "write a step that merges:  - reconcile: merge";
  else if (name.text == "received")
    help = "an event brings no message: build one with a map";
  else
    help +=
        (help.empty() ? "build it:  - map: NAME  with  as: " : "\nor build it:  - map: NAME  with  as: ") + name.text;
  loading.findings.error("E0408", name.span, "nothing called \"" + name.text + "\" was built",
                         near.empty() ? "" : "did you mean " + near + "?", help);
  return false;
}

/// The worklist takes an item of an order; an MLLP endpoint takes messages.
void check_fits(const Node& name, const Destination& destination, Loading& loading) {
  const auto found = loading.documents.find(name.text);
  const auto kind = found == loading.documents.end() ? std::nullopt : found->second;
  if (destination.endpoint == "worklist") {
    if (kind != Target::Kind::worklist)
      loading.findings.error("E0408", name.span, "\"" + name.text + "\" is no worklist item", "",
                             "send what a map with  out: dicom worklist  builds");
    else if (!loading.inlet || !loading.vocabulary.names.contains("order"))
      loading.findings.error("E0408", name.span, "nothing says which order this item belongs to", "",
                             "write before the map:  - reconcile: order");
    return;
  }
  const Endpoint& endpoint = loading.parts.endpoints.at(destination.endpoint);
  if (endpoint.kind == Endpoint::Kind::mllp_outlet && kind && kind != Target::Kind::hl7)
    loading.findings.error("E0408", name.span, "\"" + name.text + "\" is no message, and MLLP carries nothing else", "",
                           "send what a map with  out: hl7 ...  builds, or received");
}

bool check_endpoint(const Node& name, Loading& loading) {
  if (name.text == "worklist") return true;
  const auto found = loading.parts.endpoints.find(name.text);
  if (found != loading.parts.endpoints.end() && found->second.is_outlet()) return true;
  std::vector<std::string> known{"worklist"};
  for (const auto& [each, endpoint] : loading.parts.endpoints)
    if (endpoint.is_outlet()) known.push_back(each);
  const std::string near = nearest(name.text, known);
  loading.findings.error("E0409", name.span, "there is no endpoint \"" + name.text + "\" to send to",
                         near.empty() ? "" : "did you mean " + near + "?",
                         there_is(known) + "\nendpoints are in routes/endpoints.yaml");
  return false;
}

std::optional<Destination> load_destination(const Node& node, Loading& loading) {
  refuse_unknown_keys(node, {"endpoint", "send", "when", "each"}, loading.findings);
  const Node* endpoint = loading.wanted(node, "endpoint", "ehr-mllp");
  const Node* send = node.find("send");
  if (!send) loading.wanted(node, "send", "received");
  if (!endpoint || !send || !check_endpoint(*endpoint, loading)) return {};
  Destination destination{endpoint->text, endpoint->span, {}, {}, {}};
  const auto found = loading.parts.endpoints.find(endpoint->text);
  const bool sends_requests =
      found != loading.parts.endpoints.end() && found->second.kind == Endpoint::Kind::dicom_outlet;
  const std::vector<Node> alone{*send};
  for (const Node& each : send->is_list() ? send->items : alone) {
    if (sends_requests)
      check_request(each, loading);
    else if (check_document(each, loading))
      check_fits(each, destination, loading);
    destination.documents.push_back(each.text);
  }
  if (destination.documents.empty())
    loading.findings.error("E0408", send->span, "nothing is sent", "", "write:  send: received");
  if (const Node* each = node.find("each")) {
    destination.each = Each::compile(*each, loading.vocabulary, loading.findings);
    if (!destination.each) return {};
  }
  if (const Node* when = node.find("when")) {
    destination.when = loading.compile(*when);
    if (!destination.when) return {};
  }
  return destination;
}

const std::vector<Node>& list_at(const Node& file, const char* key, const char* example, Findings& findings) {
  static const std::vector<Node> kNone;
  const Node* list = file.find(key);
  if (!list || list->is_list()) return list ? list->items : kNone;
  findings.error("E0406", file.key(key)->span, std::string(key) + ": wants a list, one entry after a dash", "",
                 std::string("write below it:  ") + example);
  return kNone;
}

/// Names that the steps bind, whatever their order.
std::set<std::string> names_bound_by(const Node& file) {
  std::set<std::string> names;
  const Node* steps = file.find("steps");
  if (!steps) return names;
  for (const Node& step : steps->items) {
    if (step.find("script")) names.insert("script");
    if (const Node* as = step.find("as")) names.insert(as->text);
    if (const Node* enrich = step.find("enrich"))
      for (const auto& [name, look_up] : enrich->entries) names.insert(name.text);
    const Node* record = step.find("reconcile");
    if (!record) continue;
    names.insert(record->text);
    if (record->text == "order") names.insert("step");
    if (record->text == "report") names.insert({"order", "patient"});
    if (record->text == "merge") names.insert("patient");
  }
  return names;
}

bool load_order_by(const Node& file, Route& route, Loading& loading) {
  const Node* node = file.find("order_by");
  if (!node) return true;
  const std::vector<Node> alone{*node};
  for (const Node& each : node->is_list() ? node->items : alone) {
    auto key = loading.compile(each);
    if (!key) return false;
    route.order_by.push_back(*std::move(key));
  }
  return true;
}

bool find_source(const Node& file, Route& route, Loading& loading) {
  const Node* from = loading.wanted(file, "from", "ris-mllp");
  if (!from) return false;
  route.from = from->text;
  if (route.takes_events()) {
    loading.vocabulary = event_vocabulary(loading.parts);
    return true;
  }
  loading.vocabulary = hl7_vocabulary(loading.parts);
  const auto found = loading.parts.endpoints.find(from->text);
  if (found != loading.parts.endpoints.end() && found->second.is_inlet()) {
    loading.inlet = &found->second;
    return true;
  }
  std::vector<std::string> known{"imaging-events"};
  for (const auto& [name, endpoint] : loading.parts.endpoints)
    if (endpoint.is_inlet()) known.push_back(name);
  const std::string near = nearest(from->text, known);
  loading.findings.error("E0409", from->span, "nothing called \"" + from->text + "\" listens",
                         near.empty() ? "" : "did you mean " + near + "?",
                         there_is(known) + "\nendpoints are in routes/endpoints.yaml");
  return false;
}

}  // namespace

std::optional<Route> load_route(const Node& file, const SiteParts& parts, Findings& findings) {
  const std::size_t before = findings.all().size();
  refuse_unknown_keys(file, {"route", "about", "owner", "from", "when", "order_by", "steps", "to", "on_error", "tests"},
                      findings);
  Loading loading{parts, findings, nullptr, {}, {}, names_bound_by(file)};
  Route route;
  route.name = file.find("route")->text;
  route.span = file.find("route")->span;
  if (!find_source(file, route, loading)) return {};
  if (const Node* when = file.find("when")) route.when = loading.compile(*when);
  load_order_by(file, route, loading);
  using enum Endpoint::Policy;
  route.on_error = loading.policy(
      file, "on_error", loading.inlet && loading.inlet->tells_what_steps_say() ? reject : hold, {hold, park, reject});
  for (const Node& each : list_at(file, "steps", "- map: orm-to-worklist", findings))
    if (auto step = load_step(each, loading)) route.steps.push_back(*std::move(step));
  for (const Node& each : list_at(file, "to", "- endpoint: worklist", findings))
    if (auto destination = load_destination(each, loading)) route.to.push_back(*std::move(destination));
  for (const Node& each : list_at(file, "tests", "- name: an order becomes a worklist item", findings)) {
    check_test(each, loading);
    route.tests.push_back(&each);
  }
  const bool failed = std::any_of(findings.all().begin() + static_cast<std::ptrdiff_t>(before), findings.all().end(),
                                  [](const Finding& each) { return each.severity == Finding::Severity::error; });
  return failed ? std::nullopt : std::optional(std::move(route));
}

}  // namespace pons
