#include <algorithm>
#include <catch2/catch.hpp>
#include <future>

#include "adapters/memory/store.h"
#include "adapters/postgres/journal.h"
#include "adapters/postgres/parcels.h"
#include "adapters/postgres/performed_steps.h"
#include "adapters/postgres/store.h"
#include "adapters/postgres/worklist.h"
#include "engine/runtime/intake.h"
#include "tests/contracts/database.h"
#include "tests/contracts/store_contract.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using test::database;
using test::OrderText;

namespace {

/// The engine on PostgreSQL, without sockets.
struct Bench {
  PostgresStore store{database().conninfo()};
  PostgresWorklist worklist{database().conninfo()};
  SystemClock clock;
  Intake intake{store, test::sample_site(), clock, Intake::Settings{}};

  Bench() { intake.start(); }

  Receipt send(const OrderText& order) { return send(order.bytes()); }
  Receipt send(const std::string& bytes) {
    Envelope envelope;
    envelope.inlet = "ris-mllp";
    envelope.arrived = SystemClock().now();
    envelope.bytes = std::make_shared<const std::string>(bytes);
    return intake.accept(std::move(envelope));
  }
  std::vector<WorklistItem> find(const WorklistQuery& query) {
    std::vector<WorklistItem> items;
    worklist.find(query, [&](const WorklistItem& item) {
      items.push_back(item);
      return true;
    });
    return items;
  }
};

OrderText order(const std::string& name) {
  OrderText text;
  text.control_id = "C-" + name, text.patient = "M-" + name, text.placer = "P-" + name, text.filler = "F-" + name;
  text.accession = "A-" + name;
  return text;
}

WorklistQuery by_accession(const std::string& name) {
  WorklistQuery query;
  query.keys["AccessionNumber"] = {"A-" + name};
  return query;
}

}  // namespace

TEST_CASE("the memory store keeps the contract") {
  MemoryStore store;
  SECTION("of messages") {
    test::store_contract(store);
  }
  SECTION("of records") {
    test::records_contract(store);
  }
  SECTION("of performed steps") {
    test::performed_steps_contract(store, store);
  }
  SECTION("of runs that were set aside") {
    test::runs_contract(store);
  }
  SECTION("of parcels") {
    test::parcels_contract(store, store);
  }
}

TEST_CASE("the PostgreSQL store keeps the contract") {
  PostgresStore store(database().conninfo());
  PostgresParcels parcels(database().conninfo());
  SECTION("of messages") {
    test::store_contract(store);
  }
  SECTION("of records") {
    test::records_contract(store);
  }
  SECTION("of performed steps") {
    PostgresPerformedSteps steps(database().conninfo());
    test::performed_steps_contract(store, steps);
  }
  SECTION("of runs that were set aside") {
    test::runs_contract(store);
  }
  SECTION("of parcels") {
    test::parcels_contract(store, parcels);
  }
}

TEST_CASE("the schema is prepared twice without harm") {
  prepare_schema(database().conninfo());
}

TEST_CASE("when AA is read the worklist answers with the step") {
  Bench bench;
  REQUIRE(bench.send(order("aa")).outcome == Receipt::Outcome::done);
  const auto items = bench.find(by_accession("aa"));
  REQUIRE(items.size() == 1);
  CHECK(items[0].patient.find("DOE^JANE") != std::string::npos);
  CHECK(items[0].item.find("2.25.") != std::string::npos);
}

TEST_CASE("an order of the sample hospital is found by its visit, priority, institution and protocol") {
  Bench bench;
  OrderText text = order("visit");
  std::string bytes = text.bytes();
  const auto put = [&](const std::string& place, const std::string& what) {
    const auto at = bytes.find(place);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, place.size(), what);
  };
  put("D1^WHO^ALAN\r", "D1^WHO^ALAN|||||||||||V-visit\r");
  put("^^^20261125093000\r", "^^^20261125093000^^S||||||||||N^North wing\r");
  put("CT1^CT head^L", "CT1^CT head^L^P12^Head routine^PROTO");
  REQUIRE(bench.send(bytes).outcome == Receipt::Outcome::done);
  const std::string protocol = "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue";
  for (const auto& [key, value] : std::map<std::string, std::string>{{"AdmissionID", "V-visit"},
                                                                     {"RequestedProcedurePriority", "STAT"},
                                                                     {"InstitutionName", "North*"},
                                                                     {"CurrentPatientLocation", "RADX"},
                                                                     {protocol, "P12"}}) {
    CAPTURE(key);
    WorklistQuery query = by_accession("visit");
    query.keys[key] = {value};
    CHECK(bench.find(query).size() == 1);
    query.keys[key] = {"other"};
    CHECK(bench.find(query).empty());
  }
}

