#include <catch2/catch.hpp>
#include <future>
#include <set>

#include "adapters/memory/store.h"
#include "engine/runtime/intake.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using test::OrderText;

namespace {

/// An engine without sockets and without a database: what the RIS sends, and what it reads.
struct Bench {
  MemoryStore store;
  SystemClock clock;
  Intake intake{store, test::sample_site(), clock, Intake::Settings{}};

  Bench() { intake.start(); }

  Receipt send(const std::string& bytes) {
    Envelope envelope;
    envelope.inlet = "ris-mllp";
    envelope.bytes = std::make_shared<const std::string>(bytes);
    return intake.accept(std::move(envelope));
  }
  Receipt send(const OrderText& order) { return send(order.bytes()); }
  std::string status_of(const std::string& step_id) {
    for (const Step& step : store.steps())
      if (step.step_id == step_id) return to_text(step.status);
    return "(no such step)";
  }
};

std::string word(const Receipt& receipt) {
  return to_text(receipt.outcome);
}

OrderText cancel(const std::string& control_id) {
  OrderText order;
  order.control_id = control_id;
  order.control = order.status = "CA";
  order.start = "";
  return order;
}

}  // namespace

TEST_CASE("a new order becomes a scheduled step of its patient") {
  Bench bench;
  CHECK(word(bench.send(OrderText{})) == "done");
  REQUIRE(bench.store.steps().size() == 1);
  const Step step = bench.store.steps().front();
  CHECK(step.modality == "CT");
  CHECK(step.start_date == "20261125");
  CHECK(step.start_time == "093000");
  CHECK(step.stations == std::vector<std::string>{"CT1"});
  REQUIRE(bench.store.patients().size() == 1);
  CHECK(bench.store.patients().front().name == "DOE^JANE");
}

TEST_CASE("each ORC/OBR group is a step of its own") {
  Bench bench;
  OrderText second;
  second.placer = "P2", second.filler = "F2", second.accession = "A2", second.step = "S2", second.section = "MRI";
  const std::string both = OrderText{}.bytes() + second.bytes().substr(second.bytes().find("ORC|"));
  CHECK(word(bench.send(both)) == "done");
  REQUIRE(bench.store.steps().size() == 2);
  CHECK(bench.store.steps()[0].modality == "CT");
  CHECK(bench.store.steps()[1].modality == "MR");
}

TEST_CASE("a cancel neither makes a new study nor moves the appointment") {
  Bench bench;
  bench.send(OrderText{});
  const Step before = bench.store.steps().front();
  CHECK(word(bench.send(cancel("M2"))) == "done");
  REQUIRE(bench.store.steps().size() == 1);
  const Step after = bench.store.steps().front();
  CHECK(to_text(after.status) == "CANCELED");
  CHECK(after.start_date == before.start_date);
  CHECK(after.item.find("2.25.") != std::string::npos);
}

TEST_CASE("a cancel for nothing is refused and creates nothing") {
  Bench bench;
  const Receipt receipt = bench.send(cancel("M1"));
  CHECK(word(receipt) == "refused");
  REQUIRE(receipt.faults.size() == 1);
  CHECK(receipt.faults[0].code == 204);
  CHECK(bench.store.patients().empty());
  CHECK(bench.store.steps().empty());
}

TEST_CASE("a canceled step is not scheduled again by a late message") {
  Bench bench;
  bench.send(OrderText{});
  bench.send(cancel("M2"));
  OrderText late;
  late.control_id = "M3";
  CHECK(word(bench.send(late)) == "done");
  CHECK(bench.status_of("S1") == "CANCELED");
}

TEST_CASE("the same bytes again get the same answer and have no second effect") {
  Bench bench;
  const Receipt first = bench.send(OrderText{}), second = bench.send(OrderText{});
  CHECK_FALSE(first.duplicate);
  CHECK(second.duplicate);
  CHECK(second.message == first.message);
  CHECK(bench.store.journal().size() == 1);
}

TEST_CASE("the same control id with other bytes is another message") {
  Bench bench;
  bench.send(OrderText{});
  OrderText correction;
  correction.start = "20261126100000";
  CHECK(word(bench.send(correction)) == "done");
  CHECK(bench.store.steps().front().start_date == "20261126");
}

