#include "adapters/postgres/store.h"

#include "adapters/postgres/batch.h"
#include "adapters/postgres/runs.h"

namespace pons {

std::unique_ptr<Batch> PostgresStore::begin(const std::vector<Subject>& subjects) {
  return std::make_unique<PostgresBatch>(pool_, seen_, subjects);
}

std::vector<Envelope> PostgresStore::due_runs(Instant now, const Room& room) {
  auto connection = pool_.take();
  auto due = read_due_runs(*connection, now, room);
  pool_.give_back(std::move(connection));
  return due;
}

std::optional<Envelope> PostgresStore::set_aside_in(const std::string& lane) {
  auto connection = pool_.take();
  auto found = read_set_aside(*connection, lane);
  pool_.give_back(std::move(connection));
  return found;
}

void PostgresStore::release_held(Instant now) {
  auto connection = pool_.take();
  for (int tries_left = 5;; --tries_left) {
    try {
      release_held_runs(*connection, now);
      break;
    } catch (const TryAgain&) {
      if (tries_left == 0) throw;
    }
  }
  pool_.give_back(std::move(connection));
}

}  // namespace pons
