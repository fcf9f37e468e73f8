#include "engine/route/site_tests.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/hl7/edit.h"
#include "engine/mapping/map_tests.h"
#include "engine/route/binding.h"
#include "engine/route/decide.h"
#include "engine/route/naming.h"
#include "engine/route/test_world.h"
#include "engine/route/worklist.h"

namespace pons {

namespace {

constexpr std::string_view kDefaultTime = "2026-01-01T12:00:00Z";

std::string text_of(const Node& map, const char* key) {
  const Node* found = map.find(key);
  return found ? found->text : std::string();
}

/// A block of YAML as JSON, for an event's study.
json::Value to_json(const Node& node) {
  if (node.is_scalar()) return json::Value(node.text);
  if (node.is_list()) {
    json::Value list = json::Value::array();
    for (const Node& each : node.items) list.push(to_json(each));
    return list;
  }
  json::Value object = json::Value::object();
  for (const auto& [key, value] : node.entries) object[key.text] = to_json(value);
  return object;
}

/// One test of one route.
class RouteTest {
 public:
  RouteTest(const Site& site, const Route& route, const SiteFiles& files, const Node& test)
      : site_(site), route_(route), files_(files), test_(test) {}

  std::vector<std::string> run() {
    const Node* given = test_.find("given");
    if (!given || !test_.find("expect")) return {"a test has given: and expect:"};
    if (!(route_.takes_events() ? run_event(*given) : run_message(*given))) return failures_;
    check(*test_.find("expect"));
    return failures_;
  }

 private:
  bool fail(std::string text) {
    failures_.push_back(std::move(text));
    return false;
  }

  Instant start() const {
    const std::string at = text_of(test_, "at");
    return from_rfc3339(at.empty() ? kDefaultTime : std::string_view(at)).value_or(Instant{});
  }

  bool run_message(const Node& given) {
    auto text = message_text(given);
    if (!text) return false;
    auto message = hl7::Message::parse(*text);
    if (!message) return fail("given: " + message.fault().text);
    if (!change(*message)) return false;
    TestWorld world(site_, route_, &*message);
    set_up(world);
    Envelope envelope;
    envelope.inlet = route_.from;
    envelope.arrived = start();
    envelope.message = 1;
    envelope.bytes = std::make_shared<const std::string>(message->write());
    world_ = &world;
    auto decided = decide(site_, envelope, world.book(), start(), &route_);
    while (decided && decided->decision.receipt.outcome == Receipt::Outcome::waiting) {
      const PendingRun& run = *world.book().runs.first([](const PendingRun&) { return true; });
      waited_ = *run.due - run.since;
      if (ack_.empty()) take_ack(decided->decision.receipt);
      envelope.pending = run.id;
      decided = decide(site_, envelope, world.book(), *run.due, &route_);
    }
    return conclude(std::move(decided), world);
  }

  bool run_event(const Node& given) {
    const Node* study = given.is_map() ? given.find("study") : nullptr;
    if (!study) return fail("given: an event has event: and study:");
    TestWorld world(site_, route_, nullptr);
    set_up(world);
    Envelope envelope;
    envelope.inlet = "dicom";
    envelope.arrived = start();
    envelope.message = 1;
    json::Value event;
    event["type"] = text_of(given, "event");
    event["time"] = to_rfc3339(start());
    return conclude(decide_event(site_, event, to_json(*study), envelope, world.book(), start(), &route_), world);
  }

  void set_up(TestWorld& world) {
    const Node* having = test_.find("having");
    const bool reports = std::any_of(route_.steps.begin(), route_.steps.end(), [](const RouteStep& each) {
      return std::holds_alternative<ReconcileReport>(each.verb);
    });
    if (reports && !(having && having->find("orders"))) world.know_orders_of_message();
    if (having) world.have(*having);
  }

  bool conclude(std::optional<Decided> decided, TestWorld& world) {
    if (!decided) return fail("the run ended without a decision");
    if (ack_.empty()) take_ack(decided->decision.receipt);
    if (!check_taken(*decided)) return false;
    sent_ = std::move(decided->sent);
    for (const Step* each : world.book().steps.all([](const Step&) { return true; }))
      worklist_.emplace_back(worklist_item(world.book(), *each));
    for (const Patient* each : world.book().patients.all([](const Patient&) { return true; }))
      patients_.emplace_back(patient_with_merge(world.book(), *each));
    for (const Study* each : world.book().studies.all([](const Study&) { return true; }))
      studies_.emplace_back(study_object(world.book(), *each, nullptr));
    return true;
  }

  /// A test of what a route does not do would pass as well when the route does not even take its message. One that
  /// expects a refusal says so by its ack.
  bool check_taken(const Decided& decided) {
    const Node& expect = *test_.find("expect");
    if (expect.find("ack") || expect.find("ack_text")) return true;
    const auto trace = json::Value::parse(decided.decision.trace);
    const json::Value* routes = trace ? trace->find("routes") : nullptr;
    if (!routes) return true;
    for (const json::Value& each : routes->items())
      if (const std::string why_not = each.text_of("why_not"); !why_not.empty())
        return fail(each.text_of("route") + " does not take this message: " + why_not);
    return true;
  }

  static json::Value patient_with_merge(const Book& book, const Patient& patient) {
    json::Value object = patient_object(patient, false);
    if (patient.merged_into && !book.survivor(patient.id).identifiers.empty())
      object["merged_into"] = book.survivor(patient.id).identifiers.front().value;
    return object;
  }

