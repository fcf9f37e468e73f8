#include "adapters/postgres/pool.h"

#include "engine/ports/store.h"

namespace pons {

std::unique_ptr<Connection> Pool::take() {
  while (true) {
    std::unique_ptr<Connection> connection;
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!connection) return made();
    if (connection->is_alive()) return connection;
  }
}

std::unique_ptr<Connection> Pool::made() const {
  auto connection = std::make_unique<Connection>(conninfo_);
  if (!prepare_.empty()) connection->script(prepare_);
  return connection;
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  if (!connection->is_open()) return;
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace pons
