#include "adapters/postgres/pool.h"

#include "engine/ports/store.h"

namespace pons {

void Pool::Leave::operator()(Connection* connection) const {
  delete connection;
  pool_->free_place();
}

Pool::Lent Pool::take() {
  take_place();
  try {
    auto connection = idle();
    while (connection && !connection->is_alive()) connection = idle();
    if (!connection) connection = made();
    return Lent(connection.release(), Leave(this));
  } catch (...) {
    free_place();
    throw;
  }
}

void Pool::give_back(Lent connection) {
  if (!connection->is_open()) return;
  {
    std::lock_guard lock(mutex_);
    idle_.emplace_back(connection.release());
  }
  free_place();
}

std::unique_ptr<Connection> Pool::idle() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

std::unique_ptr<Connection> Pool::made() const {
  auto connection = std::make_unique<Connection>(conninfo_);
  if (!prepare_.empty()) connection->script(prepare_);
  return connection;
}

void Pool::take_place() {
  std::unique_lock lock(mutex_);
  if (!place_is_free_.wait_for(lock, patience_, [this] { return free_ > 0; }))
    throw StoreAway("every connection to the database is in use");
  --free_;
}

void Pool::free_place() {
  {
    std::lock_guard lock(mutex_);
    ++free_;
  }
  place_is_free_.notify_one();
}

}  // namespace pons
