#include "tests/sim/world.h"

#include <algorithm>
#include <utility>

namespace pons::sim {

Task::Task(World& world, const Duration& paused_until, std::function<void(Task&)> body)
    : world_(world), paused_until_(paused_until), body_(std::move(body)), fiber_([this] {
        try {
          if (!lost_power_) body_(*this);
        } catch (const PowerLost&) {
          // Whatever it had in hand is gone; what it had committed is not.
        }
      }) {
  is_asleep_ = true;
  resume_at(world_.now(), nap_);
}

Task::~Task() {
  lose_power();
}

void Task::resume_at(Duration time, std::uint64_t nap) {
  world_.at(time, [self = std::weak_ptr<Task*>(self_), nap] {
    const auto task = self.lock();
    if (!task || (*task)->fiber_.has_ended() || nap != (*task)->nap_ || !(*task)->is_asleep_) return;
    if ((*task)->paused_until_ > (*task)->world_.now())
      (*task)->resume_at((*task)->paused_until_, nap);
    else
      (*task)->resume();
  });
}

void Task::resume() {
  Task* const other = std::exchange(world_.running_, this);
  is_asleep_ = false;
  fiber_.resume();
  world_.running_ = other;
}

void Task::rest() {
  is_asleep_ = true;
  fiber_.yield();
  is_asleep_ = was_woken_ = false;
  ++nap_;
  if (lost_power_) throw PowerLost{};
}

void Task::sleep(Duration duration) {
  if (lost_power_) throw PowerLost{};
  resume_at(was_woken_ ? world_.now() : world_.now() + duration, nap_);
  rest();
}

void Task::wait() {
  if (lost_power_) throw PowerLost{};
  if (was_woken_) resume_at(world_.now(), nap_);
  rest();
}

void Task::wake() {
  if (fiber_.has_ended() || was_woken_) return;
  was_woken_ = true;
  if (is_asleep_) resume_at(world_.now(), nap_);
}

void Task::lose_power() {
  lost_power_ = true;
  while (!fiber_.has_ended()) resume();
}

void World::at(Duration time, std::function<void()> event) {
  events_.emplace(std::pair(std::max(time, now_), count_++), std::move(event));
}

void World::run_until(Duration end, const std::function<bool()>& enough) {
  while (!events_.empty() && events_.begin()->first.first <= end) {
    auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
    if (enough && enough()) return;
  }
  now_ = std::max(now_, end);
}

Task& Machine::start(std::function<void(Task&)> body) {
  tasks_.push_back(std::make_unique<Task>(world_, paused_until_, std::move(body)));
  return *tasks_.back();
}

void Machine::wake_all() {
  for (const auto& each : tasks_) each->wake();
}

void Machine::lose_power() {
  for (const auto& each : tasks_) each->lose_power();
  tasks_.clear();
  paused_until_ = {};
}

}  // namespace pons::sim
