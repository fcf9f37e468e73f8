#include "adapters/postgres/restored.h"

#include <stdexcept>

#include "adapters/postgres/held.h"

namespace pons {

namespace {

constexpr std::int64_t kMargin = 1'000'000;  // numbers that are left out
constexpr const char* kWhyHeld =
    "it was queued in the backup from which the database was restored, and may have been delivered since;"
    " `pons release` sends it, or gives it up";

}  // namespace

Restored go_on_restored(Connection& connection, std::int64_t number) {
  if (connection.run("SELECT to_regclass('parcel_state') IS NULL").truth(0, 0))
    throw std::runtime_error("the database holds nothing of Pons; restore the backup into it first");
  connection.script("BEGIN");
  connection.run(
      "SELECT setval(seqrelid::regclass, greatest(nextval(seqrelid::regclass), $1::bigint * seqincrement)"
      " + $2::bigint * seqincrement) FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid"
      " WHERE c.relnamespace = 'pons'::regnamespace",
      {std::to_string(number), std::to_string(kMargin)});
  Restored restored;
  restored.held = hold_queued(connection, kWhyHeld);
  restored.runs = connection.run("SELECT count(*) FROM pending_run").number(0, 0);
  restored.next_message = connection.run("SELECT last_value + 1 FROM message_number").number(0, 0);
  connection.script("COMMIT");
  return restored;
}

void refuse_restored(const std::string& conninfo, std::int64_t last_message) {
  const Rows rows = Connection(conninfo).run(
      "SELECT (SELECT coalesce(max(message), 0) FROM journal), last_value FROM message_number");
  const auto last = rows.number(0, 0);
  // PostgreSQL logs a sequence 32 numbers ahead, so that a restored one may seem to have come as far.
  const bool has_gone_on = rows.number(0, 1) > last_message + kMargin / 2;
  if (last >= last_message || has_gone_on) return;
  throw std::runtime_error("this engine has come to message " + std::to_string(last_message) +
                           ", and the database only to " + std::to_string(last) +
                           ": it was restored from a backup. It would use control IDs a second time, and send again"
                           " what was delivered since. Run `pons restored`, then start again");
}

}  // namespace pons
