#include <algorithm>
#include <set>

#include "tests/engine/route/bench.h"
#include "tests/support/orders.h"

using namespace pons;
using namespace std::chrono_literals;
using test::OrderText;

namespace {

const std::string kFrom = "from: ris-mllp\n";
const std::string kFromQuiet = "from: quiet-mllp\n";
const std::string kToPacs = "to:\n  - endpoint: pacs\n    send: received\n";
const std::string kByPatient = "order_by: PID-3[5 = MR]\n";

std::string require_new(const std::string& otherwise) {
  return "steps:\n  - require:\n      the order is new: ORC-1 = NW\n    else: " + otherwise + "\n";
}

OrderText order(const std::string& patient = "M1") {
  OrderText text;
  text.patient = patient;
  return text;
}
OrderText cancel() {
  OrderText text;
  text.control = "CA";
  return text;
}
/// The same with a second order group.
std::string two_groups(OrderText second) {
  return order().bytes() + second.bytes().substr(second.bytes().find("ORC|"));
}
OrderText second_order() {
  OrderText text;
  text.placer = "P2", text.filler = "F2", text.accession = "A2", text.step = "S2", text.section = "MR";
  return text;
}

std::string adt(const std::string& event, const std::string& rest) {
  return "MSH|^~\\&|HIS|NORTH|||20261124100000||ADT^" + event + "|C1|P|2.5\r" + rest;
}

using Words = std::vector<std::string>;

}  // namespace

// What no route takes.

TEST_CASE("a type that no route of the inlet could take is unacceptable") {
  Bench bench({{"orders", kFrom + "when: MSH-9.1 = ORM and MSH-9.2 = O01\n"}});
  const Decision other = bench.send(adt("A01", "PID|1||M1^^^HOSP^MR\r"));
  CHECK(word(other) == "unrouted");
  CHECK(other.receipt.unacceptable);
  CHECK(fault(other).code == 200);
  CHECK(fault(other).field == "MSH-9");
  OrderText text;
  text.type = "ORM^O99";
  const Decision event = bench.send(text.bytes());
  CHECK(event.receipt.unacceptable);
  CHECK(fault(event).code == 201);
}

TEST_CASE("a message whose type is taken elsewhere is told what the nearest route wants") {
  Bench bench(
      {{"adt", kFrom + "when: MSH-9.1 = ADT\n"}, {"orders", kFrom + "when: MSH-9.1 = ORM and MSH-4 = SOUTH\n"}});
  const Decision decision = bench.send(order().bytes());
  CHECK(word(decision) == "unrouted");
  CHECK_FALSE(decision.receipt.unacceptable);
  CHECK(decision.receipt.text == "no route takes it: orders wants MSH-4 = SOUTH");
  CHECK(fault(decision).field == "MSH-4");
  CHECK(fault(decision).code == 103);
}

TEST_CASE("an endpoint that drops what is not routed says AA to it") {
  Bench bench({{"orders", kFromQuiet + "when: MSH-9.1 = ORM\n"}});
  const Decision decision = bench.send(adt("A01", "PID|1||M1^^^HOSP^MR\r"), "quiet-mllp");
  CHECK(word(decision) == "dropped");
  CHECK(decision.receipt.took_effect());
  CHECK(decision.receipt.faults.empty());
}

TEST_CASE("a processing ID or a version that HL7 does not know is unacceptable whatever the routes say") {
  Bench bench({{"orders", kFrom + kToPacs}});
  OrderText text;
  text.version = "9.9";
  CHECK(fault(bench.send(text.bytes())).code == 203);
  std::string bytes = order().bytes();
  bytes.replace(bytes.find("|P|2.3.1"), 3, "|X|");
  const Decision decision = bench.send(bytes);
  CHECK(fault(decision).code == 202);
  CHECK(decision.receipt.unacceptable);
  CHECK(decision.parcels.empty());
}

TEST_CASE("bytes that are no message are refused") {
  Bench bench({{"orders", kFrom + kToPacs}});
  CHECK(word(bench.send("GET / HTTP/1.1\r\n")) == "refused");
}

// Routes that take the same message.

TEST_CASE("a reject in one route undoes what its neighbours did") {
  Bench bench({{"a-patients", kFrom + "steps:\n" + kPatient + kToPacs}, {"b-checks", kFrom + require_new("reject")}});
  const Decision decision = bench.send(cancel().bytes());
  CHECK(word(decision) == "refused");
  CHECK(decision.parcels.empty());
  CHECK(decision.changes.empty());
  CHECK(bench.patients().empty());
}

TEST_CASE("a hold, a park or a drop in one route leaves its neighbours alone") {
  const auto [otherwise, outcome] =
      GENERATE(table<std::string, std::string>({{"hold", "held"}, {"park", "parked"}, {"drop", "done"}}));
  Bench bench({{"a-patients", kFrom + "steps:\n" + kPatient + kToPacs}, {"b-checks", kFrom + require_new(otherwise)}});
  const Decision decision = bench.send(cancel().bytes());
  CHECK(word(decision) == outcome);
  CHECK(outlets(decision) == "pacs");
  CHECK(bench.patients().size() == 1);
  CHECK(bench.set_aside().size() == (otherwise == "hold" ? 1 : 0));
}

TEST_CASE("a route that stops leaves nothing of its own behind") {
  const std::string otherwise = GENERATE("hold", "park", "drop");
  Bench bench({{"orders", kFrom + "steps:\n" + kPatient + require_new(otherwise).substr(7) + kToPacs}});
  const Decision decision = bench.send(cancel().bytes());
  CHECK(bench.patients().empty());
  CHECK(decision.parcels.empty());
}

TEST_CASE("what is held says why it is held, not why its neighbour was dropped") {
  Bench bench({{"a-drops", kFrom + "steps:\n  - require:\n      it is from the south: MSH-4 = SOUTH\n    else: drop\n"},
               {"b-holds", kFrom + require_new("hold")}});
  const Decision decision = bench.send(cancel().bytes());
  CHECK(word(decision) == "held");
  CHECK(decision.receipt.text.starts_with("the order is new"));
}

// Require.

TEST_CASE("a requirement that does not hold ends its route as it says") {
  const auto [otherwise, outcome] = GENERATE(table<std::string, std::string>(
      {{"reject", "refused"}, {"hold", "held"}, {"park", "parked"}, {"drop", "dropped"}}));
  Bench bench({{"orders", kFrom + require_new(otherwise) + kToPacs}});
  const Decision decision = bench.send(cancel().bytes());
  CHECK(word(decision) == outcome);
  CHECK(fault(decision).text == "the order is new: ORC-1 = NW does not hold");
  CHECK(fault(decision).field == "ORC-1");
  CHECK(fault(decision).line.starts_with("routes/orders.yaml:5"));
  CHECK(outlets(bench.send(order().bytes())) == "pacs");
}

TEST_CASE("a requirement that is one place says that the field is missing, any other that its value is wrong") {
  Bench bench({{"orders", kFrom + "steps:\n  - require:\n      there is an MRN: PID-3[5 = MR].1\n"
                                  "      the order is new: ORC-1 = NW\n"}});
  CHECK(fault(bench.send(order("").bytes())).code == 101);
  CHECK(fault(bench.send(cancel().bytes())).code == 103);
}

TEST_CASE("a rejection that comes too late for its sender is parked") {
  Bench bench({{"orders", "from: stored-mllp\n" + require_new("reject")}});
  const Decision decision = bench.send(cancel().bytes(), "stored-mllp");
  CHECK(word(decision) == "parked");
  CHECK(decision.receipt.text == "parked 1");
  CHECK(fault(decision).field == "ORC-1");
}

// Lanes.

TEST_CASE("a lane that holds a message lets none of its own pass, and all others") {
  Bench bench({{"orders", kFrom + kByPatient + require_new("hold") + kToPacs}});
  CHECK(word(bench.send(cancel().bytes())) == "held");
  const Decision behind = bench.send(order("M1").bytes());
  CHECK(word(behind) == "held");
  CHECK(behind.receipt.text == "it stands behind message 1");
  CHECK(behind.parcels.empty());
  CHECK(word(bench.send(order("M2").bytes())) == "done");
  CHECK(bench.run_of(1).lanes == Words{"orders|M1^HOSP"});
  CHECK(bench.run_of(2).lanes == Words{"orders|M1^HOSP"});
}

TEST_CASE("the same number of another hospital is another lane") {
  Bench bench({{"orders", kFrom + kByPatient + require_new("hold") + kToPacs}});
  bench.send(cancel().bytes());
  std::string bytes = order().bytes();
  bytes.replace(bytes.find("^^^HOSP"), 7, "^^^ELSE");
  CHECK(word(bench.send(bytes)) == "done");
}