  void take_ack(const Receipt& receipt) {
    const Endpoint* inlet = site_.endpoint(route_.from);
    const bool takes_all = inlet && inlet->ack == Endpoint::Ack::stored;
    ack_ = receipt.took_effect() || takes_all ? "AA" : receipt.unacceptable ? "AR" : "AE";
    ack_text_ = receipt.text;
    for (const Fault& fault : receipt.faults) ack_text_ += "; " + fault.text;
  }

  std::optional<std::string> message_text(const Node& given) {
    if (given.is_list()) {
      std::string text;
      if (given.items.empty() || !given.items.front().text.starts_with("MSH"))
        text = "MSH|^~\\&|TEST||||20260101120000||" + std::string("ORM^O01") + "|T1|P|2.5.1\r";
      for (const Node& each : given.items) text += each.text + '\r';
      return text;
    }
    const auto found = files_.find("routes/" + given.text);
    if (found != files_.end()) return found->second;
    fail("there is no sample routes/" + given.text);
    return {};
  }

  /// `change:` edits the sample; a value is HL7 as written, `absent` takes the place away.
  bool change(hl7::Message& message) {
    const Node* changes = test_.find("change");
    if (!changes) return true;
    for (const auto& [place, value] : changes->entries) {
      const auto path = hl7::Path::parse(place.text);
      if (!path) return fail("change: " + path.fault().text);
      const auto changed = value.text == "absent" ? hl7::set(message, *path, hl7::State::absent)
                                                  : hl7::set_raw(message, *path, value.text);
      if (!changed) return fail("change " + place.text + ": " + changed.fault().text);
    }
    return true;
  }

  void check(const Node& expect) {
    for (const auto& [key, wanted] : expect.entries) {
      if (key.text == "ack")
        check_text("ack", wanted.text, ack_);
      else if (key.text == "ack_text")
        check_contains(wanted.text);
      else if (key.text == "waited")
        check_text("waited", wanted.text, waited_ ? to_text(*waited_) : "(not at all)");
      else if (key.text == "worklist")
        check_list("worklist", wanted, worklist_);
      else if (key.text == "patients")
        check_list("patients", wanted, patients_);
      else if (key.text == "studies")
        check_list("studies", wanted, studies_);
      else
        check_endpoint(key.text, wanted);
    }
  }

  void check_text(const std::string& what, const std::string& wanted, const std::string& got) {
    if (wanted != got)
      fail(what + "    want " + wanted + "    got " + got + (ack_text_.empty() ? "" : "  (" + ack_text_ + ")"));
  }

  void check_contains(const std::string& wanted) {
    if (ack_text_.find(wanted) == std::string::npos) fail("ack_text    want " + wanted + "    got " + ack_text_);
  }

  void check_endpoint(const std::string& name, const Node& wanted) {
    if (!site_.endpoint(name)) {
      fail("expect: there is no endpoint " + name);
      return;
    }
    std::vector<Document> documents;
    for (const Sent& each : sent_)
      if (each.endpoint == name) documents.push_back(*each.document);
    check_list(name, wanted, documents);
  }

  /// `none`, a count, or a list of which each entry fits one of what came, in any order.
  void check_list(const std::string& what, const Node& wanted, const std::vector<Document>& got) {
    if (wanted.is_scalar()) {
      const std::string count = wanted.text == "none" ? "0" : wanted.text;
      if (count != std::to_string(got.size()))
        fail(what + "    want " + wanted.text + "    got " + std::to_string(got.size()) + reason());
      return;
    }
    std::vector<bool> used(got.size());
    for (std::size_t i = 0; i < wanted.items.size(); ++i) check_entry(what, i, wanted.items[i], got, used);
  }

  void check_entry(const std::string& what, std::size_t index, const Node& wanted, const std::vector<Document>& got,
                   std::vector<bool>& used) {
    std::vector<std::string> best;
    bool tried = false;
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (used[i]) continue;
      auto differs = wanted.is_scalar() ? identity_differs(wanted, got[i]) : differences(wanted, got[i]);
      if (differs.empty()) {
        used[i] = true;
        return;
      }
      if (!tried || differs.size() < best.size()) best = std::move(differs);
      tried = true;
    }
    const std::string place = what + '[' + std::to_string(index + 1) + ']';
    if (!tried) fail(place + "    got nothing" + reason());
    for (const std::string& each : best) fail(place + '.' + each);
  }

  /// `patients: [M1, M2]`.
  static std::vector<std::string> identity_differs(const Node& wanted, const Document& got) {
    const std::string number = std::get<json::Value>(got).text_of("PatientID");
    if (number == wanted.text) return {};
    return {"PatientID    want " + wanted.text + "    got " + number};
  }

  std::string reason() const { return ack_text_.empty() ? "" : "  (" + ack_text_ + ")"; }

  const Site& site_;
  const Route& route_;
  const SiteFiles& files_;
  const Node& test_;
  TestWorld* world_ = nullptr;
  std::string ack_, ack_text_;
  std::optional<Duration> waited_;
  std::vector<Sent> sent_;
  std::vector<Document> worklist_, patients_, studies_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<TestOutcome> run_tests(const Site& site, const SiteFiles& files) {
  std::vector<TestOutcome> outcomes;
  for (const auto& [name, map] : site.parts().maps)
    for (const Map::Test& test : map.tests()) outcomes.push_back({test.name, test.span, run_test(map, test)});
  for (const Route& route : site.routes())
    for (const Node* test : route.tests) {
      const Node* name = test->find("name");
      outcomes.push_back(
          {name ? name->text : route.name, name ? name->span : test->span, RouteTest(site, route, files, *test).run()});
    }
  return outcomes;
}

}  // namespace pons
