#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
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
class Intake final : public Counter {
 public:
  struct Settings {
    std::size_t workers = 2;
    std::size_t batch_envelopes = 64;
    std::size_t batch_bytes = 8u << 20;
    std::size_t waiting_bytes = 256u << 20;  // beyond it accept() blocks before it takes anything
  };

  /// What became of one envelope, for metrics.
  using Observer = std::function<void(const Receipt&)>;

  Intake(Store& store, std::shared_ptr<const Site> site, Settings settings, Observer observer = {});
  ~Intake() override;

  Receipt accept(Envelope envelope) override;

  /// Finishes what was accepted, then ends the workers. accept() throws StoreLost from now on.
  void stop();

 private:
  struct Waiting {
    Envelope envelope;
    Subject subject;
    std::vector<std::int64_t> keys;
    std::promise<Receipt> receipt;
  };
  using Load = std::vector<std::unique_ptr<Waiting>>;

  void work();
  Load take();  // requires mutex_
  void run(Load load, int tries_left = 5);
  void run_halves(Load load);
  /// Whoever waits gets the exception that is being handled.
  static void fail(const Load& load);
  void park(std::unique_ptr<Waiting> guilty);
  Decision decide(const Waiting& waiting, Book& book) const;
  void put_back(std::unique_ptr<Waiting> waiting);
  void settle(Waiting& waiting, Receipt receipt);

  Store& store_;
  const std::shared_ptr<const Site> site_;
  const Settings settings_;
  const Observer observer_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_, room_;
  std::deque<std::unique_ptr<Waiting>> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::unordered_multiset<std::int64_t> in_flight_;  // keys of batches being worked on
  bool stopping_ = false;

  std::vector<std::thread> workers_;
};

}  // namespace pons
