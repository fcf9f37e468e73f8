#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "adapters/postgres/journal.h"
#include "adapters/postgres/load.h"
#include "adapters/postgres/named.h"
#include "adapters/postgres/parcels.h"
#include "adapters/postgres/store.h"
#include "adapters/postgres/worklist.h"
#include "engine/records/merge_rules.h"
#include "tests/contracts/database.h"
#include "tests/contracts/desk.h"

using namespace pons;
using test::at;
using test::database;
using test::Desk;
using test::kNasty;

namespace {

Identifier number(const std::string& value) {
  return {value, "HOSP", "MR"};
}

Subject by_patients(const std::vector<std::string>& numbers) {
  Subject subject;
  for (const std::string& each : numbers) subject.patients.push_back(number(each));
  subject.whole_patients = numbers.size() > 1;
  return subject;
}

std::int64_t make_patient(Book& book, const std::string& of) {
  PatientClaim claim;
  claim.identifiers = {number(of)};
  claim.name = "NAME^" + of;
  return (*reconcile_patient(book, claim))->id;
}

void merge(Book& book, const std::string& survivor, const std::string& retired) {
  MergeClaim claim;
  claim.survivor.identifiers = {number(survivor)};
  claim.retired = number(retired);
  REQUIRE(reconcile_merge(book, claim));
}

/// An order with one scheduled CT.
void make_order(Book& book, std::int64_t patient, const std::string& accession) {
  Order order;
  order.id = book.new_id();
  order.patient = patient;
  order.accession = {accession, "HOSP", ""};
  Step step;
  step.id = book.new_id();
  step.order = order.id;
  step.step_id = "S1";
  step.item = "{}";
  book.note({"order", order.id, "create", "for the test"});
  book.orders.put(order);
  book.steps.put(step);
}

/// Names a patient whom the store has seen lately, "X-1", and an order of another, "X-2", whom it has not.
Subject with_an_order_of_another(Desk& desk, const std::string& x) {
  const std::string one = x + "-1", other = x + "-2";
  desk.write({by_patients({one}), one}, [&](Book& book, std::int64_t) { make_patient(book, one); });
  desk.write({by_patients({other}), other},
             [&](Book& book, std::int64_t) { make_order(book, make_patient(book, other), x + "-A"); });
  desk.look(by_patients({one}), [&](Book& book) { CHECK(book.patient(number(one))); });
  Subject both = by_patients({one});
  both.accessions = {{x + "-A", "HOSP", ""}};
  return both;
}

std::vector<WorklistItem> worklist(const std::string& accession) {
  PostgresWorklist list(database().conninfo());
  WorklistQuery query;
  query.keys["AccessionNumber"] = {accession};
  std::vector<WorklistItem> items;
  list.find(query, [&](const WorklistItem& item) {
    items.push_back(item);
    return true;
  });
  return items;
}

/// Until somebody waits for a key that another batch holds.
void wait_for_a_waiting_batch(Connection& connection) {
  while (connection.run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").number(0, 0) == 0)
    std::this_thread::yield();
}

}  // namespace

TEST_CASE("a merged patient's steps are on the worklist under the survivor") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  desk.write({by_patients({"WL-2"}), "wl order"},
             [](Book& book, std::int64_t) { make_order(book, make_patient(book, "WL-2"), "WL-A"); });
  REQUIRE(worklist("WL-A").size() == 1);
  CHECK(worklist("WL-A")[0].patient.find("WL-2") != std::string::npos);
  desk.write({by_patients({"WL-1", "WL-2"}), "wl merge"}, [](Book& book, std::int64_t) {
    make_patient(book, "WL-1");
    merge(book, "WL-1", "WL-2");
  });
  REQUIRE(worklist("WL-A").size() == 1);
  CHECK(worklist("WL-A")[0].patient.find("NAME^WL-1") != std::string::npos);
  CHECK(worklist("WL-A")[0].patient.find("WL-2") == std::string::npos);
}

TEST_CASE("whom another node merged since is asked for again") {
  PostgresStore here(database().conninfo()), there(database().conninfo());
  Desk desk(here), other(there);
  desk.write({by_patients({"SEEN-1"}), "seen 1"}, [](Book& book, std::int64_t) { make_patient(book, "SEEN-1"); });
  desk.write({by_patients({"SEEN-2"}), "seen 2"}, [](Book& book, std::int64_t) { make_patient(book, "SEEN-2"); });
  desk.look(by_patients({"SEEN-2"}), [](Book& book) { CHECK(book.patient(number("SEEN-2"))); });
  other.write({by_patients({"SEEN-1", "SEEN-2"}), "seen, merged"},
              [](Book& book, std::int64_t) { merge(book, "SEEN-1", "SEEN-2"); });
  CHECK(here.begin({by_patients({"SEEN-2"})})->left_out(0));  // its survivor was not locked
  const auto batch = here.begin({by_patients({"SEEN-2"})});
  CHECK(!batch->left_out(0));
  CHECK(batch->book().patient(number("SEEN-2"))->name == "NAME^SEEN-1");
}

