#include "adapters/postgres/performed_steps.h"

namespace pons {

std::optional<std::string> PostgresPerformedSteps::performed_dataset(const std::string& uid) {
  auto connection = pool_.take();
  std::optional<std::string> found;
  {
    const Rows rows = connection->run_once("SELECT dataset FROM performed_step WHERE uid = $1", {uid});
    if (rows.size() > 0) found = rows.text(0, 0);
  }
  pool_.give_back(std::move(connection));
  return found;
}

}  // namespace pons