TEST_CASE("a lane is the route's own: another route goes on") {
  Bench bench({{"a-holds", kFrom + kByPatient + require_new("hold")}, {"b-sends", kFrom + kByPatient + kToPacs}});
  bench.send(cancel().bytes());
  CHECK(outlets(bench.send(order().bytes())) == "pacs");
}

TEST_CASE("what was held is released in the order in which it came") {
  Bench bench({{"orders", kFrom + kByPatient +
                              "steps:\n  - enrich:\n      study: studies(AccessionNumber = OBR-18)\n"
                              "    missing: hold\n" +
                              kToPacs}});
  bench.send(order().bytes());
  bench.send(order().bytes());
  SECTION("the second waits for the first, whatever has come") {
    bench.know_study("A1");
    CHECK(word(bench.again(2).value()) == "held");
  }
  SECTION("the first stays while nothing has come") {
    const Decision decision = bench.again(1).value();
    CHECK(word(decision) == "held");
    CHECK(bench.set_aside().size() == 2);
  }
  SECTION("the end of the first wakes the second") {
    bench.know_study("A1");
    const Decision first = bench.again(1).value();
    CHECK(word(first) == "done");
    CHECK(outlets(first) == "pacs");
    REQUIRE(bench.run_of(2).wakes_on.size() == 1);
    CHECK(first.awakes == bench.run_of(2).wakes_on);
    CHECK(word(bench.again(2).value()) == "done");
    CHECK(bench.set_aside().empty());
    CHECK_FALSE(bench.again(1));
  }
}

TEST_CASE("a message without its lane is refused, since it could not keep its place") {
  Bench checked({{"orders", kFrom + kByPatient + kToPacs}});
  const Decision decision = checked.send(order("").bytes());
  CHECK(word(decision) == "refused");
  CHECK(fault(decision).code == 101);
  CHECK(fault(decision).field == "PID-3[5 = MR]");
  CHECK(fault(decision).line.starts_with("routes/orders.yaml:3"));
  Bench stored({{"orders", "from: stored-mllp\n" + kByPatient + kToPacs}});
  CHECK(word(stored.send(order("").bytes(), "stored-mllp")) == "parked");
}

TEST_CASE("what the route itself says about a missing lane is what the sender reads") {
  Bench bench({{"orders", kFrom + kByPatient + "steps:\n  - require:\n      there is an MRN: PID-3[5 = MR].1\n"}});
  CHECK(fault(bench.send(order("").bytes())).text.starts_with("there is an MRN"));
}

// Waiting.

namespace {

Bench waiting(const std::string& then) {
  return Bench({{"orders", "from: stored-mllp\n" + kByPatient +
                               "steps:\n  - enrich:\n      study: studies(AccessionNumber = OBR-18)\n"
                               "    missing: {wait: 15m, then: " +
                               then + "}\n" + kToPacs}});
}

}  // namespace

TEST_CASE("a run waits for its study, and no longer than it says") {
  Bench bench = waiting("continue");
  const Decision decision = bench.send(order().bytes(), "stored-mllp");
  CHECK(word(decision) == "waiting");
  CHECK(decision.receipt.took_effect());
  CHECK(bench.run_of(1).due == kMorning + 15min);
  CHECK(bench.run_of(1).wakes_on == Words{"accession|A1^HOSP"});
  SECTION("the time is over") {
    bench.now = kMorning + 15min;
    const Decision later = bench.again(1).value();
    CHECK(word(later) == "done");
    CHECK(outlets(later) == "pacs");
    CHECK(later.trace.find("study not found after 15m") != std::string::npos);
  }
  SECTION("the study has come") {
    bench.now = kMorning + 1min;
    bench.know_study("A1");
    const Decision later = bench.again(1).value();
    CHECK(outlets(later) == "pacs");
    CHECK(later.trace.find("study found") != std::string::npos);
  }
  SECTION("started again too early it waits for the rest of its time") {
    bench.now = kMorning + 14min;
    CHECK(word(bench.again(1).value()) == "waiting");
    CHECK(bench.run_of(1).since == kMorning);
    CHECK(bench.run_of(1).due == kMorning + 15min);
  }
}

TEST_CASE("a study that never comes ends the wait as the route says") {
  const auto [then, outcome] = GENERATE(table<std::string, std::string>(
      {{"park", "parked"}, {"reject", "parked"}, {"drop", "dropped"}, {"hold", "held"}}));
  Bench bench = waiting(then);
  bench.send(order().bytes(), "stored-mllp");
  bench.now = kMorning + 15min;
  const Decision decision = bench.again(1).value();
  CHECK(word(decision) == outcome);
  CHECK(decision.parcels.empty());
  CHECK(bench.set_aside().size() == (then == "hold" ? 1 : 0));
}

// Split.

TEST_CASE("each group of a split sees what the earlier ones decided") {
  Bench bench({{"orders", kFrom + kToWorklist}});
  CHECK(word(bench.send(two_groups(second_order()))) == "done");
  CHECK(bench.patients().size() == 1);
  CHECK(bench.steps().size() == 2);
  OrderText same = second_order();
  same.placer = "P1", same.filler = "F1", same.accession = "A1";
  Bench another({{"orders", kFrom + kToWorklist}});
  CHECK(word(another.send(two_groups(same))) == "done");
  CHECK(another.book.orders.all([](const Order&) { return true; }).size() == 1);
  CHECK(another.steps().size() == 2);
}

TEST_CASE("a group that fails undoes the groups before it") {
  Bench bench({{"orders", kFrom + kToWorklist}});
  OrderText second = second_order();
  second.section = "";
  const Decision decision = bench.send(two_groups(second));
  CHECK(word(decision) == "refused");
  CHECK(bench.steps().empty());
  CHECK(bench.patients().empty());
}

TEST_CASE("what a group builds ends with the group") {
  Bench bench({{"orders", kFrom + "steps:\n  - split: OBR\n  - map: to-oru\n    as: oru\n    when: OBR-24 = CT\n"
                                  "to:\n  - endpoint: ehr-mllp\n    send: oru\n"}});
  CHECK(outlets(bench.send(two_groups(second_order()))) == "ehr-mllp");
}

TEST_CASE("a message whose orders share so much that they would fill the memory is refused") {
  Bench bench({{"orders", kFrom}});
  std::string bytes = order().bytes();
  std::string notes, orders;
  for (int i = 0; i < 2000; ++i) notes += "NTE|1\r", orders += "OBR|1\r";
  bytes.insert(bytes.find("ORC|"), notes);
  const Decision decision = bench.send(bytes + orders);
  CHECK(word(decision) == "refused");
  CHECK(fault(decision).field == "OBR");
}

TEST_CASE("a message without the segment to split by is refused") {
  Bench bench({{"orders", kFrom + "steps:\n  - split: IPC\n"}});
  const Decision decision = bench.send(order().bytes());
  CHECK(word(decision) == "refused");
  CHECK(fault(decision).text == "there is no IPC to split by");
}

// Sending.

TEST_CASE("the message as received goes out once, however many groups it has") {
  Bench bench(
      {{"orders", kFrom + "steps:\n  - split: OBR\n" + kToPacs + "  - endpoint: ehr-mllp\n    send: received\n"}});
  CHECK(outlets(bench.send(two_groups(second_order()))) == "pacs ehr-mllp");
}

TEST_CASE("an endpoint that is off gets no parcel, and the trace says so") {
  Bench bench({{"orders", kFrom + "to:\n  - endpoint: nowhere\n    send: received\n"}});
  const Decision decision = bench.send(order().bytes());
  CHECK(word(decision) == "done");
  CHECK(decision.parcels.empty());
  CHECK(trace(decision).find("routes")->items()[0].find("sent")->items()[0].text() == "nowhere: off");
}

TEST_CASE("a destination is sent to only when its condition holds") {
  Bench bench({{"orders", kFrom + kToPacs + "    when: ORC-1 = NW\n"}});
  CHECK(outlets(bench.send(order().bytes())) == "pacs");
  CHECK(outlets(bench.send(cancel().bytes())).empty());
}

// Merges.

