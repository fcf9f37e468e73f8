#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "tests/sim/simulation.h"

using namespace pons;

namespace {

double hours(Duration time) {
  return std::chrono::duration<double, std::ratio<3600>>(time).count();
}

int report(const sim::Plan& plan, const sim::Outcome& outcome) {
  for (const auto& each : outcome.violations)
    std::cout << fmt::format("seed {}: {}: {}{}\n", plan.seed, each.promise, each.what,
                             each.about.empty() ? "" : " [" + each.about + "]");
  if (outcome.violations.empty()) return 0;
  std::cout << outcome.story
            << fmt::format("again:  pons-sim --seed {} --hours {}{} --verbose\n", plan.seed,
                           plan.hours / std::chrono::hours(1), plan.dead.empty() ? "" : " --dead " + plan.dead)
            << std::flush;
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the engine's intake and couriers through virtual days in which everything goes wrong."};
  std::uint64_t seed = 1, seeds = 1;
  int virtual_hours = 24;
  std::string dead;
  bool is_verbose = false;
  app.add_option("--seed", seed, "What happens follows from it; the same seed is the same run");
  app.add_option("--seeds", seeds, "How many seeds, one after the other");
  app.add_option("--hours", virtual_hours, "Virtual hours in which things go wrong, for each seed")
      ->check(CLI::Range(1, 24 * 365));
  app.add_option("--dead", dead, "An outlet whose receiver is down for all these hours");
  app.add_flag("--verbose", is_verbose, "Everything that happens");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);  // the checker says what matters

  std::cout << fmt::format("seed {}", seed) << (seeds > 1 ? fmt::format(" to {}", seed + seeds - 1) : "") << std::endl;
  const auto began = std::chrono::steady_clock::now();
  const sim::Generations generations = sim::sample_generations();
  std::uint64_t failed = 0;
  sim::Outcome sum;
  for (std::uint64_t each = seed; each < seed + seeds; ++each) {
    sim::Plan plan;
    plan.seed = each;
    plan.hours = std::chrono::hours(virtual_hours);
    plan.dead = dead;
    if (is_verbose) plan.live = &std::cout;
    const sim::Outcome outcome = sim::simulate(plan, generations);
    failed += static_cast<std::uint64_t>(report(plan, outcome));
    sum.virtual_time += outcome.virtual_time;
    sum.messages += outcome.messages;
    sum.commits += outcome.commits;
    sum.deliveries += outcome.deliveries;
    sum.power_losses += outcome.power_losses;
    sum.most_attempts = std::max(sum.most_attempts, outcome.most_attempts);
    sum.digest = sum.digest * 31 + outcome.digest;
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::cout << fmt::format(
      "{:.0f} virtual hours, {} messages answered, {} commits, {} parcels read by their receivers, at most {} "
      "attempts at one, {} power cuts, digest {:016x}\n",
      hours(sum.virtual_time), sum.messages, sum.commits, sum.deliveries, sum.most_attempts, sum.power_losses,
      sum.digest);
  std::cerr << fmt::format("{:.1f} s\n", wall);
  std::cout << fmt::format("{} passed, {} failed\n", seeds - failed, failed);
  return failed == 0 ? 0 : 1;
}