TEST_CASE("an order of a patient other than the one who is named is taken at the second try") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  const Subject both = with_an_order_of_another(desk, "OTHER");
  CHECK(store.begin({both})->left_out(0));
  const auto batch = store.begin({both});
  CHECK(!batch->left_out(0));
  CHECK(batch->book().orders_by_accession({"OTHER-A", "HOSP", ""}).size() == 1);
}

TEST_CASE("nothing overtakes, in its own batch, what is left out of it") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  const Subject both = with_an_order_of_another(desk, "PASS");
  desk.write({by_patients({"PASS-3"}), "pass 3"}, [](Book& book, std::int64_t) { make_patient(book, "PASS-3"); });
  const auto batch = store.begin({by_patients({"PASS-1"}), both, by_patients({"PASS-1"}), by_patients({"PASS-3"})});
  CHECK_FALSE(batch->left_out(0));
  CHECK(batch->left_out(1));
  CHECK(batch->left_out(2));
  CHECK_FALSE(batch->left_out(3));
}

TEST_CASE("a row that says what it said before is not written again") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  Connection connection(database().conninfo());
  const auto places = [&connection] {
    const Rows rows = connection.run(
        "SELECT p.ctid, i.ctid FROM patient p JOIN patient_identifier i ON i.patient = p.id WHERE i.value = 'SAME-1'");
    return std::pair<std::string, std::string>(rows.text(0, 0), rows.text(0, 1));
  };
  desk.write({by_patients({"SAME-1"}), "same"}, [](Book& book, std::int64_t) { make_patient(book, "SAME-1"); });
  const auto before = places();
  desk.write({by_patients({"SAME-1"}), "same, renamed"}, [](Book& book, std::int64_t) {
    Patient patient = *book.patient(number("SAME-1"));
    patient.name = "OTHER";
    book.patients.put(patient);
  });
  const auto after = places();
  CHECK(after.first != before.first);
  CHECK(after.second == before.second);
}

TEST_CASE("a row that was there may point to one that is new") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  desk.write({by_patients({"FK-1"}), "fk"},
             [](Book& book, std::int64_t) { make_order(book, make_patient(book, "FK-1"), "FK-A"); });
  Subject both = by_patients({"FK-1", "FK-2"});
  both.accessions = {{"FK-A", "HOSP", ""}};
  desk.write({both, "fk, moved"}, [](Book& book, std::int64_t) {
    Order order = *book.orders_by_accession({"FK-A", "HOSP", ""}).front();
    order.patient = make_patient(book, "FK-2");
    book.orders.put(order);
  });
  REQUIRE(worklist("FK-A").size() == 1);
  CHECK(worklist("FK-A")[0].patient.find("NAME^FK-2") != std::string::npos);
}

TEST_CASE("what came eight days ago is decided anew when it comes again") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  Connection connection(database().conninfo());
  const std::int64_t first = desk.write({by_patients({"OLD-1"}), "old"});
  connection.run("UPDATE journal_key SET arrived = now() - interval '8 days' WHERE message = $1::bigint",
                 {std::to_string(first)});
  Subject again = by_patients({"OLD-1"});
  again.identity = {"desk|old", sha256("old")};
  {
    const auto batch = store.begin({again});
    CHECK_FALSE(batch->earlier(0));
    CHECK_FALSE(batch->control_id_reused(0));
  }
  const std::int64_t second = desk.write({by_patients({"OLD-1"}), "old"});
  CHECK(second > first);
  CHECK(store.begin({again})->earlier(0)->message == second);
}

TEST_CASE("an envelope whose patient is merged while it waits for the locks is left for a later batch") {
  PostgresStore one(database().conninfo()), two(database().conninfo());
  Connection connection(database().conninfo());
  Desk(one).write({by_patients({"LO-2"}), "lo"}, [](Book& book, std::int64_t) { make_patient(book, "LO-2"); });
  std::future<std::pair<bool, bool>> left_out;
  Desk(one).write({by_patients({"LO-1", "LO-2"}), "lo merge"}, [&](Book& book, std::int64_t) {
    merge(book, "LO-1", "LO-2");
    left_out = std::async(std::launch::async, [&two] {
      const auto batch = two.begin({by_patients({"LO-2"}), by_patients({"LO-9"})});
      return std::pair(batch->left_out(0), batch->left_out(1));
    });
    wait_for_a_waiting_batch(connection);
  });
  CHECK(left_out.get() == std::pair(true, false));
  CHECK_FALSE(two.begin({by_patients({"LO-2"})})->left_out(0));
}

