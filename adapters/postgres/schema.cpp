#include "adapters/postgres/schema.h"

#include <array>
#include <stdexcept>

#include "adapters/postgres/connection.h"
#include "engine/base/plant.h"

namespace pons {

namespace {

constexpr std::array<const char*, 9> kVersions{
#include "adapters/postgres/schema/0001_start.sql.h"
    ,
#include "adapters/postgres/schema/0002_runs_of_patients.sql.h"
    ,
#include "adapters/postgres/schema/0003_instances.sql.h"
    ,
#include "adapters/postgres/schema/0004_commitments.sql.h"
    ,
#include "adapters/postgres/schema/0005_sequence_numbers.sql.h"
    ,
#include "adapters/postgres/schema/0006_awaited_answers.sql.h"
    ,
#include "adapters/postgres/schema/0007_starts_of_names.sql.h"
    ,
#include "adapters/postgres/schema/0008_copied_rows.sql.h"
    ,
#include "adapters/postgres/schema/0009_numbered_parcels.sql.h"
};

void refuse_forgetful(Connection& connection) {
  for (const char* setting : {"fsync", "full_page_writes", "synchronous_commit"})
    if (connection.run("SELECT current_setting($1)", {setting}).text(0, 0) == "off")
      throw std::runtime_error(std::string("the database has ") + setting +
                               " = off and would lose messages that were acknowledged; set it to on");
}

}  // namespace

void prepare_schema(const std::string& conninfo) {
  Connection connection(conninfo);
  refuse_forgetful(connection);
  connection.be_patient();  // an index of a large site's table takes its time
  connection.run("SELECT pg_advisory_lock(7266728)");
  connection.script(
      "CREATE SCHEMA IF NOT EXISTS pons; CREATE TABLE IF NOT EXISTS schema_version (version int NOT NULL)");
  const auto done =
      static_cast<std::size_t>(connection.run("SELECT coalesce(max(version), 0) FROM schema_version").number(0, 0));
  if (done > kVersions.size())
    throw std::runtime_error("the database was written by a newer engine (schema version " + std::to_string(done) +
                             "); this one knows " + std::to_string(kVersions.size()));
  for (std::size_t version = done; version < kVersions.size(); ++version) {
    plant::crash_point("before-migration");
    connection.script(std::string("BEGIN;") + kVersions[version]);
    plant::crash_point("in-migration");
    connection.script("INSERT INTO schema_version VALUES (" + std::to_string(version + 1) + "); COMMIT;");
    plant::crash_point("after-migration");
  }
}

}  // namespace pons
