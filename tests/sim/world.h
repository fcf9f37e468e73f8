#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "tests/sim/fiber.h"

namespace pons::sim {

/// Thrown inside a task whose machine has lost its power. No std::exception: nobody may take it for something else.
struct PowerLost {};

class World;

/// Something that a machine does by itself, written as if it had a thread: it sleeps, and others go on meanwhile.
class Task final {
 public:
  Task(World& world, const Duration& paused_until, std::function<void(Task&)> body);
  ~Task();

  /// From inside. Ends early when somebody wakes it. Throws PowerLost.
  void sleep(Duration duration);
  /// From inside: until somebody wakes it.
  void wait();
  /// From outside: what it sleeps for has come. Counts also when it does not sleep.
  void wake();
  /// From outside: throws PowerLost in it until it has ended.
  void lose_power();
  bool has_ended() const { return fiber_.has_ended(); }

 private:
  void resume_at(Duration time, std::uint64_t nap);
  void rest();

  void resume();

  World& world_;
  const Duration& paused_until_;
  std::function<void(Task&)> body_;
  Fiber fiber_;
  std::uint64_t nap_ = 0;  // which sleep it is in; events of earlier ones mean nothing
  bool is_asleep_ = false, was_woken_ = false, lost_power_ = false;
  std::shared_ptr<Task*> self_ = std::make_shared<Task*>(this);  // events may outlive it
};

/// Virtual time: what happens when, one thing after the other.
class World final {
 public:
  /// Since the beginning. Never jumps.
  Duration now() const { return now_; }
  void at(Duration time, std::function<void()> event);
  void after(Duration wait, std::function<void()> event) { at(now_ + wait, std::move(event)); }
  /// Lets happen what happens until then, or until `enough` says so.
  void run_until(Duration end, const std::function<bool()>& enough = {});
  /// From inside of a task.
  void sleep(Duration duration) { running_->sleep(duration); }

 private:
  friend class Task;
  Task* running_ = nullptr;
  Duration now_{};
  std::uint64_t count_ = 0;
  std::map<std::pair<Duration, std::uint64_t>, std::function<void()>> events_;
};

/// Tasks that share one fate: they sleep and lose power together.
class Machine final {
 public:
  explicit Machine(World& world) : world_(world) {}
  ~Machine() { lose_power(); }

  Task& start(std::function<void(Task&)> body);
  /// The whole machine sleeps until then: nothing in it runs, the time goes on.
  void pause_until(Duration time) { paused_until_ = std::max(paused_until_, time); }
  Duration paused_until() const { return paused_until_; }
  bool is_paused() const { return paused_until_ > world_.now(); }
  void wake_all();
  /// From outside of all its tasks.
  void lose_power();

 private:
  World& world_;
  Duration paused_until_{};
  std::vector<std::unique_ptr<Task>> tasks_;
};

}  // namespace pons::sim
