#pragma once

#include <functional>

#include "engine/ports/parcels.h"
#include "engine/ports/store.h"
#include "tests/sim/watch.h"
#include "tests/sim/weather.h"

namespace pons::sim {

/// The database as one machine sees it: calls take time, and some fail, before or after they were done. Everything that
/// was done passes the watch.
class StoreDoor final : public Store, public Parcels {
 public:
  struct Rooms {
    World& world;
    Store& store;
    Parcels& parcels;
    Watch& watch;
    Weather& weather;
  };
  /// `cut` takes the machine's power, from the next moment on.
  StoreDoor(Rooms rooms, std::string node, const Clock& clock, Chance chance, std::function<void()> cut,
            std::function<void(const Batch&)> committed);

  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;
  std::vector<Envelope> due_runs(Instant now, const Room& room) override;
  std::optional<Envelope> set_aside_in(const std::string& lane) override;
  void release_held(Instant now) override;

  Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) override;
  void settle(const std::vector<Settlement>& settlements) override;
  void release(const Claim& claim) override;
  void bring_forward(const std::string& outlet, Instant latest, Instant now) override;
  Claim claim_numbered(const std::string& outlet, Instant now, Instant until) override;
  std::vector<Parcel::State> states(std::int64_t message) override;
  Backlog backlog(const std::string& outlet) override;

  /// A place at which the machine may lose its power.
  void risk_power();

 private:
  class Transaction;

  /// On the way there. Throws StoreAway: nothing was done.
  void reach();
  /// On the way back. Throws StoreAway: it was done, and nobody here knows.
  void come_back();

  Rooms rooms_;
  const std::string node_;
  const Clock& clock_;
  Chance chance_;
  const std::function<void()> cut_;
  const std::function<void(const Batch&)> committed_;
};

}  // namespace pons::sim
