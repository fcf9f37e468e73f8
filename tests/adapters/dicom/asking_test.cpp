#include "adapters/dicom/asking.h"

#include <catch2/catch.hpp>
#include <future>

using namespace pons;
using namespace std::chrono_literals;

TEST_CASE("a result that is asked for once more, on another association, goes another way than the first") {
  AskingAssociations all;
  const std::atomic<bool> stopping = false;
  AskingAssociations::Line first(all);
  first.asked("1.2.7");
  Parcel result;
  result.control_id = "1.2.7";
  auto sent = std::async(std::launch::async, [&] {
    const auto began = std::chrono::steady_clock::now();
    const auto told = all.send(result, began + 2s, began + 2s, stopping);
    return std::pair(told.has_value(), std::chrono::steady_clock::now() - began);
  });
  {
    AskingAssociations::Line second(all);
    std::this_thread::sleep_for(200ms);
    second.asked("1.2.7");
    CHECK_FALSE(second.next());
    CHECK_FALSE(first.next());
  }
  const auto [was_told, took] = sent.get();
  CHECK_FALSE(was_told);
  CHECK(took < 1500ms);
}
