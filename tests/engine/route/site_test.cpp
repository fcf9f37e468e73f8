#include "engine/base/text.h"
#include "engine/route/site_tests.h"
#include "tests/engine/route/sites.h"

using namespace pons;

namespace {

/// A site with one route, whose tests are what a test is about.
struct Tested {
  explicit Tested(const std::string& tests, const std::string& route = kRoute) {
    files["routes/endpoints.yaml"] =
        "endpoints:\n"
        "  ris-mllp:\n    listen: mllp://127.0.0.1:2575\n    authority: HOSP\n"
        "  pacs:\n    send: mllp://pacs:2575\n";
    files["routes/samples/order.hl7"] =
        "MSH|^~\\&|RIS|NORTH|||20261124100000||ORM^O01|C1|P|2.5\rPID|1||M1^^^HOSP^MR||DOE^JANE\rORC|NW|P1\r";
    files["routes/orders.yaml"] = route + "tests:\n" + tests;
    Findings findings;
    site = Site::load(files, looks_in({}), findings);
    INFO(to_text(findings));
    REQUIRE(site);
  }

  std::vector<std::string> failures() const {
    std::vector<std::string> all;
    for (const TestOutcome& each : run_tests(*site, files))
      all.insert(all.end(), each.failures.begin(), each.failures.end());
    return all;
  }

  static constexpr const char* kRoute =
      "route: orders\nfrom: ris-mllp\nwhen: MSH-9.1 = ORM\nsteps:\n"
      "  - require:\n      the order is new: ORC-1 = NW\n"
      "to:\n  - endpoint: pacs\n    send: received\n";
  SiteFiles files;
  std::shared_ptr<const Site> site;
};

using Lines = std::vector<std::string>;

/// `- name: …` with what it gives and expects, indented as YAML wants it.
std::string test(const std::string& rest) {
  return "  - name: a test\n    given: samples/order.hl7\n    " + replace_all(rest, "\n", "\n    ") + "\n";
}

}  // namespace

TEST_CASE("the sample hospital passes all of its own tests") {
  const SiteFiles files = files_in(PONS_SOURCE_DIR);
  const auto site = load(files);
  const auto outcomes = run_tests(*site, files);
  CHECK(outcomes.size() >= 10);
  for (const TestOutcome& outcome : outcomes) {
    INFO(outcome.span.where() << " " << outcome.name);
    CHECK(outcome.failures == Lines{});
  }
}

TEST_CASE("every route of the sample hospital has a test") {
  const auto site = load(files_in(PONS_SOURCE_DIR));
  CHECK(site->routes().size() == 5);
  for (const Route& route : site->routes()) {
    INFO(route.name);
    CHECK_FALSE(route.tests.empty());
  }
}

TEST_CASE("an expectation that is not met says what was wanted and what came") {
  CHECK(Tested(test("expect:\n  ack: AE")).failures() == Lines{"ack    want AE    got AA"});
  CHECK(Tested(test("expect:\n  pacs: none")).failures() == Lines{"pacs    want none    got 1"});
  CHECK(Tested(test("expect:\n  pacs: 2")).failures() == Lines{"pacs    want 2    got 1"});
  CHECK(Tested(test("expect:\n  waited: 15m")).failures() == Lines{"waited    want 15m    got (not at all)"});
  CHECK(Tested(test("expect:\n  pacs:\n    - PID-3.1: M2")).failures() ==
        Lines{"pacs[1].PID-3.1    want M2    got M1"});
  CHECK(Tested(test("expect:\n  worklist:\n    - AccessionNumber: A1")).failures() ==
        Lines{"worklist[1]    got nothing"});
  CHECK(Tested(test("expect:\n  patients: [M1]")).failures() == Lines{"patients[1]    got nothing"});
}

TEST_CASE("why a message was refused stands beside what was wanted") {
  const auto failures = Tested(test("change:\n  ORC-1: CA\nexpect:\n  ack: AA\n  ack_text: no such order")).failures();
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].starts_with("ack    want AA    got AE  (the order is new: ORC-1 = NW does not hold"));
  CHECK(failures[1].starts_with("ack_text    want no such order    got the order is new: ORC-1 = NW does not hold"));
}

TEST_CASE("a sample is changed at a place, or loses it") {
  CHECK(Tested(test("change:\n  PID-3: M2^^^HOSP^MR\nexpect:\n  pacs:\n    - PID-3.1: M2")).failures() == Lines{});
  CHECK(Tested(test("change:\n  PID-5: absent\nexpect:\n  pacs:\n    - PID-5: absent")).failures() == Lines{});
  CHECK(Tested(test("change:\n  PID-5: '\"\"'\nexpect:\n  pacs:\n    - PID-5: null")).failures() == Lines{});
}