namespace {

const std::string kMerges = kFrom +
                            "order_by: [\"PID[*]-3[5 = MR]\", \"MRG[*]-1[5 = MR]\"]\n"
                            "steps:\n  - split: MRG\n"
                            "  - reconcile: merge\n    survivor: PID-3[5 = MR]\n    retired: MRG-1[5 = MR]\n"
                            "    with: adt-to-patient\n";
const std::string kNotices = "to:\n  - endpoint: ehr-fhir\n    send: merge.notice\n    each: study in merge.studies\n";

std::string pair(const std::string& survivor, const std::string& retired) {
  return "PID|1||" + survivor + "^^^HOSP^MR||DOE^JANE||19800102|F\rMRG|" + retired + "^^^HOSP^MR\r";
}

bool has(const Words& lanes, const std::string& lane) {
  return std::find(lanes.begin(), lanes.end(), lane) != lanes.end();
}

}  // namespace

TEST_CASE("a merge sends one notice for each study that moved, and none when nothing moved") {
  Bench bench({{"adt", kMerges + kNotices}});
  bench.know_patient("M1");
  const std::int64_t retired = bench.know_patient("M2");
  bench.know_study("A1", retired), bench.know_study("A2", retired);
  CHECK(outlets(bench.send(adt("A40", pair("M1", "M2")))) == "ehr-fhir ehr-fhir");
  CHECK(outlets(bench.send(adt("A40", pair("M1", "M2")))).empty());
}

TEST_CASE("what a merge sends stands in the lanes of both patients") {
  Bench bench({{"adt", kMerges + kNotices + kToPacs.substr(4)}});
  const std::int64_t kept = bench.know_patient("M1"), retired = bench.know_patient("M2");
  bench.know_study("A1", retired);
  const Decision decision = bench.send(adt("A40", pair("M1", "M2")));
  REQUIRE(outlets(decision) == "ehr-fhir pacs");
  for (const Parcel& parcel : decision.parcels) {
    CHECK(has(parcel.lanes, patient_lane(kept)));
    CHECK(has(parcel.lanes, patient_lane(retired)));
    CHECK(has(parcel.lanes, "adt|M1^HOSP"));
    CHECK(has(parcel.lanes, "adt|M2^HOSP"));
  }
}

TEST_CASE("what is sent about a number that nobody bears keeps its place by the number") {
  Bench bench({{"adt", kFrom + kToPacs}});
  const std::string unknown = patient_lane(Identifier{"M1", "HOSP", "MR"});
  const Decision before = bench.send(adt("A08", "PID|1||M1^^^HOSP^MR||DOE^JANE\r"));
  REQUIRE(outlets(before) == "pacs");
  CHECK(before.parcels.front().lanes == Words{unknown});
  const std::int64_t jane = bench.know_patient("M1");
  const Decision after = bench.send(adt("A08", "PID|1||M1^^^HOSP^MR||DOE^JANE^B\r"));
  CHECK(after.parcels.front().lanes == Words{patient_lane(jane)});
}

TEST_CASE("a message that merges two pairs stands in the lanes of all four") {
  Bench bench({{"adt", kMerges + kToPacs}});
  Words wanted;
  for (const char* number : {"M1", "M2", "M3", "M4"}) wanted.push_back(patient_lane(bench.know_patient(number)));
  const Decision decision = bench.send(adt("A40", pair("M1", "M2") + pair("M3", "M4")));
  REQUIRE(outlets(decision) == "pacs");
  for (const std::string& lane : wanted) CHECK(has(decision.parcels.front().lanes, lane));
}

TEST_CASE("after a merge everything that leaves names the patient who stayed") {
  Bench bench(
      {{"orders", kFrom + kToWorklist +
                      "  - endpoint: pacs\n    send: received\n"
                      "  - endpoint: desk\n    send: item\n"},
       {"reports", kFrom + "steps:\n  - map: to-oru\n    as: oru\n  - map: to-report\n    as: report\n"
                           "to:\n  - endpoint: ehr-mllp\n    send: oru\n  - endpoint: ehr-fhir\n    send: report\n"
                           "  - endpoint: desk\n    send: received\n"}});
  bench.know_patient("OLD9", bench.know_patient("NEW7"));
  const Decision decision = bench.send(order("OLD9").bytes());
  REQUIRE(outlets(decision) == "pacs desk ehr-mllp ehr-fhir desk");
  for (const Parcel& parcel : decision.parcels) {
    INFO(parcel.outlet << ": " << parcel.document);
    CHECK(parcel.document.find("NEW7") != std::string::npos);
    CHECK(parcel.document.find("OLD9") == std::string::npos);
  }
}

// The same again.

TEST_CASE("a message that is decided again makes the same documents with the same control ids") {
  const std::map<std::string, std::string> routes{
      {"reports", kFrom + "steps:\n  - split: OBR\n  - map: to-oru\n    as: oru\n  - map: to-report\n    as: report\n"
                          "to:\n  - endpoint: ehr-mllp\n    send: oru\n  - endpoint: ehr-fhir\n    send: report\n"}};
  const std::string bytes = two_groups(second_order());
  Bench one(routes), two(routes);
  const Decision first = one.send(bytes), second = two.send(bytes);
  REQUIRE(first.parcels.size() == 4);
  REQUIRE(second.parcels.size() == 4);
  std::set<std::string> control_ids;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(first.parcels[i].control_id == second.parcels[i].control_id);
    CHECK(first.parcels[i].document == second.parcels[i].document);
    control_ids.insert(first.parcels[i].control_id);
  }
  CHECK(control_ids.size() == 4);
}

// Batches.

TEST_CASE("the trace says in which batch a message came, and of a batch that is not whole nothing is taken") {
  Bench bench({{"a-orders", kFrom + kToWorklist}});
  const Decision cut = bench.send(order().bytes(), "ris-mllp",
                                  {{"batch", "B7 1 of 2"}, {"batch_fault", "BTS-1 says 3, and 2 messages came"}});
  CHECK(word(cut) == "refused");
  CHECK(fault(cut).text == "BTS-1 says 3, and 2 messages came");
  CHECK(fault(cut).code == 100);
  CHECK(bench.steps().empty());
  const Decision whole = bench.send(order().bytes(), "ris-mllp", {{"batch", "B7 1 of 2"}});
  CHECK(word(whole) == "done");
  CHECK(trace(whole).text_of("remark") == "in batch B7 1 of 2");
}

// Callers.

TEST_CASE("a caller speaks only for those for whom it may") {
  Bench bench({{"a-orders", "from: known-mllp\n" + kToWorklist}});
  struct Row {
    std::string peer, certificate, sender;
    bool may;
  };
  const Row row = GENERATE(values<Row>({{"10.1.2.5:4000", "", "RIS|NORTH", true},
                                        {"10.1.2.5:4000", "", "RIS|SOUTH", false},
                                        {"10.1.3.5:4000", "", "RIS|NORTH", false},
                                        {"[::1]:4000", "his", "HIS|NORTH", true},
                                        {"[::1]:4000", "his", "HIS|SOUTH", true},
                                        {"[::1]:4000", "his", "LAB|NORTH", false},
                                        {"[::1]:4000", "", "HIS|NORTH", false},
                                        {"10.9.9.9:4000", "", "ANY|WHERE", true},
                                        {"", "", "a site's own test|", true}}));
  std::string bytes = order().bytes();
  bytes.replace(9, bytes.find('|', bytes.find('|', 9) + 1) - 9, row.sender);
  CAPTURE(row.peer, row.certificate, row.sender);
  const Decision decision = bench.send(bytes, "known-mllp", {{"certificate", row.certificate}}, row.peer);
  CHECK((word(decision) == "done") == row.may);
  if (!row.may) {
    CHECK(word(decision) == "refused");
    CHECK(fault(decision).field == "MSH-3");
    CHECK(fault(decision).text.find(row.sender) != std::string::npos);
  }
}

// Character sets.

TEST_CASE("bytes that are not what MSH-18 says are read as the endpoint's, and the trace says so") {
  Bench bench({{"a-orders", kFrom + kToWorklist}});
  OrderText latin = order();
  latin.charset = "UNICODE UTF-8";
  latin.name = "M\xdcLLER^J\xd6RG";
  const Decision decision = bench.send(latin.bytes());
  CHECK(word(decision) == "done");
  CHECK(bench.patients().front()->name == "M\xc3\x9cLLER^J\xc3\x96RG");
  CHECK(trace(decision).text_of("remark") == "MSH-18 says UNICODE UTF-8, the bytes are not UTF-8; read as 8859/1");
}

TEST_CASE("a Chinese name with a byte that looks like a delimiter reaches the worklist, and goes on as it came") {
  Bench bench({{"a-orders", kFrom + kToWorklist + "  - endpoint: pacs\n    send: received\n"}});
  OrderText chinese = order();
  chinese.charset = "GB 18030-2000";
  chinese.name = "\x81|^A";
  const Decision decision = bench.send(chinese.bytes());
  CHECK(word(decision) == "done");
  CHECK(bench.patients().front()->name == "\xe4\xba\x85^A");
  REQUIRE(decision.parcels.size() == 1);
  CHECK(decision.parcels.front().document == chinese.bytes());
}

