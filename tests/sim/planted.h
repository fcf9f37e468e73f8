#pragma once

#include <map>
#include <memory>

#include "engine/ports/parcels.h"
#include "engine/ports/store.h"
#include "tests/sim/simulation.h"

namespace pons::sim {

/// A store with a bug in it.
class PlantedStore final : public Store, public Parcels {
 public:
  PlantedStore(Planted bug, Store& store, Parcels& parcels) : bug_(bug), store_(store), parcels_(parcels) {}

  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;
  std::vector<Envelope> due_runs(Instant now, const Room& room) override;
  std::optional<Envelope> set_aside_in(const std::string& lane) override { return store_.set_aside_in(lane); }
  void release_held(Instant now) override;

  Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) override;
  Claim claim_numbered(const std::string& outlet, Instant now, Instant until) override {
    return parcels_.claim_numbered(outlet, now, until);
  }
  void settle(const std::vector<Settlement>& settlements) override;
  void release(const Claim& claim) override { parcels_.release(claim); }
  void bring_forward(const std::string& outlet, Instant latest, Instant now) override {
    parcels_.bring_forward(outlet, latest, now);
  }
  std::vector<Parcel::State> states(std::int64_t message) override { return parcels_.states(message); }
  Backlog backlog(const std::string& outlet) override { return parcels_.backlog(outlet); }

 private:
  class Transaction;

  const Planted bug_;
  Store& store_;
  Parcels& parcels_;
  std::map<std::int64_t, std::int64_t> leases_;  // by parcel, the latest
  std::map<std::int64_t, int> claims_;
  std::map<std::string, Receipt> answers_;  // by sender
  std::size_t commits_ = 0;
};

}  // namespace pons::sim
