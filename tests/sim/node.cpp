#include "tests/sim/node.h"

#include <fmt/format.h>

#include "engine/runtime/courier_settings.h"

namespace pons::sim {

using namespace std::chrono_literals;

Node::Node(Rooms rooms, std::string name, Instant beginning, Chance chance)
    : rooms_(std::move(rooms)),
      name_(std::move(name)),
      clock_(rooms_.world, beginning),
      chance_(chance),
      random_(chance.fork("random")),
      machine_(rooms_.world) {}

Node::~Node() {
  switch_off();
}

void Node::start(std::shared_ptr<const Site> site) {
  if (is_on_) return;
  site_ = std::move(site);
  is_on_ = true;
  ++life_;
  machine_.start([this](Task& task) { boot(task); });
}

void Node::apply(std::shared_ptr<const Site> site) {
  rooms_.history.tell(name_, "goes on with generation " + site->generation());
  site_ = std::move(site);
  intake_->use(site_);
  due_watcher_->wake();
}

void Node::boot(Task& task) {
  door_ = std::make_unique<StoreDoor>(
      StoreDoor::Rooms{rooms_.world, rooms_.store, rooms_.parcels, rooms_.watch, rooms_.weather}, name_, clock_,
      chance_.fork("store" + std::to_string(life_)),
      [this] { lose_power(chance_.between(Duration(1s), Duration(2min))); },
      [this](const Batch&) { rooms_.committed(); });
  Intake::Settings settings;
  settings.batch_envelopes = 8;
  settings.waiting_bytes = 4096;
  while (!intake_) {
    try {
      intake_ = std::make_unique<Intake>(*door_, site_, clock_, settings,
                                         [this](const Receipt&, const std::vector<Parcel>& parcels) {
                                           for (const Parcel& each : parcels)
                                             for (Task* connection : connections_[each.outlet]) connection->wake();
                                         });
    } catch (const StoreLost&) {
      task.sleep(5s);  // the supervisor starts it again
    }
  }
  for (const auto& [name, endpoint] : site_->endpoints()) {
    if (endpoint.is_off || !endpoint.is_outlet()) continue;
    const auto make_outlet = [this, within = endpoint.reply_within, name = name] {
      return std::make_unique<Wire>(rooms_.world, rooms_.receivers, rooms_.weather,
                                    chance_.fork("wire" + std::to_string(++wires_)), within,
                                    [this] { door_->risk_power(); });
    };
    couriers_[name] = std::make_unique<Courier>(courier_settings(endpoint), *door_, make_outlet, clock_, random_,
                                                Courier::Observer{});
    for (int i = 0; i < endpoint.at_once; ++i)
      connections_[name].push_back(&machine_.start(
          [this, &courier = *couriers_[name], name = name](Task& own) { run_connection(own, courier, name); }));
  }
  for (std::size_t i = 0; i < settings.workers; ++i)
    workers_.push_back(&machine_.start([this](Task& own) { work(own); }));
  due_watcher_ = &machine_.start([this](Task& own) { watch_due_runs(own); });
  rooms_.history.tell(name_, "serves");
}

void Node::work(Task& task) {
  while (true) {
    const bool did = intake_->step([&](Duration time) { task.sleep(time); });
    give_answers();
    if (did) {
      for (Task* each : workers_)
        if (each != &task) each->wake();
    } else {
      task.wait();
    }
  }
}

void Node::watch_due_runs(Task& task) {
  while (true) {
    intake_->start_due_runs();
    for (Task* each : workers_) each->wake();
    // Looking again changes nothing before one of them is due, or something was committed.
    const auto next = rooms_.memory.next_due_run();
    if (next)
      task.sleep(std::max(Duration(500ms), *next - clock_.now()));
    else
      task.wait();
    task.sleep(chance_.between(Duration(1ms), Duration(500ms)));
  }
}

void Node::run_connection(Task& task, Courier& courier, const std::string& outlet) {
  Courier::Connection connection = courier.connect();
  while (!is_stopping_) {
    try {
      const Duration rest = courier.step(connection);
      task.sleep(rest == 1s && connection.unsettled.empty() ? rest_of_poll(outlet, rest) : rest);
    } catch (const std::exception& bug) {
      rooms_.history.violated("bug", outlet + ": " + bug.what());
      task.sleep(5s);
    }
  }
}

/// Polls that would find nothing are left out: the same is done at the same times, in less of ours.
Duration Node::rest_of_poll(const std::string& outlet, Duration rest) const {
  const auto next = rooms_.watch.next_claim(outlet, clock_.now());
  if (!next) return 24h * 365;
  return std::max(rest, *next - clock_.now());
}

void Node::wake_couriers() {
  for (const auto& [outlet, connections] : connections_)
    for (Task* each : connections) each->wake();
}

bool Node::accept(Envelope envelope, Answer answer) {
  if (!is_open()) return false;
  if (!machine_.is_paused()) {
    hand_in(std::move(envelope), std::move(answer));
    return true;
  }
  // The machine is there, and does not read.
  rooms_.world.at(machine_.paused_until(), [this, life = life_, envelope = std::move(envelope), answer] {
    if (life != life_ || !accept(envelope, answer)) answer({});
  });
  return true;
}

void Node::hand_in(Envelope envelope, Answer answer) {
  envelope.arrived = clock_.now();
  auto receipt = intake_->try_accept(envelope);
  if (!receipt) {  // the queues are full: whoever stands at the door waits
    rooms_.world.after(100ms, [this, life = life_, envelope = std::move(envelope), answer] {
      if (life != life_ || !accept(envelope, answer)) answer({});
    });
    return;
  }
  outstanding_.push_back({std::move(envelope), *std::move(receipt), std::move(answer)});
  for (Task* each : workers_) each->wake();
}

void Node::give_answers() {
  for (auto each = outstanding_.begin(); each != outstanding_.end();) {
    if (each->receipt.wait_for(0s) != std::future_status::ready) {
      ++each;
      continue;
    }
    std::optional<Receipt> receipt;
    try {
      receipt = each->receipt.get();
      rooms_.watch.answered(name_, each->envelope, *receipt);
    } catch (const StoreLost&) {
      // No answer, and the connection is closed.
    } catch (const std::exception& bug) {
      rooms_.history.violated("bug", bug.what());
    }
    const Answer answer = std::move(each->answer);
    each = outstanding_.erase(each);
    answer(receipt);
  }
}

void Node::close_connections() {
  auto outstanding = std::exchange(outstanding_, {});
  for (const Outstanding& each : outstanding) each.answer({});
}

void Node::stop() {
  if (!is_on_ || is_stopping_) return;
  rooms_.history.tell(name_, "is stopping");
  is_stopping_ = true;
  for (const auto& [name, courier] : couriers_) courier->stop();
  wake_couriers();
  // What was accepted ends, and so does what is being sent; then it is off.
  rooms_.world.after(60s, [this, life = life_] {
    if (life != life_) return;
    switch_off();
    rooms_.history.tell(name_, "is off");
  });
}

void Node::lose_power(Duration off) {
  if (!is_on_ || loses_power_) return;
  loses_power_ = true;
  rooms_.world.after(Duration::zero(), [this, life = life_, off] {
    if (life != life_) return;
    rooms_.history.tell(name_, "loses its power");
    ++power_losses_;
    switch_off();
    rooms_.world.after(off, [this, now = life_] {
      if (now == life_) start(site_);
    });
  });
}

void Node::switch_off() {
  ++life_;
  is_stopping_ = true;
  close_connections();  // a task that loses its power may come as far as to answer
  machine_.lose_power();
  couriers_.clear();
  connections_.clear();
  workers_.clear();
  due_watcher_ = nullptr;
  intake_.reset();
  door_.reset();
  is_on_ = is_stopping_ = loses_power_ = false;
}

void Node::pause(Duration duration) {
  if (!is_on_) return;
  rooms_.history.tell(name_, "sleeps for " + std::to_string(duration / 1s) + " s");
  machine_.pause_until(rooms_.world.now() + duration);
}

void Node::set_clock_wrong(Duration wrong) {
  rooms_.history.tell(name_, "has a clock that is wrong by " + std::to_string(wrong / 1s) + " s");
  clock_.set_wrong(wrong);
  wake_couriers();
  look_for_due_runs();
}

}  // namespace pons::sim
