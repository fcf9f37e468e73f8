#include "adapters/postgres/line.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "engine/ports/store.h"

using namespace pons;
using namespace std::chrono_literals;

TEST_CASE("a place is given to whoever has waited longest, and one who gives up keeps nobody back") {
  Line line(1);
  std::vector<int> order;
  std::vector<std::thread> waiting;
  {
    const Line::Turn first(line, 0ms);
    CHECK_THROWS_AS(Line::Turn(line, 0ms), StoreLost);
    for (int i = 0; i < 5; ++i) {
      waiting.emplace_back([&order, &line, i] {
        const Line::Turn turn(line, 10s);
        order.push_back(i);
      });
      std::this_thread::sleep_for(20ms);  // until it stands in line
    }
    CHECK_THROWS_AS(Line::Turn(line, 10ms), StoreLost);
    CHECK(order.empty());
  }
  for (std::thread& each : waiting) each.join();
  CHECK(order == std::vector{0, 1, 2, 3, 4});
  CHECK_NOTHROW(Line::Turn(line, 0ms));
}