TEST_CASE("a mapped field with a byte that the character set lacks is refused by name and offset, others are kept") {
  Bench bench({{"a-orders", kFrom + kToWorklist}});
  OrderText greek = order();
  greek.charset = "8859/7";
  greek.name = "M\xffLLER^JO";  // FF stands for nothing in 8859/7
  const Decision refused = bench.send(greek.bytes());
  CHECK(word(refused) == "refused");
  REQUIRE(refused.receipt.faults.size() == 1);
  const Fault& fault = refused.receipt.faults[0];
  CHECK(fault.field == "PID-5");
  CHECK(fault.text.find("offset " + std::to_string(greek.bytes().find('\xff')) + " of the message is not 8859/7") !=
        std::string::npos);
  CHECK(bench.patients().empty());
  greek.name = "DOE^JO";
  std::string unmapped = greek.bytes();
  unmapped.replace(unmapped.find("WHO"), 1, "\xff");
  CHECK(word(bench.send(unmapped)) == "done");
}

TEST_CASE("a number that cannot be read names nobody: never two patients or orders in one") {
  const std::string bad = GENERATE("M1\xff", "M1\\XFF\\");
  Bench bench({{"a-orders", kFrom + kToWorklist}, {"b-stored", "from: stored-mllp\n" + kToWorklist}});
  OrderText order = second_order();
  order.charset = "8859/7";
  const bool is_patient = GENERATE(true, false);
  (is_patient ? order.patient : order.placer) = bad;
  const Decision decision = bench.send(order.bytes());
  CHECK(word(decision) == "refused");
  REQUIRE(decision.receipt.faults.size() == 1);
  CHECK(decision.receipt.faults[0].field == (is_patient ? "PID-3" : "ORC-2"));
  CHECK(bench.patients().empty());
  CHECK(word(bench.send(order.bytes(), "stored-mllp")) == "parked");
}

// Examinations.

namespace {

const std::string kEvents = "from: imaging-events\n";
const std::string kStatusToEhr =
    "  - map: study-to-oru\n    as: status\nto:\n  - endpoint: ehr-mllp\n    send: status\n";

/// The order's step is performed from beginning to end; what its last message causes.
Decision examined(Bench& bench) {
  bench.send(order().bytes());
  const std::string study = bench.book.orders.first([](const Order&) { return true; })->study_uid;
  bench.mpps(
      Envelope::Kind::mpps_create,
      R"({"PatientID":"M1","IssuerOfPatientID":"HOSP","Modality":"CT","PerformedProcedureStepID":"PP1",)"
      R"("PerformedProcedureStepStatus":"IN PROGRESS","ScheduledStepAttributesSequence":[{"StudyInstanceUID":")" +
          study + R"(","AccessionNumber":"A1","ScheduledProcedureStepID":"S1"}]})");
  return bench.mpps(
      Envelope::Kind::mpps_set,
      R"({"PerformedProcedureStepStatus":"COMPLETED","PerformedSeriesSequence":)"
      R"([{"SeriesInstanceUID":"1.2.3","ReferencedImageSequence":[{"ReferencedSOPInstanceUID":"1.2.4"}]}]})");
}

}  // namespace

TEST_CASE("the message that completes a study is two events, and what they send is told apart") {
  Bench bench({{"a-orders", kFrom + kToWorklist}, {"b-events", kEvents + "steps:\n" + kStatusToEhr}});
  const Decision decision = examined(bench);
  REQUIRE(outlets(decision) == "ehr-mllp ehr-mllp");
  CHECK(decision.parcels[0].control_id != decision.parcels[1].control_id);
}

TEST_CASE("a run that starts again is about the event that it was set aside for") {
  const auto [event, runs] = GENERATE(table<std::string, std::size_t>({{"mpps", 2}, {"study-complete", 1}}));
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-events", kEvents + "when: event.type = " + event +
                                "\nsteps:\n  - require:\n      it is another event: event.type != " + event +
                                "\n    else: hold\n" + kStatusToEhr}});
  examined(bench);
  REQUIRE(bench.set_aside().size() == runs);
  CHECK(word(bench.again(3).value()) == "held");  // were it the other event, it would be done
}

TEST_CASE("a held event holds back the later ones of its patient, and is known by him") {
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-events", kEvents +
                                "when: event.type = mpps\norder_by: patient.PatientID\nsteps:\n"
                                "  - require:\n      it is another event: event.type != mpps\n    else: hold\n" +
                                kStatusToEhr}});
  examined(bench);
  const auto runs = bench.set_aside();
  REQUIRE(runs.size() == 2);
  for (const PendingRun* each : runs) CHECK(each->patient == bench.patients().front()->id);
  CHECK(runs[1]->reason == "it stands behind message 2");
  CHECK(runs[1]->wakes_on == std::vector<std::string>{"run|" + std::to_string(runs[0]->id)});
}

TEST_CASE("a modality's message that breaks a rule reaches no route") {
  Bench bench({{"b-events", kEvents + "steps:\n" + kStatusToEhr}});
  const Decision decision = bench.mpps(Envelope::Kind::mpps_set, R"({"PerformedProcedureStepStatus":"COMPLETED"})");
  CHECK(word(decision) == "refused");
  CHECK(decision.receipt.dicom_status == 0x0112);
  CHECK(decision.parcels.empty());
}

TEST_CASE("what a modality says is taken although attributes are missing, and the trace says which") {
  Bench bench({{"b-events", kEvents + "steps:\n" + kStatusToEhr}});
  const std::string begin =
      R"({"PerformedProcedureStepStatus":"IN PROGRESS","ScheduledStepAttributesSequence":[{"StudyInstanceUID":"1.2"}]})";
  SECTION("lenient") {
    const Decision decision = bench.mpps(Envelope::Kind::mpps_create, begin);
    CHECK(decision.receipt.dicom_status == 0);
    CHECK(decision.trace.find("PerformedStationAETitle is missing") != std::string::npos);
  }
  SECTION("strict: refused with its tags") {
    const Decision decision = bench.mpps(Envelope::Kind::mpps_create, begin, {{"strict", "yes"}});
    CHECK(word(decision) == "refused");
    CHECK(decision.receipt.dicom_status == 0x0120);
    const auto& tags = decision.receipt.dicom_attributes;
    CHECK(std::find(tags.begin(), tags.end(), 0x00400241) != tags.end());
    CHECK(decision.changes.empty());
  }
}

TEST_CASE("an N-SET that would change the patient is done without that, and its modality reads which attribute") {
  Bench bench({{"b-events", kEvents + "steps:\n" + kStatusToEhr}});
  const std::string study = R"("ScheduledStepAttributesSequence":[{"StudyInstanceUID":"1.2"}]})";
  bench.mpps(Envelope::Kind::mpps_create, R"({"PatientID":"M1","PerformedProcedureStepStatus":"IN PROGRESS",)" + study);
  const Decision decision = bench.mpps(Envelope::Kind::mpps_set, R"({"PatientID":"M2"})");
  CHECK(decision.receipt.took_effect());
  CHECK(decision.receipt.dicom_status == 0x0107);
  CHECK(decision.receipt.dicom_attributes == std::vector<std::uint32_t>{0x00100020});
}

namespace {

const std::string kNotice =
    R"({"StudyInstanceUID":"STUDY","ReferencedSeriesSequence":[{"SeriesInstanceUID":"1.2.3","ReferencedSOPSequence":)"
    R"([{"InstanceAvailability":"ONLINE","RetrieveAETitle":"PACS"}]}]})";

std::string notice_of(const std::string& study) {
  std::string text = kNotice;
  return text.replace(text.find("STUDY"), 5, study);
}

}  // namespace

TEST_CASE("where the archive's images are is offered to the routes of imaging events, with study, order and patient") {
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-events", kEvents +
                                "when: event.type = ian and study.InstanceAvailability = ONLINE"
                                " and order.AccessionNumber = A1 and patient.PatientID = M1\nsteps:\n" +
                                kStatusToEhr}});
  bench.send(order().bytes());
  const std::string study = bench.book.orders.first([](const Order&) { return true; })->study_uid;
  const Decision decision = bench.mpps(Envelope::Kind::availability, notice_of(study));
  CHECK(word(decision) == "done");
  CHECK(outlets(decision) == "ehr-mllp");
  CHECK(bench.book.study(study)->series.at(0).retrieve_ae == "PACS");
}

