#include "adapters/postgres/pool.h"

#include <catch2/catch.hpp>
#include <future>

#include "engine/ports/store.h"
#include "tests/contracts/database.h"

using namespace pons;
using namespace std::chrono_literals;
using test::database;

TEST_CASE("a pool has no more connections than it may, and who comes waits for one") {
  Pool pool(database().conninfo(), "", {2, 10s});
  auto first = pool.take(), second = pool.take();
  auto third = std::async(std::launch::async, [&] { return pool.take(); });
  CHECK(third.wait_for(50ms) == std::future_status::timeout);
  const Connection* const lent = first.get();
  pool.give_back(std::move(first));
  CHECK(third.get().get() == lent);
}

TEST_CASE("who waits for a connection of a pool does not wait for ever") {
  Pool pool(database().conninfo(), "", {1, 10ms});
  const auto lent = pool.take();
  CHECK_THROWS_AS(pool.take(), StoreAway);
}

TEST_CASE("a connection that was lost, or never made, leaves its place in the pool") {
  Pool pool(database().conninfo(), "", {1, 10ms});
  for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(pool.take()->run("SELECT no_such_column"), StoreLost);
  CHECK(pool.take()->run("SELECT 1").number(0, 0) == 1);
  Pool nowhere("host=/nowhere", "", {1, 10ms});
  for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH(nowhere.take(), "the database cannot be reached");
}
