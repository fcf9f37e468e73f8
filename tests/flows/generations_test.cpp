#include <catch2/catch.hpp>

#include "tests/flows/bench.h"

using namespace pons;
using test::Bench;
using test::OrderText;

namespace {

/// The sample hospital once somebody has said what its section PET is.
std::shared_ptr<const Site> site_that_knows_pet() {
  SiteFiles files = read_site(PONS_SOURCE_DIR);
  std::string& table = files.at("mappings/modality-codes.yaml");
  table.insert(table.find("reverse:"), "  - [ \"*\", PET, PT ]\n");
  return test::site_of(files);
}

const OrderText kPet{.section = "PET"};
const OrderText kOtherPet{.control_id = "M2",
                          .patient = "M2",
                          .placer = "P2",
                          .filler = "F2",
                          .accession = "A2",
                          .step = "S2",
                          .section = "PET"};

}  // namespace

TEST_CASE("what was handed in ends under the generation that it began with") {
  Bench bench;
  auto before = bench.hand_in(kPet);
  bench.intake.use(site_that_knows_pet());
  auto after = bench.hand_in(kOtherPet);
  bench.work();
  CHECK(to_text(before.get().outcome) == "held");
  CHECK(to_text(after.get().outcome) == "done");
}

TEST_CASE("what was held starts again under the generation that came") {
  Bench bench;
  auto held = bench.hand_in(kPet);
  bench.work();
  const std::int64_t message = held.get().message;
  bench.intake.start_due_runs();
  bench.work();
  REQUIRE(bench.outcome_of(message) == "held");
  bench.intake.use(site_that_knows_pet());
  bench.intake.start_due_runs();
  bench.work();
  CHECK(bench.outcome_of(message) == "done");
}

TEST_CASE("what an earlier generation holds after the next one came starts again as well") {
  Bench bench;
  auto late = bench.hand_in(kPet);
  bench.intake.use(site_that_knows_pet());
  bench.intake.start_due_runs();  // too early: one is still on its way
  bench.work();
  const std::int64_t message = late.get().message;
  REQUIRE(bench.outcome_of(message) == "held");
  bench.intake.start_due_runs();
  bench.work();
  CHECK(bench.outcome_of(message) == "done");
}
