#include <fmt/core.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "app/applied.h"
#include "app/commands.h"
#include "app/running.h"

namespace pons {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s;  // a courier that stops may wait for its answer, and a site may have many tests

Applied await_applied(const Options& options) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (auto applied = Applied::on(options.state)) return *std::move(applied);
    if (!Running::on(options.state)) throw std::runtime_error("the engine ended before it said how it went");
    std::this_thread::sleep_for(50ms);
  }
  throw std::runtime_error(fmt::format("the engine said nothing for {} s; look at its log", kPatience / 1s));
}

}  // namespace

int apply(const Options& options) {
  const auto running = Running::on(options.state);
  if (!running) throw std::runtime_error("no engine runs on " + options.state.string() + "; start one with pons run");
  if (running->process == 0)
    throw std::runtime_error("the engine on " + options.state.string() + " runs in another container; ask there");
  Applied::forget(options.state);
  if (kill(running->process, SIGHUP) != 0)
    throw std::runtime_error("the engine belongs to another user; ask as that user");
  const Applied applied = await_applied(options);
  fmt::print("{}{}\n", applied.report,
             applied.is_in_force ? "in force" : "nothing changed: the engine goes on as it was");
  return applied.is_in_force ? 0 : 1;
}

}  // namespace pons