TEST_CASE("images of a study that nobody knows are taken, and only the trace tells") {
  Bench bench({{"b-events", kEvents + "when: study.InstanceAvailability = ONLINE\nsteps:\n" + kStatusToEhr}});
  const Decision decision = bench.mpps(Envelope::Kind::availability, notice_of("1.2.99"));
  CHECK(word(decision) == "done");
  CHECK(decision.parcels.empty());
  CHECK(decision.trace.find("nobody knows its study") != std::string::npos);
  CHECK(bench.mpps(Envelope::Kind::availability, "{}").receipt.dicom_status == 0x0120);
}

TEST_CASE("a notification that was set aside starts again with the study as it is then") {
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-events", kEvents +
                                "steps:\n  - require:\n      it can be had: study.InstanceAvailability = OFFLINE\n"
                                "    else: hold\n" +
                                kStatusToEhr}});
  bench.send(order().bytes());
  const std::string study = bench.book.orders.first([](const Order&) { return true; })->study_uid;
  CHECK(word(bench.mpps(Envelope::Kind::availability, notice_of(study))) == "held");
  Study changed = *bench.book.study(study);
  changed.series.at(0).availability = "OFFLINE";
  bench.book.studies.put(changed);
  CHECK(outlets(bench.again(2).value()) == "ehr-mllp");
}

std::string header_of(const std::string& study, const std::string& object) {
  return R"({"SOPInstanceUID":")" + object + R"(","StudyInstanceUID":")" + study +
         R"(","SeriesInstanceUID":"1.3.1","Modality":"CT","PatientID":"M1"})";
}

TEST_CASE(
    "objects that are stored are offered to the routes of imaging events, and each says whether it is the first") {
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-events", kEvents +
                                "when: event.type = stored and event.first = STUDY and event.Modality = CT"
                                " and study.stored = 1 and patient.PatientID = M1\nsteps:\n" +
                                kStatusToEhr}});
  bench.send(order().bytes());
  const std::string study = bench.book.orders.first([](const Order&) { return true; })->study_uid;
  const auto store = [&](const std::string& object) {
    return bench.mpps(Envelope::Kind::stored, header_of(study, object), {{"sop_instance_uid", object}});
  };
  CHECK(outlets(store("1.4.1")) == "ehr-mllp");
  CHECK(outlets(store("1.4.2")) == "");
  CHECK(bench.book.study(study)->stored() == 2);
  const Decision again = store("1.4.2");
  CHECK(word(again) == "done");
  CHECK(again.trace.find("it came before") != std::string::npos);
  CHECK(store("").receipt.dicom_status == 0xA900);
}

TEST_CASE("the run of a stored object that was set aside starts again with the study as it is then") {
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-events", kEvents + "steps:\n  - require:\n      both are there: study.stored = 2\n    else: hold\n" +
                                kStatusToEhr}});
  bench.send(order().bytes());
  const std::string study = bench.book.orders.first([](const Order&) { return true; })->study_uid;
  const auto store = [&](const std::string& object) {
    return bench.mpps(Envelope::Kind::stored, header_of(study, object), {{"sop_instance_uid", object}});
  };
  CHECK(word(store("1.4.1")) == "held");
  CHECK(outlets(store("1.4.2")) == "ehr-mllp");
  CHECK(outlets(bench.again(2).value()) == "ehr-mllp");
}

TEST_CASE("what examinations say goes on to another archive as it came, under its own UID") {
  Bench bench({{"b-events", kEvents + "to:\n  - endpoint: archive\n    send: received\n"}});
  const Decision created = bench.mpps(Envelope::Kind::mpps_create, R"({"PerformedProcedureStepStatus":"IN PROGRESS",
    "ScheduledStepAttributesSequence":[{"StudyInstanceUID":"1.2.3"}]})");
  REQUIRE(created.parcels.size() == 1);
  CHECK(created.parcels[0].content_type == Parcel::kMppsCreate);
  CHECK(created.parcels[0].control_id == "1.2.9");
  CHECK(dicom::Dataset::from_bytes(created.parcels[0].document)->text("PerformedProcedureStepStatus") == "IN PROGRESS");
  // Its end never overtakes it, although nobody knows whose it is.
  CHECK(created.parcels[0].lanes == Words{"instance:1.2.9"});
  const Decision ended = bench.mpps(Envelope::Kind::mpps_set, R"({"PerformedProcedureStepStatus":"DISCONTINUED"})");
  CHECK(ended.parcels.at(0).content_type == Parcel::kMppsSet);
  CHECK(ended.parcels[0].lanes == Words{"instance:1.2.9"});
  const Decision notice = bench.mpps(Envelope::Kind::availability, notice_of("1.2.3"), {{"sop_instance_uid", "1.2.8"}});
  CHECK(notice.parcels.at(0).content_type == Parcel::kAvailability);
  CHECK(notice.parcels[0].control_id == "1.2.8");
  CHECK(word(bench.mpps(Envelope::Kind::stored, header_of("1.2.3", "1.4.1"), {{"sop_instance_uid", "1.4.1"}})) ==
        "held");  // there is no more of it than its header
}

TEST_CASE("of a performed step's changes others are notified, each by the number that DICOM gives it") {
  Bench bench(
      {{"b-events", kEvents + "when: event.type = mpps\nto:\n  - endpoint: archive\n    send: notification\n"}});
  const auto told = [&](Envelope::Kind kind, const std::string& dataset) {
    const Decision decision = bench.mpps(kind, dataset);
    CHECK(decision.parcels.at(0).content_type == Parcel::kMppsNotification);
    CHECK(decision.parcels[0].control_id == "1.2.9");
    return decision.parcels[0].document;
  };
  CHECK(told(Envelope::Kind::mpps_create, R"({"PerformedProcedureStepStatus":"IN PROGRESS",
    "ScheduledStepAttributesSequence":[{"StudyInstanceUID":"1.2.3"}]})") == "1");
  CHECK(told(Envelope::Kind::mpps_set, R"({"PerformedProcedureStepDescription":"Head"})") == "4");
  CHECK(told(Envelope::Kind::mpps_set, R"({"PerformedProcedureStepStatus":"DISCONTINUED"})") == "3");
}