TEST_CASE("an event finds what was set aside of its patient, whose lanes it cannot name, across a merge") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  const std::vector<std::string> lanes{"images|EV-1"};
  desk.write({by_patients({"EV-1"}), "ev"}, [&](Book& book, std::int64_t message) {
    PendingRun run;
    run.id = book.new_id();
    run.message = message;
    run.route = "images";
    run.lanes = lanes;
    run.since = at(0);
    run.patient = make_patient(book, "EV-1");
    book.runs.put(run);
    make_patient(book, "EV-2");
    make_patient(book, "EV-3");
  });
  const auto held_for = [&](const std::string& patient, bool event = true) {
    Subject subject = by_patients({patient});
    subject.is_event = event;
    bool held = false;
    desk.look(subject, [&](const Book& book) { held = book.holder(lanes) != nullptr; });
    return held;
  };
  CHECK(held_for("EV-1"));
  CHECK_FALSE(held_for("EV-1", false));  // who names lanes finds the run by them
  CHECK_FALSE(held_for("EV-2"));
  desk.write({by_patients({"EV-1", "EV-2"}), "ev merge"},
             [](Book& book, std::int64_t) { merge(book, "EV-2", "EV-1"); });
  CHECK(held_for("EV-2"));
  CHECK(held_for("EV-1"));
  CHECK_FALSE(held_for("EV-3"));
  Subject last = by_patients({"EV-1"});
  last.is_event = true;
  desk.write({last, "ev last"}, [&](Book& book, std::int64_t) {
    PendingRun run = *book.holder(lanes);
    run.state = PendingRun::State::ended;
    book.runs.put(run);
  });
}

TEST_CASE("a database that an older engine left is brought up, with what is in it") {
  Connection connection(database().conninfo());
  connection.script("CREATE DATABASE older");
  const std::string conninfo = database().conninfo() + " dbname=older";
  {
    Connection older(conninfo);
    older.script("CREATE SCHEMA pons; CREATE TABLE pons.schema_version (version int NOT NULL)");
    older.script(std::string("SET search_path TO pons; BEGIN;") +
#include "adapters/postgres/schema/0001_start.sql.h"
                 "INSERT INTO schema_version VALUES (1); COMMIT");
    older.script(
        "INSERT INTO pons.pending_run VALUES (7, 1, 'orders', '{orders|M1}', 'held', 'why', now(), now(), '{}')");
    older.script("INSERT INTO pons.pending_lane VALUES ('orders|M1', 7)");
  }
  prepare_schema(conninfo);
  PostgresStore store(conninfo);
  Subject subject;
  subject.lanes = {"orders|M1"};
  Desk(store).look(subject, [](const Book& book) {
    REQUIRE(book.runs.find(7));
    CHECK(book.runs.find(7)->reason == "why");
    CHECK(book.runs.find(7)->patient == 0);
  });
}

