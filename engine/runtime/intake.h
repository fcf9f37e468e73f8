#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "engine/ports/inlet.h"
#include "engine/ports/store.h"
#include "engine/route/site.h"

namespace pons {

/// The one way in. Senders wait in accept(); workers take what is waiting, in the order received, many envelopes to a
/// commit. What shares a key (a patient, an order, an identity) with a batch in flight waits for the next one, and so
/// does everything behind it that shares a key with it: one patient's messages never overtake each other.
///
/// Runs that were set aside come back by the same way: whoever asks the store which may start again hands them in.
class Intake final : public Counter {
 public:
  struct Settings {
    std::size_t workers = 2;
    std::chrono::milliseconds looks_for_due_runs = std::chrono::milliseconds(500);
    // While the database is away: how long a worker rests before it asks again, and how long it does so before who
    // sends gets no answer.
    std::chrono::milliseconds rests = std::chrono::milliseconds(200);
    std::chrono::milliseconds asks_again_for = std::chrono::seconds(5);
    std::size_t batch_envelopes = 64;
    std::size_t batch_bytes = 8u << 20;
    std::size_t waiting_bytes = 256u << 20;  // beyond it accept() blocks before it takes anything
  };

  /// Told after the commit, by a worker: what became of one envelope, and the parcels it caused.
  using Observer = std::function<void(const Receipt&, const std::vector<Parcel>&)>;

  /// Runs held under an earlier generation of the configuration start again.
  Intake(Store& store, std::shared_ptr<const Site> site, const Clock& clock, Settings settings, Observer observer = {});
  ~Intake() override;

  /// From now on what is handed in is decided by `site`. What was handed in before ends under the generation that it
  /// began with; then the runs that were held start again.
  void use(std::shared_ptr<const Site> site);

  /// Starts the workers, and the thread that looks for due runs. Once.
  void start();
  Receipt accept(Envelope envelope) override { return hand_in(std::move(envelope)).get(); }
  Coming hand_in(Envelope envelope) override;
  /// Finishes what was accepted, then ends the threads. accept() throws StoreLost from now on.
  void stop();

  /// accept() for whoever cannot wait: the receipt comes, or an exception, when step() has been called. Nothing: the
  /// queues are full.
  std::optional<std::future<Receipt>> try_accept(Envelope envelope);
  /// Lets a while pass, or less.
  using Rest = std::function<void(Duration)>;
  /// What a worker does again and again, and all that it does: one batch, between whose tries it rests while the
  /// database is away. False: nothing waits that may be taken now. Simulations call it themselves, without start().
  bool step(const Rest& rest);
  /// What the thread that looks for due runs does every so often, and all that it does.
  void start_due_runs();

 private:
  /// What is handed in holds on to the generation that decides it: an earlier one lives until the last of it has ended.
  struct Generation {
    std::shared_ptr<const Site> site;
  };
  struct Waiting {
    std::shared_ptr<const Generation> generation;
    Envelope envelope;
    Subject subject;
    std::vector<std::int64_t> keys;
    std::promise<Receipt> receipt;
  };
  using Load = std::vector<std::unique_ptr<Waiting>>;
  using Part = std::span<std::unique_ptr<Waiting>>;  // null where it has been settled or put back
  class InFlight;

  void work();
  void watch_due_runs();
  /// Nothing: the queues are full.
  std::optional<Store::Room> room_for_runs() const;
  void start_again(Envelope envelope);
  std::shared_ptr<const Generation> generation() const;
  void release_held();
  std::unique_ptr<Waiting> waiting_for(Envelope envelope);
  bool has_room_for(const Waiting& waiting) const;  // requires mutex_
  void queue(std::unique_ptr<Waiting> waiting);     // requires mutex_; throws StoreLost when it is stopping
  Load take();                                      // requires mutex_
  void work_on(Load load, const Rest& rest);
  /// False: the database is away; what has not been settled may be run again.
  bool run(Part part, int tries_left = 5);
  /// Those whose stream is whole; the others go without an answer.
  Part without_broken_streams(Part part);
  /// While the database is away, for who has waited since `began`.
  bool asks_again(Duration began) const;
  void say_lost(const char* why);
  void say_back();
  /// Whoever waits gets `why`.
  void fail(Part part, const std::exception_ptr& why = std::current_exception());
  void go_unanswered(Part part);
  void forget_restart(std::int64_t run);
  void look_for_due_runs();
  void park(std::unique_ptr<Waiting>& guilty);
  std::optional<Decision> decide(const Waiting& waiting, Book& book) const;
  void put_back(std::unique_ptr<Waiting>& waiting);
  void settle(std::unique_ptr<Waiting> waiting, Receipt receipt, const std::vector<Parcel>& parcels = {});

  Store& store_;
  const Clock& clock_;
  const Settings settings_;
  const Observer observer_;
  const std::string life_;
  std::atomic<std::uint64_t> handed_in_ = 0;  // of those without an identity

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Generation> generation_;
  std::vector<std::weak_ptr<const Generation>> earlier_;
  bool releases_held_ = false;  // once nothing is left of the earlier ones
  std::condition_variable arrived_, room_, stops_;
  std::deque<std::unique_ptr<Waiting>> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::unordered_multiset<std::int64_t> in_flight_;  // keys of batches being worked on
  std::unordered_set<std::int64_t> restarting_;      // pending runs that were handed in and have not ended
  bool look_now_ = false;                            // something came that a run may wait for
  std::optional<Duration> lost_since_;               // the database, on the steady clock
  std::size_t unanswered_ = 0;                       // since then
  bool stopping_ = false;

  std::condition_variable due_wakes_;
  std::vector<std::thread> workers_;
  std::thread due_watcher_;
};

}  // namespace pons
