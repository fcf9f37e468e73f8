#include <malloc.h>

#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/worklist.h"
#include "engine/ports/store.h"
#include "tests/contracts/database.h"

using namespace pons;
using test::database;

namespace {

/// Scheduled steps of one modality that nobody else has, written past the intake, the latest first; gone at the end.
/// Each item begins with its start.
class Steps {
 public:
  Steps(int count, std::string modality) : modality_(std::move(modality)) {
    remove();
    const std::string n = std::to_string(count), first = "9000000000000 + n";
    connection_.script("INSERT INTO patient SELECT " + first +
                       ", 'DOE^JANE', '19800102', 'F', '', NULL FROM generate_series(1, " + n + ") n");
    connection_.script("INSERT INTO patient_identifier SELECT 'MANY', 'MANY' || n, 'MR', " + first +
                       ", 0 FROM generate_series(1, " + n + ") n");
    connection_.script("INSERT INTO imaging_order SELECT " + first + ", " + first +
                       ", '', '', '', '', 'MANY' || n, '', '', '' FROM generate_series(1, " + n + ") n");
    connection_.script("INSERT INTO scheduled_step SELECT " + first + ", " + first + ", 'S', 'SCHEDULED', '" +
                       modality_ +
                       "', '{}', '20261125', to_char(99999 - n, 'FM000000'), '',"
                       " to_char(99999 - n, 'FM000000') || repeat('x', 1000) FROM generate_series(1, " +
                       n + ") n");
  }
  ~Steps() { remove(); }

  WorklistQuery query() const {
    WorklistQuery query;
    query.keys["ScheduledProcedureStepSequence.Modality"] = {modality_};
    return query;
  }

 private:
  void remove() {
    connection_.script(
        "DELETE FROM scheduled_step WHERE id > 9000000000000; DELETE FROM imaging_order WHERE id > 9000000000000;"
        "DELETE FROM patient_identifier WHERE patient > 9000000000000; DELETE FROM patient WHERE id > 9000000000000");
  }

  Connection connection_{database().conninfo()};
  const std::string modality_;
};

/// A worklist whose connections can be counted.
struct Counted {
  PostgresWorklist worklist{database().conninfo() + " application_name=counted"};
  Connection connection{database().conninfo()};

  std::int64_t connections() {
    return connection.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted'").number(0, 0);
  }
  std::size_t matches(const WorklistQuery& query) {
    std::size_t count = 0;
    worklist.find(query, [&](const WorklistItem&) { return ++count > 0; });
    return count;
  }
};

}  // namespace

TEST_CASE("50,000 matches are answered first start first, in the memory of a few") {
  const Steps steps(50'000, "ALL50K");
  PostgresWorklist worklist(database().conninfo());
  std::size_t count = 0, first = 0, most = 0;
  bool is_sorted = true;
  std::string before(6, '0');
  worklist.find(steps.query(), [&](const WorklistItem& item) {
    is_sorted = is_sorted && before < item.item.substr(0, 6);
    before = item.item.substr(0, 6);
    if (count++ % 1'000 != 0) return true;
    const std::size_t used = mallinfo2().uordblks;
    if (first == 0) first = used;
    most = std::max(most, used);
    return true;
  });
  CHECK(count == 50'000);
  CHECK(is_sorted);
  CHECK(most - first < 2'000'000);
}

TEST_CASE("a list that is stopped, or whose reader fails, keeps no connection") {
  const Steps steps(5'000, "STOP5K");
  Counted counted;
  counted.worklist.find(steps.query(), [](const WorklistItem&) { return false; });
  CHECK_THROWS_AS(
      counted.worklist.find(steps.query(), [](const WorklistItem&) -> bool { throw std::logic_error("away"); }),
      std::logic_error);
  CHECK(counted.matches(steps.query()) == 5'000);
  CHECK(counted.connections() == 1);
}

TEST_CASE("a list holds no connection while the modality reads it") {
  const Steps steps(600, "LONG");
  PostgresWorklist worklist(database().conninfo(),
                            {.short_lists = 1, .pages_of_long_ones = 1, .patience = std::chrono::milliseconds(0)});
  std::size_t outer = 0, inner = 0;
  const auto count = [&](const WorklistItem&) { return ++inner > 0; };
  worklist.find(steps.query(), [&](const WorklistItem&) {
    if (++outer % 256 == 0) worklist.find(steps.query(), count);
    return true;
  });
  CHECK(outer == 600);
  CHECK(inner == 1200);
}

TEST_CASE("lists take no more connections than they may") {
  const Steps steps(20, "SHORT");
  PostgresWorklist worklist(database().conninfo(),
                            {.short_lists = 1, .pages_of_long_ones = 1, .patience = std::chrono::milliseconds(0)});
  const auto all = [](const WorklistItem&) { return true; };
  Connection other(database().conninfo());
  other.script("BEGIN; LOCK TABLE scheduled_step");
  auto waits = std::async(std::launch::async, [&] { worklist.find(steps.query(), all); });
  while (other.run("SELECT count(*) FROM pg_locks WHERE NOT granted").number(0, 0) == 0) std::this_thread::yield();
  CHECK_THROWS_AS(worklist.find(steps.query(), all), StoreLost);
  other.script("ROLLBACK");
  CHECK_NOTHROW(waits.get());
  CHECK_NOTHROW(worklist.find(steps.query(), all));
}

TEST_CASE("a limit counts over all pages") {
  const Steps steps(600, "LIMITED");
  PostgresWorklist worklist(database().conninfo());
  const auto matches = [&](std::size_t limit) {
    WorklistQuery query = steps.query();
    query.limit = limit;
    std::set<std::string> items;
    std::size_t count = 0;
    worklist.find(query, [&](const WorklistItem& item) { return items.insert(item.item).second && ++count > 0; });
    CHECK(items.size() == count);
    return count;
  };
  for (const std::size_t limit : {1, 255, 256, 257, 512, 599, 600}) CHECK(matches(limit) == limit);
  CHECK(matches(601) == 600);
  CHECK(matches(0) == 600);
}

TEST_CASE("steps that move while a long list is read are answered once, and those that match no longer not at all") {
  const Steps steps(600, "MOVING");
  PostgresWorklist worklist(database().conninfo());
  Connection other(database().conninfo());
  const std::string to_time = "UPDATE scheduled_step SET start_time = ";
  std::set<std::string> items;
  std::size_t count = 0;
  worklist.find(steps.query(), [&](const WorklistItem& item) {
    if (count == 0) {
      // The first is put off, the last brought forward, and one in between begins.
      other.script(to_time + "'235959' WHERE id = 9000000000600");
      other.script(to_time + "'000000' WHERE id = 9000000000001");
      other.script("UPDATE scheduled_step SET status = 'STARTED' WHERE id = 9000000000050");
    }
    items.insert(item.item);
    return ++count > 0;
  });
  CHECK(count == 599);
  CHECK(items.size() == 599);
}
