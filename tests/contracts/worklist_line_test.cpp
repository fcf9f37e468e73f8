#include "adapters/postgres/worklist_line.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "engine/ports/store.h"

using namespace pons;
using namespace std::chrono_literals;

TEST_CASE("a place is given to whoever has waited longest, and one who gives up keeps nobody back") {
  WorklistLine line(1);
  std::vector<int> order;
  std::vector<std::thread> waiting;
  {
    const WorklistLine::Turn first(line, 0ms);
    CHECK_THROWS_AS(WorklistLine::Turn(line, 0ms), StoreLost);
    for (int i = 0; i < 5; ++i) {
      waiting.emplace_back([&order, &line, i] {
        const WorklistLine::Turn turn(line, 10s);
        order.push_back(i);
      });
      std::this_thread::sleep_for(20ms);  // until it stands in line
    }
    CHECK_THROWS_AS(WorklistLine::Turn(line, 10ms), StoreLost);
    CHECK(order.empty());
  }
  for (std::thread& each : waiting) each.join();
  CHECK(order == std::vector{0, 1, 2, 3, 4});
  CHECK_NOTHROW(WorklistLine::Turn(line, 0ms));
}
