#include <malloc.h>

#include <catch2/catch.hpp>
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

TEST_CASE("a list that is stopped, or whose reader fails, leaves no connection behind") {
  const Steps steps(5'000, "STOP5K");
  Counted counted;
  counted.worklist.find(steps.query(), [](const WorklistItem&) { return false; });
  CHECK_THROWS_AS(
      counted.worklist.find(steps.query(), [](const WorklistItem&) -> bool { throw std::logic_error("away"); }),
      std::logic_error);
  while (counted.connections() > 0) std::this_thread::yield();
  CHECK(counted.matches(steps.query()) == 5'000);
  CHECK(counted.connections() == 1);
}

TEST_CASE("a short list holds no connection while the modality reads it") {
  const Steps steps(20, "SHORT");
  Counted counted;
  std::size_t inner = 0;
  counted.worklist.find(steps.query(), [&](const WorklistItem&) {
    inner += counted.matches(steps.query());
    return true;
  });
  CHECK(inner == 400);
  CHECK(counted.connections() == 1);
}

TEST_CASE("long lists that are read slowly take no more connections than they may") {
  const Steps steps(5'000, "LONG5K");
  PostgresWorklist worklist(database().conninfo(), {.connections = 1, .patience = std::chrono::milliseconds(0)});
  const auto all = [](const WorklistItem&) { return true; };
  worklist.find(steps.query(), [&](const WorklistItem&) {
    CHECK_THROWS_AS(worklist.find(steps.query(), all), StoreLost);
    return false;
  });
  worklist.find(steps.query(), all);
  worklist.find(steps.query(), all);
}
