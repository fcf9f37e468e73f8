#include <catch2/catch.hpp>

#include "tests/contracts/desk.h"
#include "tests/contracts/store_contract.h"

namespace pons::test {

namespace {

Subject lane_subject(const std::string& lane) {
  Subject subject;
  subject.lanes = {lane};
  return subject;
}

/// Sets a run aside in these lanes; gives back its id.
std::int64_t set_aside(Desk& desk, const std::string& bytes, PendingRun run) {
  Subject subject;
  subject.lanes = run.lanes;
  desk.write({subject, bytes, Receipt::Outcome::held}, [&](Book& book, std::int64_t message) {
    run.id = book.new_id();
    run.message = message;
    book.runs.put(run);
  });
  return run.id;
}

PendingRun held(std::vector<std::string> lanes) {
  PendingRun run;
  run.route = "orders";
  run.lanes = std::move(lanes);
  run.reason = kNasty;
  run.since = at(0);
  return run;
}

PendingRun waiting(std::vector<std::string> lanes, std::optional<Instant> due, std::vector<std::string> wakes_on = {}) {
  PendingRun run = held(std::move(lanes));
  run.state = PendingRun::State::waiting;
  run.due = due;
  run.wakes_on = std::move(wakes_on);
  return run;
}

std::vector<std::int64_t> due(Store& store, Instant now, Store::Room room = {100}) {
  std::vector<std::int64_t> ids;
  for (const Envelope& each : store.due_runs(now, room)) ids.push_back(each.pending);
  return ids;
}

/// Starts the run again and ends it, or writes what `change` makes of it.
template <class Change>
void restart(Store& store, Desk& desk, std::int64_t id, Receipt::Outcome outcome, Change&& change) {
  Envelope envelope;
  for (const Envelope& each : store.due_runs(at(1'000'000), {1000}))
    if (each.pending == id) envelope = each;
  REQUIRE(envelope.pending == id);
  Subject subject;
  subject.identity = {"desk|" + *envelope.bytes, sha256(*envelope.bytes)};
  subject.runs = {id};
  desk.write({subject, *envelope.bytes, outcome, {}, {}, envelope}, [&](Book& book, std::int64_t message) {
    REQUIRE(book.runs.find(id));
    CHECK(message == book.runs.find(id)->message);
    PendingRun run = *book.runs.find(id);
    change(run);
    book.runs.put(run);
  });
}

void end(Store& store, Desk& desk, std::int64_t id, Receipt::Outcome outcome = Receipt::Outcome::done) {
  restart(store, desk, id, outcome, [](PendingRun& run) { run.state = PendingRun::State::ended; });
}

void check_lanes_and_release(Store& store, Desk& desk) {
  const std::int64_t first = set_aside(desk, "first \xff", held({"orders|L1", "orders|L2"}));
  const std::int64_t second = set_aside(desk, "second", held({"orders|L2"}));
  const std::int64_t other = set_aside(desk, "other", held({"orders|L9"}));
  CHECK(first < second);
  desk.look(lane_subject("orders|L2"), [&](const Book& book) {
    REQUIRE(book.holder({"orders|L2"}));
    const PendingRun& run = *book.holder({"orders|L2"});
    CHECK(run.id == first);
    CHECK(run.reason == kNasty);
    CHECK(run.since == at(0));
    CHECK_FALSE(run.due);
    CHECK(run.lanes == std::vector<std::string>{"orders|L1", "orders|L2"});
    CHECK_FALSE(book.holder({"orders|L2"}, first));
  });
  desk.look(lane_subject("orders|L3"), [&](const Book& book) { CHECK_FALSE(book.holder({"orders|L3"})); });
  // Whoever keeps a lane is found by it, with what it was set aside from.
  REQUIRE(store.set_aside_in("orders|L2"));
  CHECK(store.set_aside_in("orders|L2")->pending == first);
  CHECK(*store.set_aside_in("orders|L2")->bytes == "first \xff");
  CHECK_FALSE(store.set_aside_in("orders|L3"));
  // A held run waits for somebody; a new generation releases all, and only the heads of lanes start.
  CHECK(due(store, at(100)).empty());
  store.release_held(at(100));
  CHECK(due(store, at(100)) == std::vector<std::int64_t>{first, other});
  CHECK(due(store, at(100), {1}) == std::vector<std::int64_t>{first});
  CHECK(due(store, at(100), {100, 12}) == std::vector<std::int64_t>{first, other});
  CHECK(due(store, at(100), {100, 11}) == std::vector<std::int64_t>{first});
  CHECK(due(store, at(100), {100, 1}) == std::vector<std::int64_t>{first});
  CHECK(due(store, at(100), {1, 100, {first}}) == std::vector<std::int64_t>{other});
  // The envelope is the one that was received, and the answer that it got does not count now.
  const auto envelopes = store.due_runs(at(100), {1});
  CHECK(*envelopes[0].bytes == "first \xff");
  CHECK(envelopes[0].inlet == "ris-mllp");
  CHECK(envelopes[0].peer == "127.0.0.1:1");
  CHECK(envelopes[0].kind == Envelope::Kind::hl7);
  CHECK(envelopes[0].arrived == at(0));
  CHECK(envelopes[0].attributes == envelope_of("").attributes);
  CHECK(envelopes[0].message > 0);
  Subject again;
  again.identity = {"desk|first \xff", sha256("first \xff")};
  CHECK(store.begin({again})->earlier(0));
  again.runs = {first};
  const auto batch = store.begin({again});
  CHECK_FALSE(batch->earlier(0));
  CHECK(batch->message(0) == envelopes[0].message);
  CHECK(batch->book().runs.find(first));
}

void check_ends(Store& store, Desk& desk) {
  const std::int64_t first = set_aside(desk, "e1", waiting({"orders|E"}, at(10)));
  // Behind it, never started: due as soon as the first has ended, one by one.
  const std::int64_t second = set_aside(desk, "e2", held({"orders|E"}));
  const std::int64_t third = set_aside(desk, "e3", held({"orders|E"}));
  CHECK(due(store, at(9)).empty());
  CHECK(due(store, at(10)) == std::vector<std::int64_t>{first});
  // Set aside once more, it keeps its place.
  restart(store, desk, first, Receipt::Outcome::waiting, [](PendingRun& run) { run.due = at(20); });
  CHECK(due(store, at(19)).empty());
  CHECK(due(store, at(20)) == std::vector<std::int64_t>{first});
  end(store, desk, first);
  CHECK(due(store, at(20)) == std::vector<std::int64_t>{second});
  desk.look(lane_subject("orders|E"), [&](const Book& book) { CHECK(book.holder({"orders|E"})->id == second); });
  end(store, desk, second);
  CHECK(due(store, at(20)) == std::vector<std::int64_t>{third});
  end(store, desk, third);
  CHECK(due(store, at(20)).empty());
  desk.look(lane_subject("orders|E"), [&](const Book& book) { CHECK_FALSE(book.holder({"orders|E"})); });
}

// Two that follow each other in one batch: the second of them must not find the lane free while a third stands between.
void check_many_in_one_batch(Desk& desk, Store& store) {
  const std::int64_t first = set_aside(desk, "m1", held({"orders|M"}));
  const std::int64_t second = set_aside(desk, "m2", held({"orders|M"}));
  Subject again, fresh;
  again.runs = {first};
  fresh.lanes = {"orders|M"};
  {
    const auto batch = store.begin({again, fresh});
    PendingRun run = *batch->book().runs.find(first);
    run.state = PendingRun::State::ended;
    batch->book().runs.put(run);
    REQUIRE(batch->book().holder({"orders|M"}));
    CHECK(batch->book().holder({"orders|M"})->id == second);
  }
  store.release_held(at(0));
  end(store, desk, first);
  end(store, desk, second);
}

void check_wakes(Store& store, Desk& desk) {
  const std::string key = "filler|" + kNasty;
  const std::int64_t patient = set_aside(desk, "w1", waiting({"orders|W1"}, {}, {key, "accession|A"}));
  const std::int64_t follower =
      set_aside(desk, "w2", waiting({"orders|W2"}, at(500), {"run|" + std::to_string(patient)}));
  desk.write({{}, "nothing that anybody waits for", Receipt::Outcome::done, {}, {"filler|X"}});
  CHECK(due(store, at(50)).empty());
  desk.write({{}, "what it waits for", Receipt::Outcome::done, {}, {"filler|Y", key}});
  CHECK(due(store, at(50)) == std::vector<std::int64_t>{patient});
  restart(store, desk, patient, Receipt::Outcome::waiting, [](PendingRun& run) {
    run.due = {};
    run.wakes_on = {"accession|B"};
  });
  desk.write({{}, "what it waited for before", Receipt::Outcome::done, {}, {key}});
  CHECK(due(store, at(50)).empty());
  desk.write({{}, "what it waits for now", Receipt::Outcome::done, {}, {"accession|B"}});
  end(store, desk, patient);
  CHECK(due(store, at(50)) == std::vector<std::int64_t>{follower});
  end(store, desk, follower);
}

// Where in the end nothing took effect, the same bytes are decided anew; else they get their answer again.
void check_answers(Store& store, Desk& desk) {
  const std::int64_t refused = set_aside(desk, "a1", waiting({"orders|A1"}, at(0)));
  const std::int64_t done = set_aside(desk, "a2", waiting({"orders|A2"}, at(0)));
  end(store, desk, refused, Receipt::Outcome::refused);
  end(store, desk, done, Receipt::Outcome::done);
  Subject first, second;
  first.identity = {"desk|a1", sha256("a1")};
  second.identity = {"desk|a2", sha256("a2")};
  const auto batch = store.begin({first, second});
  CHECK_FALSE(batch->earlier(0));
  CHECK(batch->earlier(1));
}

}  // namespace

void runs_contract(Store& store) {
  Desk desk(store);
  check_ends(store, desk);
  check_wakes(store, desk);
  check_answers(store, desk);
  check_many_in_one_batch(desk, store);
  check_lanes_and_release(store, desk);
}

}  // namespace pons::test