TEST_CASE("the worklist matches as PS3.4 K.6 says") {
  Bench bench;
  OrderText text = order("match");
  text.name = "M\xfcLLER^ANNA";  // Latin-1, as the endpoint's character set says
  bench.send(text);
  WorklistQuery query = by_accession("match");
  const auto matches = [&] { return bench.find(query).size(); };
  SECTION("names without regard to case, in any alphabet, with wildcards and trailing ^") {
    query.keys["PatientName"] = {"m\xc3\xbcller^anna^^"};
    CHECK(matches() == 1);
    query.keys["PatientName"] = {"M*"};
    CHECK(matches() == 1);
    query.keys["PatientName"] = {"M%"};
    CHECK(matches() == 0);
  }
  SECTION("a wildcard of SQL is plain text") {
    query.keys["AccessionNumber"] = {"A_match"};
    CHECK(matches() == 0);
    query.keys["AccessionNumber"] = {"A?match"};
    CHECK(matches() == 1);
  }
  SECTION("date and time are one interval") {
    query.start = {"20261124", "220000", "20261125", "093000"};
    CHECK(matches() == 1);
    query.start = {"20261124", "220000", "20261125", "090000"};
    CHECK(matches() == 0);
  }
  SECTION("lists of modalities and stations") {
    query.keys["ScheduledProcedureStepSequence.Modality"] = {"MR", "CT"};
    query.stations = {"CT1"};
    CHECK(matches() == 1);
    query.stations = {"CT2"};
    CHECK(matches() == 0);
  }
  SECTION("no more than the limit") {
    query.keys.clear();
    query.limit = 1;
    CHECK(matches() == 1);
  }
}

TEST_CASE("a step without station is offered to the stations of its modality") {
  Bench bench;
  OrderText text = order("anywhere");
  text.section = "NM";
  bench.send(text);
  WorklistQuery query = by_accession("anywhere");
  query.stations = {"NM7"};
  query.station_modalities = {"NM"};
  CHECK(bench.find(query).size() == 1);
  query.station_modalities = {"CT"};
  CHECK(bench.find(query).empty());
}

TEST_CASE("a canceled step leaves the worklist unless its status is asked for") {
  Bench bench;
  bench.send(order("gone"));
  OrderText cancel = order("gone");
  cancel.control_id = "C2-gone", cancel.control = cancel.status = "CA", cancel.start = "";
  REQUIRE(bench.send(cancel).outcome == Receipt::Outcome::done);
  WorklistQuery query = by_accession("gone");
  CHECK(bench.find(query).empty());
  query.keys["ScheduledProcedureStepSequence.ScheduledProcedureStepStatus"] = {"CANCELED"};
  CHECK(bench.find(query).size() == 1);
}

TEST_CASE("two nodes that get the same message at once do it once") {
  Bench one, two;
  for (int round = 0; round < 20; ++round) {
    const OrderText text = order("twin" + std::to_string(round));
    auto first = std::async(std::launch::async, [&] { return one.send(text); });
    auto second = std::async(std::launch::async, [&] { return two.send(text); });
    const Receipt a = first.get(), b = second.get();
    CHECK(a.message == b.message);
    CHECK(a.duplicate != b.duplicate);
  }
}

TEST_CASE("two nodes that hear of a new patient at once make one patient") {
  Bench one, two;
  OrderText left = order("new-left"), right = order("new-right");
  left.patient = right.patient = "M-new";
  auto first = std::async(std::launch::async, [&] { return one.send(left); });
  auto second = std::async(std::launch::async, [&] { return two.send(right); });
  CHECK(first.get().outcome == Receipt::Outcome::done);
  CHECK(second.get().outcome == Receipt::Outcome::done);
  Subject subject;
  subject.placers = {{"P-new-left", "HOSP", ""}, {"P-new-right", "HOSP", ""}};
  const auto batch = one.store.begin({subject});
  CHECK(batch->book().order_by_placer(subject.placers[0])->patient ==
        batch->book().order_by_placer(subject.placers[1])->patient);
}

TEST_CASE("the journal shows what became of a message, and finds it by its patient") {
  Bench bench;
  OrderText bad = order("journal");
  bad.control = "ZZ";
  const Receipt refused = bench.send(bad);
  const Receipt done = bench.send(order("journal"));
  const auto entry = find_message(database().conninfo(), refused.message);
  REQUIRE(entry);
  CHECK(entry->bytes == bad.bytes());
  CHECK(entry->line.outcome == "refused");
  CHECK(entry->changes.empty());
  const auto lines = list_messages(database().conninfo(), {false, {}, "M-journal^HOSP"});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].message == done.message);
  const auto failed = list_messages(database().conninfo(), {true, std::chrono::hours(1), ""});
  CHECK(std::any_of(failed.begin(), failed.end(), [&](const auto& each) { return each.message == refused.message; }));
}

TEST_CASE("a NUL byte in a number parks that message alone, and its sender is told") {
  Bench bench;
  OrderText text = order("nul");
  SECTION("of the order") {
    text.placer += "\\X00\\";
  }
  SECTION("of the patient") {
    text.patient += "\\X00\\";
  }
  SECTION("of the message") {
    text.control_id += "\\X00\\", text.placer += "\\X00\\";
  }
  CHECK(bench.send(text).outcome == Receipt::Outcome::parked);
  CHECK(bench.send(order("after-nul")).outcome == Receipt::Outcome::done);
}