TEST_CASE("the journal shows a message's decisions, deliveries, runs and questions") {
  PostgresStore store(database().conninfo());
  PostgresParcels parcels(database().conninfo());
  Desk desk(store);
  Parcel parcel;
  parcel.outlet = "journal-outlet";
  parcel.route = "orders";
  parcel.control_id = "C1";
  parcel.document = "MSH|\xff";
  Subject subject;
  subject.lanes = {"journal|1"};
  std::int64_t id = 0;
  const std::int64_t message =
      desk.write({subject, "journal", Receipt::Outcome::held, {parcel}}, [&](Book& book, std::int64_t number) {
        PendingRun run;
        run.id = id = book.new_id();
        run.message = number;
        run.route = "orders";
        run.lanes = {"journal|1", kNasty};
        run.reason = kNasty;
        run.due = run.since = at(0);
        book.runs.put(run);
        book.questions.put({book.new_id(), number, "order", kNasty, true});
      });
  const auto claim = parcels.claim("journal-outlet", 1, at(0), at(10));
  REQUIRE(claim.parcels.size() == 1);
  CHECK(claim.parcels[0].document == "MSH|\xff");
  parcels.settle({{claim.parcels[0].id,
                   1,
                   at(1),
                   at(2),
                   {Delivery::Outcome::refused, "bad \xff text", "MSA|AE\xff"},
                   Parcel::State::parked,
                   at(0),
                   claim.lease}});

  const auto entry = find_message(database().conninfo(), message);
  REQUIRE(entry);
  CHECK(entry->line.outcome == "held");
  REQUIRE(entry->parcels.size() == 1);
  CHECK(entry->parcels[0].document == "MSH|\xff");
  CHECK(entry->parcels[0].state == "parked");
  REQUIRE(entry->parcels[0].attempts.size() == 1);
  CHECK(entry->parcels[0].attempts[0].outcome == "refused");
  CHECK(entry->parcels[0].attempts[0].text == "bad ? text");
  CHECK(entry->parcels[0].attempts[0].answer == "MSA|AE\xff");
  CHECK(entry->parcels[0].attempts[0].ended > entry->parcels[0].attempts[0].began);
  REQUIRE(entry->runs.size() == 1);
  CHECK(entry->runs[0].reason == kNasty);
  CHECK(entry->runs[0].lanes == std::vector<std::string>{"journal|1", kNasty});
  REQUIRE(entry->questions.size() == 1);
  CHECK(entry->questions[0].text == kNasty);

  // It starts again and ends: one more decision, and the outcome is the last one's.
  const auto due = store.due_runs(at(0), {1000});
  const auto envelope = std::find_if(due.begin(), due.end(), [&](const Envelope& each) { return each.pending == id; });
  REQUIRE(envelope != due.end());
  subject.runs = {id};
  desk.write({subject, "journal", Receipt::Outcome::done, {}, {}, *envelope}, [&](Book& book, std::int64_t) {
    PendingRun run = *book.runs.find(id);
    run.state = PendingRun::State::ended;
    book.runs.put(run);
  });
  const auto ended = find_message(database().conninfo(), message);
  CHECK(ended->line.outcome == "done");
  REQUIRE(ended->traces.size() == 2);
  CHECK(ended->traces[1].find("again") != std::string::npos);
  CHECK(ended->runs.empty());
}

TEST_CASE("messages are found by a patient's reports, studies and performed steps, under merged numbers too") {
  PostgresStore store(database().conninfo());
  Desk desk(store);
  std::int64_t patient = 0;
  desk.write({by_patients({"JP-2"}), "jp"}, [&](Book& book, std::int64_t) { patient = make_patient(book, "JP-2"); });
  std::vector<std::int64_t> messages;
  const auto write = [&](const std::string& record, auto&& put) {
    messages.push_back(desk.write({by_patients({"JP-2"}), "jp " + record}, [&](Book& book, std::int64_t) {
      const std::int64_t id = book.new_id();
      put(book, id);
      book.note({record, id, "create", ""});
    }));
  };
  write("report", [&](Book& book, std::int64_t id) {
    book.reports.put({id, patient, 0, number("JP-F"), ReportStatus::final, 1});
  });
  write("study", [&](Book& book, std::int64_t id) {
    Study study;
    study.id = id, study.patient = patient, study.study_uid = "1.99";
    book.studies.put(study);
  });
  write("performed step", [&](Book& book, std::int64_t id) {
    book.performed_steps.put({id, "1.98", PerformedStatus::in_progress, patient, {}, "{}"});
  });
  const auto found = [](const std::string& of) {
    std::vector<std::int64_t> all;
    for (const JournalLine& each : list_messages(database().conninfo(), {false, {}, of})) all.push_back(each.message);
    return all;
  };
  REQUIRE(found("JP-2^HOSP").size() == 4);
  CHECK(found("JP-2") == found("JP-2^HOSP"));
  for (const std::int64_t each : messages) {
    const auto all = found("JP-2^HOSP");
    CHECK(std::find(all.begin(), all.end(), each) != all.end());
  }
  CHECK(found("JP-2^ELSEWHERE").empty());
  desk.write({by_patients({"JP-1", "JP-2"}), "jp merge"},
             [](Book& book, std::int64_t) { merge(book, "JP-1", "JP-2"); });
  CHECK(found("JP-1").size() == 5);
  CHECK(found("JP-2").size() == 5);
}

