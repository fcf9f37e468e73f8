#pragma once

#include <functional>
#include <future>
#include <list>
#include <memory>

#include "engine/runtime/courier.h"
#include "engine/runtime/intake.h"
#include "tests/sim/receivers.h"
#include "tests/sim/store_door.h"

namespace pons::sim {

/// Time as one machine's clock shows it: the wall clock is somewhat wrong and jumps, the steady one does neither.
class NodeClock final : public Clock {
 public:
  NodeClock(const World& world, Instant beginning) : world_(world), beginning_(beginning) {}
  Instant now() const override { return beginning_ + world_.now() + wrong_; }
  Duration steady() const override { return world_.now(); }
  void set_wrong(Duration wrong) { wrong_ = wrong; }

 private:
  const World& world_;
  const Instant beginning_;
  Duration wrong_{};
};

/// A machine with the engine on it: the real intake and the real couriers, stepped by tasks instead of threads.
class Node final {
 public:
  struct Rooms {
    World& world;
    Store& store;
    Parcels& parcels;
    const MemoryStore& memory;
    Watch& watch;
    History& history;
    Receivers& receivers;
    Weather& weather;
    std::function<void()> committed;  // runs may be due, on any node
  };
  /// Nothing: the connection was closed before an answer came.
  using Answer = std::function<void(const std::optional<Receipt>&)>;

  Node(Rooms rooms, std::string name, Instant beginning, Chance chance);
  ~Node();

  const std::string& name() const { return name_; }
  /// Starts it with this generation of the site, as soon as the database can be reached.
  void start(std::shared_ptr<const Site> site);
  /// Goes on with this generation, which has the same endpoints. Requires that it is open.
  void apply(std::shared_ptr<const Site> site);
  /// Takes nothing new, ends what it has, and is off.
  void stop();
  /// From one moment to the next; it starts again when `off` is over.
  void lose_power(Duration off);
  void pause(Duration duration);
  void set_clock_wrong(Duration wrong);

  bool is_open() const { return intake_ && !is_stopping_; }
  bool is_off() const { return !is_on_; }
  const std::shared_ptr<const Site>& site() const { return site_; }
  /// An envelope has come in over a connection. False: nobody listens.
  bool accept(Envelope envelope, Answer answer);
  void look_for_due_runs() { due_watcher_ ? due_watcher_->wake() : void(); }
  void wake_couriers();
  std::size_t power_losses() const { return power_losses_; }

 private:
  struct NodeRandom final : Random {
    explicit NodeRandom(Chance its_chance) : chance(its_chance) {}
    double unit() override { return chance.unit(); }
    Chance chance;
  };
  struct Outstanding {
    Envelope envelope;
    std::future<Receipt> receipt;
    Answer answer;
  };

  void boot(Task& task);
  void work(Task& task);
  void watch_due_runs(Task& task);
  void run_connection(Task& task, Courier& courier, const std::string& outlet);
  Duration rest_of_poll(const std::string& outlet, Duration rest) const;
  void hand_in(Envelope envelope, Answer answer);
  void give_answers();
  void close_connections();
  void switch_off();

  Rooms rooms_;
  const std::string name_;
  NodeClock clock_;
  Chance chance_;
  NodeRandom random_;
  Machine machine_;
  std::shared_ptr<const Site> site_;
  std::unique_ptr<StoreDoor> door_;
  std::unique_ptr<Intake> intake_;
  std::map<std::string, std::unique_ptr<Courier>> couriers_;
  std::map<std::string, std::vector<Task*>> connections_;
  std::vector<Task*> workers_;
  Task* due_watcher_ = nullptr;
  std::list<Outstanding> outstanding_;
  bool is_on_ = false, is_stopping_ = false, loses_power_ = false;
  std::uint64_t life_ = 0;   // one more whenever it goes on or off
  std::uint64_t wires_ = 0;  // made so far
  std::size_t power_losses_ = 0;
};

}  // namespace pons::sim
