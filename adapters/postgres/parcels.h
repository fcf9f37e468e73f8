#pragma once

#include "adapters/postgres/pool.h"
#include "engine/ports/parcels.h"

namespace pons {

/// The parcels in PostgreSQL. Several nodes may share them: a lease is a row's, heads are judged under the outlet's
/// lock.
class PostgresParcels final : public Parcels {
 public:
  explicit PostgresParcels(std::string conninfo) : pool_(std::move(conninfo), kPlansOnce) {}

  Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) override;
  Claim claim_numbered(const std::string& outlet, Instant now, Instant until) override;
  void settle(const std::vector<Settlement>& settlements) override;
  void release(const Claim& claim) override;
  void bring_forward(const std::string& outlet, Instant latest, Instant now) override;
  std::vector<Parcel::State> states(std::int64_t message) override;
  Backlog backlog(const std::string& outlet) override;

  /// Ends every lease. For an engine that is alone on its database and has just started: who held them is gone.
  void release_all();

 private:
  Pool pool_;
};

}  // namespace pons