TEST_CASE("parcels of one patient ascend in the order of effect, however many nodes write") {
  const auto write = [](int node) {
    PostgresStore store(database().conninfo());
    Desk desk(store);
    Parcel parcel;
    parcel.outlet = "ascend";
    parcel.lanes = {"patient:ascend"};
    for (int i = 0; i < 40; ++i)
      desk.write({by_patients({"ASC"}),
                  "ascend " + std::to_string(node) + ' ' + std::to_string(i),
                  Receipt::Outcome::done,
                  {parcel, parcel}});
  };
  std::thread other([&] { write(1); });
  write(2);
  other.join();
  Connection connection(database().conninfo());
  const Rows rows = connection.run(
      "SELECT count(*), count(*) FILTER (WHERE message < before) FROM"
      " (SELECT message, lag(message) OVER (ORDER BY id) AS before FROM parcel JOIN parcel_state ON parcel = id WHERE "
      "outlet = 'ascend') ordered");
  CHECK(rows.number(0, 0) == 160);
  CHECK(rows.number(0, 1) == 0);
}

TEST_CASE("rows of many megabytes get more time than a statement, and those after them no more than others") {
  test::Database own;
  PostgresStore store(own.conninfo());
  Desk desk(store);
  Connection connection(own.conninfo());
  connection.script(
      "CREATE TABLE seen (timeout interval);"
      "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " INSERT INTO pons.seen VALUES (current_setting('statement_timeout')::interval); RETURN NEW; END $$;"
      "CREATE TRIGGER see AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION see()");
  desk.write({.bytes = std::string(20u << 20, 'x')});
  desk.write({.bytes = "a short one"});
  const Rows seen = connection.run("SELECT extract(epoch FROM timeout)::bigint FROM seen");
  REQUIRE(seen.size() == 2);
  CHECK(seen.number(0, 0) >= 30 + 2 * 20);  // a byte is two characters on its way
  CHECK(seen.number(1, 0) == 30);
}

TEST_CASE("a claim looks at what it takes and at no other parcel, by a plan too that was made while there was none") {
  test::Database own;
  Connection connection(own.conninfo());
  connection.script("ANALYZE");  // sees that there is none
  auto parcels = std::make_unique<PostgresParcels>(own.conninfo());
  CHECK(parcels->claim("plan", 8, at(0), at(60)).parcels.empty());
  {
    PostgresStore store(own.conninfo());
    Desk desk(store);
    Parcel parcel;
    parcel.outlet = "other";
    parcel.due = at(0);
    parcel.lanes = {"patient:1"};
    std::vector<Parcel> many(1000, parcel);
    many.back().outlet = "plan";
    desk.write({{}, "many", Receipt::Outcome::done, std::move(many), {}});
  }
  // A server process tells what it did when it ends.
  const auto counted = [&](const std::string& what) {
    return connection.run("SELECT sum(" + what + ")::bigint FROM pg_stat_user_tables WHERE relname LIKE 'parcel%'")
        .number(0, 0);
  };
  while (counted("n_tup_ins") < 3000) std::this_thread::yield();
  connection.run("SELECT pg_stat_reset()");
  CHECK(parcels->claim("plan", 8, at(1), at(60)).parcels.size() == 1);
  parcels.reset();
  while (counted("idx_scan + seq_scan") == 0) std::this_thread::yield();
  CHECK(counted("idx_tup_fetch + seq_tup_read") < 20);
}

TEST_CASE("what a batch names is found by keys, by plans too that were made while the tables were empty") {
  Subject subject;
  subject.patients = subject.placers = subject.fillers = subject.accessions = {number("PLAN")};
  subject.studies = subject.performed_steps = subject.instances = subject.commitments = subject.lanes = {"PLAN"};
  Named ids;
  ids.patients = ids.orders = ids.reports = ids.studies = ids.performed_steps = {1, 2};
  std::vector<Statement> statements = find_named({subject});
  Loads loads({});
  loads.add_runs({subject});
  loads.add_instances({subject});
  loads.add_commitments({subject});
  loads.add_named(ids);
  statements.insert(statements.end(), loads.statements().begin(), loads.statements().end());
  test::Database empty;
  Connection connection(empty.conninfo());
  connection.run("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)");
  for (const Statement& each : statements) {
    std::string parameters;
    for (const std::string& value : each.parameters) parameters += (parameters.empty() ? "'" : ", '") + value + '\'';
    connection.script("PREPARE planned AS " + each.sql);
    const Rows plan = connection.run_once("EXPLAIN EXECUTE planned(" + parameters + ")", {});
    connection.script("DEALLOCATE planned");
    REQUIRE(plan.size() > 0);
    for (int row = 0; row < plan.size(); ++row) {
      const std::string line = plan.text(row, 0);
      INFO(each.sql << "\n" << line);
      CHECK(line.find("Seq Scan") == std::string::npos);
      CHECK(line.find("Hash Join") == std::string::npos);
      CHECK(line.find("Merge Join") == std::string::npos);
    }
  }
}