TEST_CASE("a test may give segments instead of a sample") {
  CHECK(
      Tested(
          "  - name: a test\n    given:\n      - PID|1||M1^^^HOSP^MR\n      - ORC|NW|P1\n    expect:\n      pacs: 1\n")
          .failures() == Lines{});
}

TEST_CASE("what a test has is there before its message, and what it expects is compared after it") {
  const std::string having =
      "having:\n  patients:\n    - PatientID: M1\n      PatientName: DOE^JANE\n"
      "  studies:\n    - AccessionNumber: A1\n      StudyInstanceUID: 1.2.3\n"
      "  worklist:\n    - AccessionNumber: A1\n      Modality: CT\n  orders:\n    - placer: P1\n";
  const std::string expect =
      "expect:\n  patients:\n    - PatientID: M1\n      PatientName: DOE^JANE\n"
      "  studies:\n    - PatientID: M1\n      StudyInstanceUID: 1.2.3\n"
      "  worklist:\n    - AccessionNumber: A1\n      Modality: CT";
  CHECK(Tested(test(having + expect)).failures() == Lines{});
  CHECK(Tested(test(having + "expect:\n  studies: none\n  worklist: none\n  patients: none")).failures().size() == 3);
}

TEST_CASE("a test waits as long as its route does, and says how long that was") {
  const std::string route =
      "route: orders\nfrom: ris-mllp\nwhen: MSH-9.1 = ORM\nsteps:\n"
      "  - enrich:\n      study: studies(AccessionNumber = ORC-2)\n    missing: {wait: 15m, then: continue}\n"
      "to:\n  - endpoint: pacs\n    send: received\n";
  CHECK(Tested(test("expect:\n  waited: 15m\n  pacs: 1"), route).failures() == Lines{});
  CHECK(Tested(test("having:\n  studies:\n    - AccessionNumber: P1\nexpect:\n  waited: 15m"), route).failures() ==
        Lines{"waited    want 15m    got (not at all)"});
}

TEST_CASE("a test says at what time its event comes") {
  const std::string route =
      "route: orders\nfrom: imaging-events\nsteps:\n"
      "  - require:\n      it is that morning: event.time = text(\"2026-11-24T10:00:00.000000Z\")\n";
  const auto at = [&](const std::string& time) {
    const std::string given =
        "  - name: a test\n    given:\n      event: study-complete\n      study:\n        Modality: CT\n";
    return Tested(given + time + "    expect:\n      ack: AA\n", route).failures().size();
  };
  CHECK(at("    at: 2026-11-24T10:00:00Z\n") == 0);
  CHECK(at("    at: 2026-11-24T10:00:01Z\n") == 1);
  CHECK(at("") == 1);
}

TEST_CASE("an endpoint that is off where the test runs is tested like any other") {
  const Tested tested(test("expect:\n  pacs: 1"));
  SiteFiles files = tested.files;
  files["routes/endpoints.yaml"] = replace_all(files["routes/endpoints.yaml"], "mllp://pacs", "mllp://${env:PACS}");
  const auto site = load(files);
  REQUIRE(site->endpoints().at("pacs").is_off);
  CHECK(run_tests(*site, files).at(0).failures == Lines{});
}

TEST_CASE("a sample that is not there fails its test") {
  CHECK(Tested("  - name: a test\n    given: samples/oder.hl7\n    expect:\n      ack: AA\n").failures() ==
        Lines{"there is no sample routes/samples/oder.hl7"});
}

TEST_CASE("a sample that is no message fails its test") {
  const auto failures = Tested("  - name: a test\n    given:\n      - MSH\n    expect:\n      ack: AA\n").failures();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].starts_with("given: "));
}

TEST_CASE("a test of a route that does not take its sample says so instead of passing") {
  const auto failures = Tested(test("change:\n  MSH-9.1: ADT\nexpect:\n  ack: AA\n  pacs: 1")).failures();
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].find("got AR") != std::string::npos);
  CHECK(failures[0].find("no route takes this type of message here; wanted is MSH-9.1 = ORM") != std::string::npos);
}

TEST_CASE("a test that expects nothing to happen needs a message that its route takes") {
  const auto failures = Tested(test("change:\n  MSH-9.1: ADT\nexpect:\n  pacs: none")).failures();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].starts_with("orders does not take this message: MSH-9.1 = ORM"));
}
