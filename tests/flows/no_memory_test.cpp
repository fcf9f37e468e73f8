#include <catch2/catch.hpp>
#include <new>

#include "tests/flows/bench.h"

using namespace pons;
using test::Bench;
using test::OrderText;

TEST_CASE("a batch that fails after its commit answers or fails everybody in it, and gives back what it held") {
  const OrderText first{.control_id = "C1"};
  const OrderText other{.control_id = "C2", .patient = "M2", .placer = "P2", .filler = "F2", .accession = "A2"};
  int told = 0;
  Bench bench([&told](const Receipt&, const auto&) {
    if (++told == 2) throw std::bad_alloc();  // memory does not suffice to tell of the second receipt
  });
  auto without_answer = bench.hand_in(first), answered = bench.hand_in(other);
  REQUIRE_NOTHROW(bench.work());
  CHECK(to_text(answered.get().outcome) == "done");
  CHECK_THROWS(without_answer.get());
  auto again = bench.hand_in(first), next = bench.hand_in({.control_id = "C3"});
  bench.work();
  REQUIRE(again.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
  CHECK(again.get().duplicate);
  REQUIRE(next.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}