const std::string kAsks = R"({"TransactionUID":"1.2.7","ReferencedSOPSequence":[
  {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.1"}]})";
const std::string kFails = R"({"TransactionUID":"1.2.7","FailedSOPSequence":[
  {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.1","FailureReason":"274"}]})";

TEST_CASE("a station asks for commitment, its archive is asked, and the answer goes back to the station") {
  Bench bench({});
  const Decision asked = bench.mpps(Envelope::Kind::commitment_request, kAsks);
  CHECK(asked.receipt.dicom_status == 0);
  REQUIRE(asked.parcels.size() == 1);
  CHECK(asked.parcels[0].outlet == "archive");
  CHECK(asked.parcels[0].content_type == Parcel::kCommitment);
  CHECK(asked.parcels[0].control_id == "1.2.7");
  const Decision answered = bench.mpps(Envelope::Kind::commitment_result, kFails, {{"calling", "PACS"}});
  CHECK(answered.receipt.dicom_status == 0);
  REQUIRE(answered.parcels.size() == 1);
  CHECK(answered.parcels[0].outlet == "ct1");
  CHECK(answered.parcels[0].content_type == Parcel::kCommitmentResult);
  CHECK(dicom::Dataset::from_bytes(answered.parcels[0].document)->items("FailedSOPSequence") == 1);
  const Decision again = bench.mpps(Envelope::Kind::commitment_result, kFails, {{"calling", "PACS"}});
  CHECK(again.parcels.empty());
  CHECK(again.trace.find("it was answered before") != std::string::npos);
}

TEST_CASE("nobody but the archive that was asked can say that images are safe") {
  Bench bench({});
  bench.mpps(Envelope::Kind::commitment_request, kAsks);
  const Decision forged = bench.mpps(Envelope::Kind::commitment_result, kFails, {{"calling", "CT2"}});
  CHECK(forged.receipt.dicom_status == 0x0124);
  CHECK(forged.parcels.empty());
  CHECK_FALSE(bench.book.commitment("1.2.7")->is_answered);
  const std::string other = R"({"TransactionUID":"1.2.8","ReferencedSOPSequence":[]})";
  CHECK(bench.mpps(Envelope::Kind::commitment_result, other, {{"calling", "PACS"}}).receipt.dicom_status == 0x0115);
}

TEST_CASE("a request for commitment that names nothing, or that no archive answers for, is refused") {
  Bench bench({});
  const auto status = [&](const std::string& request, const std::string& calling = "CT1") {
    return bench.mpps(Envelope::Kind::commitment_request, request, {{"calling", calling}}).receipt.dicom_status;
  };
  CHECK(status(kAsks, "CT2") == 0x0124);
  CHECK(status(R"({"ReferencedSOPSequence":[]})") == 0x0120);
  CHECK(status(R"({"TransactionUID":"1.2.7"})") == 0x0120);
  CHECK(status(R"({"TransactionUID":"1.2.7","ReferencedSOPSequence":[]})") == 0x0121);
  CHECK(status(kAsks) == 0);
  CHECK(status(kAsks) == 0x0110);
}

TEST_CASE("what an archive committed to is offered to the routes of imaging events") {
  Bench bench({{"b-events", kEvents +
                                "when: event.type = commitment and event.failed = 1 and event.committed = 0\n"
                                "steps:\n" +
                                kStatusToEhr}});
  bench.mpps(Envelope::Kind::commitment_request, kAsks);
  CHECK(outlets(bench.mpps(Envelope::Kind::commitment_result, kFails, {{"calling", "PACS"}})) == "ct1 ehr-mllp");
}

TEST_CASE("a route may ask the archive for all that a performed step has made, and hears of it with its study") {
  Bench bench({{"a-orders", kFrom + kToWorklist},
               {"b-asks", kEvents + "when: event.type = mpps\nto:\n  - endpoint: archive\n    send: commitment\n"},
               {"c-hears", kEvents +
                               "when: event.type = commitment and event.failed = 1 and patient.PatientID = M1\n"
                               "steps:\n" +
                               kStatusToEhr}});
  bench.send(order().bytes());
  const Order& ordered = *bench.book.orders.first([](const Order&) { return true; });
  const std::string step = bench.book.steps.first([](const Step&) { return true; })->step_id;
  CHECK(outlets(bench.mpps(Envelope::Kind::mpps_create,
                           R"({"PerformedProcedureStepStatus":"IN PROGRESS","PatientID":"M1",
      "ScheduledStepAttributesSequence":[{"StudyInstanceUID":")" +
                               ordered.study_uid + R"(","ScheduledProcedureStepID":")" + step + R"("}]})")) == "");
  const Decision asked = bench.mpps(Envelope::Kind::mpps_set, R"({"PerformedProcedureStepStatus":"COMPLETED",
    "PerformedSeriesSequence":[{"SeriesInstanceUID":"1.3.1","ReferencedImageSequence":[
      {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.1"},
      {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.2"}]}]})");
  REQUIRE(outlets(asked) == "archive");
  const auto request = dicom::Dataset::from_bytes(asked.parcels[0].document);
  CHECK(asked.parcels[0].content_type == Parcel::kCommitment);
  CHECK(request->text("TransactionUID") == asked.parcels[0].control_id);
  CHECK(request->items("ReferencedSOPSequence") == 2);
  CHECK(request->text("ReferencedSOPSequence[2].ReferencedSOPInstanceUID") == "1.4.2");
  std::string fails = kFails;
  fails.replace(fails.find("1.2.7"), 5, asked.parcels[0].control_id);
  CHECK(outlets(bench.mpps(Envelope::Kind::commitment_result, fails, {{"calling", "PACS"}})) == "ehr-mllp");
}

// The trace.

TEST_CASE("the trace tells which routes took the message, what their steps did and where it went") {
  Bench bench({{"a-orders", kFrom + kToWorklist + "  - endpoint: pacs\n    send: received\n"},
               {"b-south", kFrom + "when: MSH-4 = SOUTH\n"},
               {"c-holds", kFrom + "steps:\n  - require:\n      it is urgent: TQ1-9.1 = S\n    else: hold\n"}});
  const json::Value told = trace(bench.send(order().bytes()));
  const auto& routes = told.find("routes")->items();
  REQUIRE(routes.size() == 3);
  CHECK(routes[0].write() ==
        R"({"route":"a-orders","took":true,"steps":["split OBR: OBR 1","reconcile patient: create",)"
        R"("reconcile order: create","map order-to-item"],"sent":["worklist: SCHEDULED","pacs: received"],)"
        R"("outcome":"done"})");
  CHECK(routes[1].write() == R"({"route":"b-south","took":false,"why_not":"MSH-4 = SOUTH"})");
  CHECK(routes[2].text_of("outcome") == "held");
  CHECK(routes[2].text_of("reason") == "it is urgent: TQ1-9.1 = S does not hold");
  CHECK(told.text_of("outcome") == "held");
  REQUIRE(told.find("faults")->items().size() == 1);
  CHECK(told.find("faults")->items()[0].text_of("field") == "TQ1-9.1");
  CHECK(told.find("faults")->items()[0].text_of("line").starts_with("routes/c-holds.yaml:"));
}

// P8.

TEST_CASE("HL7's null clears what is known of a patient, and an empty field leaves it alone") {
  Bench bench({{"adt", kFrom + "steps:\n" + kPatient}});
  bench.send(adt("A08", "PID|1||M1^^^HOSP^MR||DOE^JANE||19800102|F\r"));
  bench.send(adt("A08", "PID|1||M1^^^HOSP^MR||DOE^JANE|||\r"));
  CHECK(bench.patients().front()->sex == "F");
  CHECK(bench.patients().front()->birth_date == "19800102");
  bench.send(adt("A08", "PID|1||M1^^^HOSP^MR||DOE^JANE||19800102|\"\"\r"));
  CHECK(bench.patients().front()->sex.empty());
  CHECK(bench.patients().front()->birth_date == "19800102");
}

TEST_CASE("HL7's null clears what the worklist shows, and an empty field leaves it alone") {
  Bench bench({{"orders", kFrom + kToWorklist}});
  const auto item = [&](const std::string& note) {
    bench.send(order().bytes() + note);
    return *json::Value::parse(bench.steps().front()->item);
  };
  CHECK(item("NTE|1||allergic\r").text_of("RequestedProcedureComments") == "allergic");
  CHECK(item("").text_of("RequestedProcedureComments") == "allergic");
  CHECK(item("NTE|1||\"\"\r").text_of("RequestedProcedureComments").empty());
}

// P9.

namespace {

/// Everything that is structure somewhere: HL7, JSON, DICOM, a query, a log line.
const std::string kSmuggled = "A|B^C&D~E\\F\"G',{\"x\":1}\rZZZ|1\n%7C$identifier=*";
const std::string kSmuggledInHl7 =
    "A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F\"G',{\"x\":1}\\X0D\\ZZZ\\F\\1\\X0A\\%7C$identifier=*";

/// An order whose procedure is called like that.
std::string smuggling() {
  std::string bytes = order().bytes();
  bytes.replace(bytes.find("CT head"), 7, kSmuggledInHl7);
  return bytes;
}

}  // namespace

TEST_CASE("a value is never more than a value in a message that leaves") {
  Bench bench(
      {{"reports", kFrom + "steps:\n  - map: to-oru\n    as: oru\nto:\n  - endpoint: ehr-mllp\n    send: oru\n"}});
  const Decision decision = bench.send(smuggling());
  REQUIRE(decision.parcels.size() == 1);
  const auto message = hl7::Message::parse(decision.parcels.front().document);
  REQUIRE(message);
  CHECK(message->size() == 5);
  CHECK_FALSE(message->locate("ZZZ"));
  CHECK(hl7::text_at(*message, "OBR-13") == kSmuggled);
  CHECK(hl7::text_at(*message, "OBR-14").empty());
}

TEST_CASE("a value is never more than a value in a FHIR Bundle and in a document for the web") {
  Bench bench(
      {{"reports", kFrom + "steps:\n  - map: to-report\n    as: report\n"
                           "to:\n  - endpoint: ehr-fhir\n    send: report\n  - endpoint: desk\n    send: received\n"}});
  const Decision decision = bench.send(smuggling());
  REQUIRE(outlets(decision) == "ehr-fhir desk");
  const auto bundle = json::Value::parse(decision.parcels[0].document);
  REQUIRE(bundle);
  int reports = 0;
  for (const json::Value& entry : bundle->find("entry")->items()) {
    const json::Value& resource = *entry.find("resource");
    if (resource.text_of("resourceType") != "DiagnosticReport") continue;
    ++reports;
    CHECK(resource.text_of("conclusion") == kSmuggled);
    CHECK_FALSE(resource.find("x"));
  }
  CHECK(reports == 1);
  const auto document = json::Value::parse(decision.parcels[1].document);
  REQUIRE(document);
  CHECK(document->members().size() == 3);
}

TEST_CASE("a patient's number is never more than a number in a reference") {
  Bench bench({{"adt", kMerges + kNotices}});
  const std::string number = "M1|B&identifier=M9%7C#?";
  bench.know_patient(number);
  bench.know_study("A1", bench.know_patient("M2"));
  const Decision decision = bench.send(adt("A40", pair("M1\\F\\B\\T\\identifier=M9%7C#?", "M2")));
  REQUIRE(outlets(decision) == "ehr-fhir");
  const auto bundle = json::Value::parse(decision.parcels.front().document);
  REQUIRE(bundle);
  bool found = false;
  for (const json::Value& entry : bundle->find("entry")->items()) {
    const json::Value& request = *entry.find("request");
    for (const char* member : {"url", "ifNoneExist"}) {
      CHECK(request.text_of(member).find('&') == std::string::npos);
      CHECK(request.text_of(member).find('#') == std::string::npos);
    }
    const json::Value* identifiers = entry.find("resource")->find("identifier");
    if (identifiers && identifiers->items()[0].text_of("value") == number) found = true;
  }
  CHECK(found);
}

TEST_CASE("a value is never more than a value in the worklist") {
  Bench bench({{"orders", kFrom + kToWorklist + "on_error: reject\n"}});
  SECTION("what DICOM can hold stays as it is") {
    std::string bytes = order().bytes();
    bytes.replace(bytes.find("CT head"), 7, "A\\F\\B\\T\\C\"D',{x:1}");
    CHECK(word(bench.send(bytes)) == "done");
    const auto item = json::Value::parse(bench.steps().front()->item);
    REQUIRE(item);
    CHECK(item->text_of("RequestedProcedureDescription") == "A|B&C\"D',{x:1}");
  }
  SECTION("a separator of DICOM makes no second value, and a control character gets in nowhere") {
    const Decision decision = bench.send(smuggling());
    for (const Step* step : bench.steps()) {
      const auto item = json::Value::parse(step->item);
      REQUIRE(item);
      const json::Value* description = item->find("RequestedProcedureDescription");
      REQUIRE(description);
      CHECK_FALSE(description->is_array());
      CHECK(description->text().find_first_of("\\\r\n") == std::string::npos);
    }
    CHECK((word(decision) == "done" || word(decision) == "refused"));
  }
}

TEST_CASE("a value is never more than a value in the trace") {
  Bench bench({{"orders", kFrom + "steps:\n  - map: to-oru\n    as: oru\n    when: OBR-4.2\n  - reconcile: order\n"}});
  const Decision decision = bench.send(smuggling());
  CHECK(json::Value::parse(decision.trace));
  Bench lanes({{"orders", kFrom + "order_by: OBR-4.2\n" + require_new("hold")}});
  OrderText text = cancel();
  std::string bytes = text.bytes();
  bytes.replace(bytes.find("CT head"), 7, kSmuggledInHl7);
  const auto told = json::Value::parse(lanes.send(bytes).trace);
  REQUIRE(told);
  CHECK(told->find("routes")->items().size() == 1);
  CHECK(lanes.run_of(1).lanes == Words{"orders|" + kSmuggled});
}

// Sequence numbers (MSH-13, HL7 v2.5.1 2.10.1).

namespace {

/// A sender who numbers his messages; each has a control id of its own.
class Numbered {
 public:
  Decision send(const std::string& number, const std::string& patient = "M1", const std::string& sender = "HIS") {
    return bench_.send("MSH|^~\\&|" + sender + "|NORTH|||20261124100000||ADT^A08|C" + std::to_string(++sent_) +
                           "|P|2.5|" + number + "\rPID|1||" + patient + "^^^HOSP^MR\r",
                       "numbered-mllp");
  }
  /// "done 5": what became of it, and MSA-4.
  std::string said(const std::string& number, const std::string& patient = "M1", const std::string& sender = "HIS") {
    return text(send(number, patient, sender));
  }
  static std::string text(const Decision& decision) {
    const auto& expected = decision.receipt.expected_number;
    return word(decision) + (expected ? " " + std::to_string(*expected) : "");
  }
  Bench& bench() { return bench_; }

 private:
  Bench bench_{{{"numbered",
                 "from: numbered-mllp\nsteps:\n  - require:\n      a number: PID-3.1 != BAD\n    else: "
                 "reject\n" +
                     kToPacs}}};
  int sent_ = 0;
};

}  // namespace

TEST_CASE(
    "a sender who numbers his messages is told the number that is expected, and gaps and repetitions are refused") {
  Numbered link;
  CHECK(link.said("0") == "done -1");  // nothing came before: any number will do
  CHECK(link.said("41") == "done 41");
  CHECK(link.said("42") == "done 42");
  CHECK(link.said("0") == "done 43");  // the link starts again
  const Decision gap = link.send("45"), again = link.send("42");
  CHECK(Numbered::text(gap) == "refused 43");
  CHECK(fault(gap).field == "MSH-13");
  CHECK(fault(gap).text == "sequence number 45 leaves a gap; 43 is expected");
  CHECK(gap.parcels.empty());
  CHECK(Numbered::text(again) == "refused 43");
  CHECK(fault(again).code == 205);
  CHECK(link.said("43") == "done 43");
}

TEST_CASE("-1 forgets the numbers: the next one is taken as it is") {
  Numbered link;
  CHECK(link.said("41") == "done 41");
  CHECK(link.said("-1") == "done -1");
  CHECK(link.said("7") == "done 7");
  CHECK(link.said("8") == "done 8");
}

TEST_CASE("a message that only starts the link reaches no route") {
  Numbered link;
  CHECK(link.send("0").parcels.empty());
  CHECK(link.send("-1").parcels.empty());
  CHECK(trace(link.send("0")).find("routes")->items().empty());
}

TEST_CASE("a refused message uses its number, and may come again under it when it is mended") {
  Numbered link;
  CHECK(link.said("1") == "done 1");
  CHECK(link.said("2", "BAD") == "refused 2");
  CHECK(link.said("2", "BAD") == "refused 2");
  CHECK(link.said("2") == "done 2");
  CHECK(link.said("3", "BAD") == "refused 3");
  CHECK(link.said("4") == "done 4");
  CHECK(link.said("3") == "refused 5");
}

TEST_CASE("each sender has numbers of its own, and one who sends none is not held to any") {
  Numbered link;
  CHECK(link.said("41") == "done 41");
  CHECK(link.said("7", "M1", "LAB") == "done 7");
  CHECK(link.said("42") == "done 42");
  CHECK(link.said("") == "done");
  CHECK(link.said("43") == "done 43");
}

TEST_CASE("what is no sequence number is refused and changes nothing") {
  Numbered link;
  CHECK(link.said("41") == "done 41");
  for (const char* number : {"abc", "-2", "4.2", "9999999999999999"}) CHECK(link.said(number) == "refused 42");
  CHECK(link.said("42") == "done 42");
}

TEST_CASE("a listener that does not follow sequence numbers takes any") {
  Bench bench({{"orders", kFrom + kToPacs}});
  for (const char* number : {"5", "5", "99", "0"}) {
    const Decision decision = bench.send("MSH|^~\\&|HIS|NORTH|||20261124100000||ADT^A08|C1|P|2.5|" +
                                         std::string(number) + "\rPID|1||M1^^^HOSP^MR\r");
    CHECK(word(decision) == "done");
    CHECK_FALSE(decision.receipt.expected_number);
  }
}

TEST_CASE("messages of one numbered sender are never decided at the same time, and a start has no identity") {
  Numbered link;
  const auto subject = [&](const std::string& number) {
    Envelope envelope;
    envelope.inlet = "numbered-mllp";
    envelope.bytes = std::make_shared<const std::string>("MSH|^~\\&|HIS|NORTH|||20261124100000||ADT^A08|C1|P|2.5|" +
                                                         number + "\rPID|1||M" + number + "^^^HOSP^MR\r");
    return link.bench().site().subject(envelope);
  };
  CHECK(subject("1").shares_a_key_with(subject("2")));
  CHECK_FALSE(subject("1").identity.empty());
  CHECK(subject("0").identity.empty());
  CHECK(subject("-1").identity.empty());
}

// Fragments (DSC and MSH-14, HL7 v2.5.1 2.10.2).

namespace {

std::string piece(const std::string& control_id, const std::string& continues, const std::string& rest) {
  return "MSH|^~\\&|LAB|NORTH|||20261124100000||ADT^A08|" + control_id + "|P|2.5||" + continues + "\r" + rest;
}

}  // namespace

TEST_CASE("a fragment reaches no route, and its sender reads that the rest is awaited") {
  Bench bench({{"orders", kFrom + kToPacs}});
  const Decision first = bench.send(piece("C1", "", "PID|1||M1^^^HOSP^MR\rDSC|P1|F\r"));
  CHECK(word(first) == "waiting");
  CHECK(first.receipt.text == "a fragment of a message; the rest is awaited");
  CHECK(first.parcels.empty());
  CHECK(word(bench.send(piece("C2", "P1", "NTE|1\rDSC|P2|F\r"))) == "waiting");
  CHECK(bench.set_aside().size() == 2);
}

TEST_CASE("a fragment whose predecessor is not here is refused, with what to do") {
  Bench bench({{"orders", kFrom + kToPacs}});
  for (const char* rest : {"NTE|1\rDSC|P2|F\r", "NTE|1\r"}) {
    const Decision lost = bench.send(piece("C2", "P1", rest));
    CHECK(word(lost) == "refused");
    CHECK(fault(lost).field == "MSH-14");
    CHECK(fault(lost).text == "the fragment before it is not here; send the message again from its first fragment");
  }
}

TEST_CASE("a fragment whose rest does not come in time is parked, and what would follow it is refused") {
  Bench bench({{"orders", kFrom + kToPacs}});
  bench.send(piece("C1", "", "PID|1||M1^^^HOSP^MR\rDSC|P1|F\r"));
  CHECK(bench.run_of(1).due == kMorning + 1h);
  bench.now = kMorning + 59min;
  CHECK(word(*bench.again(1)) == "waiting");
  bench.now = kMorning + 1h;
  const Decision late = *bench.again(1);
  CHECK(word(late) == "parked");
  CHECK(fault(late).text == "the rest of this message has not come within 1h");
  CHECK(bench.set_aside().empty());
  CHECK(word(bench.send(piece("C2", "P1", "NTE|1\r"))) == "refused");
}

TEST_CASE("a sender that begins again under the same pointer gives up what it sent before") {
  Bench bench({{"orders", kFrom + kToPacs}});
  bench.send(piece("C1", "", "PID|1||M1^^^HOSP^MR\rDSC|P1|F\r"));
  bench.send(piece("C9", "", "PID|1||M9^^^HOSP^MR\rDSC|P1|F\r"));
  REQUIRE(bench.set_aside().size() == 1);
  CHECK(bench.set_aside()[0]->message == 2);
  CHECK_FALSE(bench.again(1));
}

TEST_CASE("a segment that ADD continues is one to every route, and leaves as it came") {
  Bench bench({{"orders", kFrom + "when: PID-8 = F\n" + kToPacs}});
  const std::string bytes = piece("C1", "", "PID|1||M1^^^HOSP^MR||DOE^JANE||19800102\rADD||F\r");
  const Decision decision = bench.send(bytes);
  CHECK(word(decision) == "done");
  CHECK(decision.parcels.at(0).document == bytes);
}

TEST_CASE("a listener that ignores fragments takes each as a message") {
  Bench bench({{"orders", kFromQuiet + kToPacs}});
  const Decision decision = bench.send(piece("C1", "P0", "PID|1||M1^^^HOSP^MR\rDSC|P1|F\r"), "quiet-mllp");
  CHECK(word(decision) == "done");
  CHECK(decision.parcels.size() == 1);
}

// Application acknowledgements that go over a connection of ours (enhanced mode, HL7 v2.5.1 2.9.3).

namespace {

std::string asking(const std::string& application, const std::string& patient) {
  return "MSH|^~\\&|HIS|NORTH|||20261124100000||ADT^A08|C1|P|2.5|||AL|" + application + "\rPID|1||" + patient +
         "^^^HOSP^MR\r";
}

const std::string kOnlyKnown =
    "steps:\n  - require:\n      a patient we know: PID-3.1 != BAD\n    else: reject\n" + kToPacs;

}  // namespace

TEST_CASE("an application acknowledgement is a parcel in the commit of its message, whatever it says") {
  Bench bench({{"later", "from: later-mllp\n" + kOnlyKnown}});
  const Decision done = bench.send(asking("AL", "M1"), "later-mllp");
  CHECK(outlets(done) == "pacs ehr-mllp");
  const Parcel& ack = done.parcels.at(1);
  CHECK(ack.control_id == "A1");
  CHECK(ack.lanes == std::vector<std::string>{"answers|later-mllp"});
  CHECK(ack.document.find("MSA|AA|C1") != std::string::npos);
  const Decision refused = bench.send(asking("AL", "BAD"), "later-mllp");
  CHECK(word(refused) == "refused");
  CHECK(outlets(refused) == "ehr-mllp");
  CHECK(refused.parcels.at(0).document.find("MSA|AE|C1") != std::string::npos);
}

TEST_CASE("who asks for no application acknowledgement gets none") {
  Bench bench({{"later", "from: later-mllp\n" + kOnlyKnown}});
  CHECK(outlets(bench.send(asking("NE", "M1"), "later-mllp")) == "pacs");
  CHECK(outlets(bench.send(asking("ER", "M1"), "later-mllp")) == "pacs");
  CHECK(outlets(bench.send(asking("ER", "BAD"), "later-mllp")) == "ehr-mllp");
}

TEST_CASE("a run that starts again acknowledges nothing a second time") {
  Bench bench({{"later", "from: later-mllp\norder_by: PID-3.1\n" + require_new("hold")}});
  const Decision held = bench.send(asking("AL", "M1"), "later-mllp");
  CHECK(word(held) == "held");
  REQUIRE(held.parcels.size() == 1);
  CHECK(held.parcels[0].document.find("|held: ") != std::string::npos);
  CHECK(bench.again(1)->parcels.empty());
}

TEST_CASE("where the endpoint for acknowledgements is off, they go where the message came") {
  Bench bench({{"unheard", "from: unheard-mllp\n" + kToPacs}});
  CHECK_FALSE(bench.site().endpoint("unheard-mllp")->dialect().application_elsewhere);
  CHECK(outlets(bench.send(asking("AL", "M1"), "unheard-mllp")) == "pacs");
}

namespace {

/// What the laboratory's application says of a message that its interface has committed.
std::string later_answer_to(const std::string& control_id, const std::string& code, const std::string& own = "L1") {
  return "MSH|^~\\&|LAB|HOSP|PONS|HOSP|20261124||ACK^O01|" + own + "|P|2.5\rMSA|" + code + "|" + control_id +
         "|no such test\rERR||OBR^1^4|204^^HL70357|E\r";
}

}  // namespace

TEST_CASE("what a receiver's application says later is matched with what was sent to it") {
  Bench bench({{"orders", kFrom + "when: MSH-9.1 = ORM\nto:\n  - endpoint: lab\n    send: received\n"}});
  bench.send(order().bytes());
  const Decision refused = bench.send(later_answer_to("M1", "AE"));
  CHECK(word(refused) == "done");
  CHECK(refused.receipt.text == "the application of lab says AE to M1 of message 1");
  REQUIRE(refused.changes.size() == 1);
  CHECK((refused.changes[0].record == "answer" && refused.changes[0].id == 1 && refused.changes[0].action == "refuse"));
  const auto questions = bench.book.questions.all([](const Question&) { return true; });
  REQUIRE(questions.size() == 1);
  CHECK(questions[0]->message == 1);
  CHECK(questions[0]->text == "the application of lab says AE to M1 of message 1, error 204: no such test");
  CHECK(bench.send(later_answer_to("M1", "AA", "L2")).changes.at(0).action == "accept");
}

TEST_CASE("what an application says in its own character set is kept in ours") {
  Bench bench({{"orders", kFrom + "when: MSH-9.1 = ORM\nto:\n  - endpoint: lab\n    send: received\n"}});
  bench.send(order().bytes());
  bench.send("MSH|^~\\&|LAB|HOSP|PONS|HOSP|20261124||ACK^O01|L1|P|2.5||||||8859/1\rMSA|AE|M1|refus\xE9\r");
  CHECK(bench.book.questions.first([](const Question& each) { return each.text.ends_with(": refus\u00e9"); }));
}

TEST_CASE("an acknowledgement of what was never sent, or sent elsewhere, is no answer") {
  Bench bench({{"orders", kFrom + "when: MSH-9.1 = ORM\nto:\n  - endpoint: lab\n    send: received\n"},
               {"others", "from: numbered-mllp\nwhen: MSH-9.1 = ORM\nto:\n  - endpoint: pacs\n    send: received\n"}});
  bench.send(order().bytes());
  CHECK(word(bench.send(later_answer_to("M9", "AA"))) == "unrouted");
  CHECK(word(bench.send(later_answer_to("M1", "AA"), "numbered-mllp")) == "unrouted");
  CHECK(word(bench.send(later_answer_to("M1", "CA"))) == "unrouted");
}
