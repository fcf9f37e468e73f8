#pragma once

#include "adapters/postgres/pool.h"
#include "engine/ports/parcels.h"

namespace pons {

/// The parcels in PostgreSQL. Several nodes may share them: a lease is a row's, heads are judged under the outlet's
/// lock.
class PostgresParcels final : public Parcels {
 public:
  explicit PostgresParcels(std::string conninfo) : pool_(std::move(conninfo)) {}

  Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) override;
  void settle(const std::vector<Settlement>& settlements) override;
  Backlog backlog(const std::string& outlet) override;

 private:
  Pool pool_;
};

}  // namespace pons