TEST_CASE("what was refused is decided anew when it comes again") {
  Bench bench;
  CHECK(word(bench.send(cancel("M9"))) == "refused");
  OrderText order;
  bench.send(order);
  const Receipt again = bench.send(cancel("M9"));
  CHECK(word(again) == "done");
  CHECK_FALSE(again.duplicate);
}

TEST_CASE("a message is refused with the field that must be mended") {
  Bench bench;
  OrderText order;
  SECTION("no patient identifier") {
    order.patient = "";
    CHECK(bench.send(order).faults.at(0).field == "PID-3[5 = MR].1");
  }
  SECTION("a start that is no date") {
    order.start = "tomorrow";
    CHECK(bench.send(order).faults.at(0).code == 102);
  }
  SECTION("an order control that is not handled") {
    order.control = "ZZ";
    CHECK(bench.send(order).faults.at(0).field == "ORC-1");
  }
  SECTION("a section that has no modality") {
    order.section = "XYZ";
    CHECK(bench.send(order).faults.at(0).field == "OBR-24");
  }
  CHECK(bench.store.steps().empty());
  CHECK(bench.store.patients().empty());
}

TEST_CASE("only MSH-9, 11 and 12 make a message unacceptable") {
  Bench bench;
  OrderText order;
  order.type = "ADT^A01";
  CHECK(bench.send(order).unacceptable);
  order.type = "ORM^O01", order.version = "9.9";
  CHECK(bench.send(order).unacceptable);
  order.version = "2.5", order.facility = "EAST";
  const Receipt receipt = bench.send(order);
  CHECK(word(receipt) == "unrouted");
  CHECK_FALSE(receipt.unacceptable);
}

TEST_CASE("what the database lost is decided once more, and nothing is half done") {
  Bench bench;
  bench.store.lose_next_commit();
  CHECK(word(bench.send(OrderText{})) == "done");
  CHECK(bench.store.journal().size() == 1);
  CHECK(bench.store.steps().size() == 1);
}

TEST_CASE("a deadlock in the database is tried again, and the sender sees nothing of it") {
  Bench bench;
  bench.store.deadlock_commits(2);
  CHECK(word(bench.send(OrderText{})) == "done");
  CHECK(bench.store.journal().size() == 1);
  bench.store.deadlock_commits(100);
  OrderText another;
  another.control_id = "M2";
  CHECK_THROWS_AS(bench.send(another), StoreLost);
}

TEST_CASE("the one message that the database refuses is parked, its neighbours are done") {
  Bench bench;
  OrderText guilty;
  guilty.patient = "M-guilty", guilty.control_id = "G", guilty.placer = "PG", guilty.filler = "FG";
  bench.store.refuse(guilty.bytes());
  std::vector<std::future<Receipt>> receipts;
  for (int i = 0; i < 20; ++i) {
    OrderText order;
    const std::string number = std::to_string(i);
    order.control_id = "C" + number, order.patient = "M" + number, order.placer = "P" + number,
    order.filler = "F" + number;
    receipts.push_back(std::async(std::launch::async, [&bench, order] { return bench.send(order); }));
  }
  auto refused_one = std::async(std::launch::async, [&] { return bench.send(guilty); });
  for (auto& each : receipts) CHECK(word(each.get()) == "done");
  CHECK(word(refused_one.get()) == "parked");
  CHECK(bench.store.steps().size() == 20);
}

TEST_CASE("one patient's messages never overtake each other") {
  Bench bench;
  bench.send(OrderText{});
  std::vector<std::future<Receipt>> receipts;
  for (int minute = 10; minute < 60; ++minute) {
    OrderText change;
    change.control_id = "C" + std::to_string(minute);
    change.control = "XO";
    change.start = "202611250" + std::string("9") + std::to_string(minute) + "00";
    receipts.push_back(std::async(std::launch::async, [&bench, change] { return bench.send(change); }));
  }
  for (auto& each : receipts) CHECK(word(each.get()) == "done");
  // The journal is in the order of effect: the step shows what its last entry said.
  const std::string last = *bench.store.journal().back().envelope.bytes;
  CHECK(last.find("^^^20261125" + bench.store.steps().front().start_time) != std::string::npos);
}
