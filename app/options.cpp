#include "app/options.h"

#include "adapters/postgres/cluster.h"

namespace pons {

std::string Options::conninfo() const {
  return database.empty() ? cluster_conninfo(state) : database;
}

}  // namespace pons
