#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/open_hours.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "engine/ports/outlet.h"
#include "engine/ports/parcels.h"
#include "engine/runtime/appetite.h"
#include "engine/runtime/conclusion.h"
#include "engine/runtime/outage.h"
#include "engine/runtime/pace.h"

namespace pons {

/// Empties one outlet: claims the heads of its lanes, sends them, and settles what became of them; a thread for each
/// connection. While the database is away it waits, and keeps what it could not settle.
class Courier final {
 public:
  struct Settings {
    std::string outlet;
    bool numbers = false;     // each parcel has a sequence number, and waits until the one before has left
    std::size_t at_once = 1;  // connections, each with one parcel at a time, or so many as its outlet has in flight
    Terms terms{};
    std::optional<double> rate{};     // parcels per second
    std::optional<OpenHours> open{};  // empty: always
    Duration reply_within = std::chrono::seconds(20);
    Duration lease = std::chrono::seconds(60);  // of a claim; longer than reply_within by kLeaseMargin or more
    Duration grace = std::chrono::seconds(4);   // for the send in hand, when stopping
  };
  static constexpr Duration kLeaseMargin = std::chrono::seconds(5);

  /// One attempt, for metrics and alerts. No patient data.
  struct Attempt {
    std::string outlet;
    Delivery::Outcome outcome = Delivery::Outcome::delivered;
    Parcel::State state = Parcel::State::delivered;
    Duration latency{};
    int attempt = 1;     // of this parcel
    bool alert = false;  // `for:` has passed; once for each outage
  };
  using Observer = std::function<void(const Attempt&)>;
  using MakeOutlet = std::function<std::unique_ptr<Outlet>()>;

  /// One of the endpoint's connections, and what its thread has in hand.
  struct Connection {
    std::unique_ptr<Outlet> outlet;
    Appetite appetite;
    std::vector<Settlement> unsettled;
  };

  /// Throws std::invalid_argument when a send could outlive its lease.
  Courier(Settings settings, Parcels& parcels, MakeOutlet make_outlet, const Clock& clock, Random& random,
          Observer observer = {});
  ~Courier();

  /// Opens the connections and starts their threads. Once.
  void start();
  /// Parcels were committed: looks at once instead of at the next poll.
  void wake();
  /// Finishes the send in hand, or ends it when the grace is over, and returns within 10 seconds.
  void stop();

  /// What a thread does again and again, and all that it does: one round over a connection. Returns how long to rest
  /// before the next one; zero: there is more to do. Tests call it themselves, without start().
  Duration step(Connection& connection);
  Connection connect() const {
    auto outlet = make_outlet_();
    const Appetite appetite(outlet->in_flight());
    return {std::move(outlet), appetite, {}};
  }

 private:
  /// A claim, and when it ends on the clock that never jumps.
  struct Lease {
    Parcels::Claim claim;
    Duration ends{};
  };

  void work(Connection& connection);
  Duration step_or_rest(Connection& connection);
  /// A wall clock that was set back shall keep nobody waiting until it shows the same time again.
  void notice_set_back();
  /// Zero: a claim may be made now.
  Duration rest_before_claim();
  Lease claim(std::size_t limit);
  bool outlasts_a_send(const Lease& lease) const;
  void deliver(Connection& connection, const Lease& lease);
  /// Somebody is there again: also those who looked, and have waits of their own.
  void let_all_go();
  /// Those that may be in flight together.
  std::vector<Settlement> attempt(Outlet& outlet, std::span<const Parcel> parcels, std::int64_t lease);
  std::vector<Delivery> send(Outlet& outlet, std::span<const Parcel> parcels) const;
  void tell(const Settlement& settlement, Duration latency);
  void settle(Connection& connection);
  bool is_alert_due(const Settlement& settlement);

  const Settings settings_;
  Parcels& parcels_;
  const MakeOutlet make_outlet_;
  const Clock& clock_;
  Random& random_;
  const Observer observer_;
  Pace pace_;
  Outage outage_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wakes_, ended_;
  std::uint64_t times_woken_ = 0;
  std::size_t working_ = 0;             // threads
  std::optional<Duration> wall_clock_;  // what it was ahead of the steady one at most, since it was set back
  Duration looks_again_ = Duration::max();
  std::optional<Duration> failing_since_;
  bool alerted_ = false;  // since the last delivery

  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::thread> threads_;
};

}  // namespace pons
