#include "adapters/postgres/save.h"

#include <set>
#include <utility>

#include "adapters/postgres/attributes_json.h"
#include "adapters/postgres/joins.h"
#include "adapters/postgres/receipt_json.h"
#include "adapters/postgres/runs.h"
#include "adapters/postgres/save_records.h"
#include "adapters/postgres/table_rows.h"
#include "engine/base/digest.h"
#include "engine/base/plant.h"
#include "engine/base/time.h"

namespace pons {

namespace {

/// Calls `act(i)` for each envelope about which something was decided.
template <class Action>
void for_each_decided(const Decided& decided, Action&& act) {
  for (std::size_t i = 0; i < decided.envelopes.size(); ++i)
    if (decided.decisions[i]) act(i);
}

std::vector<std::string> keys_that_came(const Decided& decided) {
  std::vector<std::string> keys;
  for_each_decided(decided, [&](std::size_t i) {
    const auto& awakes = decided.decisions[i]->awakes;
    keys.insert(keys.end(), awakes.begin(), awakes.end());
  });
  return keys;
}

void add_identities(Writes& writes, const Decided& decided) {
  static const TableRows::Layout kIdentities("journal_key", 2,
                                             {{"sender", "bigint"},
                                              {"bytes_hash", "bytea"},
                                              {"message", "bigint"},
                                              {"arrived", "timestamptz"},
                                              {"receipt", "text"},
                                              {"took_effect", "boolean"}});
  TableRows rows(kIdentities);
  for_each_decided(decided, [&](std::size_t i) {
    const Identity& identity = decided.subjects[i].identity;
    const Receipt& receipt = decided.decisions[i]->receipt;
    if (identity.empty() || decided.envelopes[i].pending != 0) return;
    rows.add(!decided.known[i], {std::to_string(key64(identity.sender)), bytea(identity.bytes_hash),
                                 std::to_string(decided.envelopes[i].message), to_rfc3339(decided.envelopes[i].arrived),
                                 to_json(receipt), receipt.took_effect() ? "t" : "f"});
  });
  rows.write(writes);
}

/// What started again has its journal row. Where in the end nothing of a message took effect, the same bytes are
/// decided anew.
void add_outcomes(std::vector<Statement>& statements, const Decided& decided) {
  ColumnArrays outcomes(2), without_effect(3);
  for_each_decided(decided, [&](std::size_t i) {
    if (decided.envelopes[i].pending == 0) return;
    const Receipt& receipt = decided.decisions[i]->receipt;
    const std::string message = std::to_string(decided.envelopes[i].message);
    const Identity& identity = decided.subjects[i].identity;
    outcomes.add_row({message, to_text(receipt.outcome)});
    if (receipt.took_effect() || identity.empty()) return;
    without_effect.add_row({message, std::to_string(key64(identity.sender)), bytea(identity.bytes_hash)});
  });
  if (!outcomes.empty())
    statements.push_back(
        {"UPDATE journal j SET outcome = o FROM unnest($1::text[], $2::text[]) n(m, o)"
         " WHERE j.message = m::bigint",
         outcomes.parameters()});
  if (!without_effect.empty())
    statements.push_back(
        {"UPDATE journal_key k SET took_effect = false FROM unnest($1::text[], $2::text[], $3::text[]) n(m, s, h)"
         " WHERE k.sender = s::bigint AND k.bytes_hash = h::bytea AND k.message = m::bigint"
         " AND NOT EXISTS (SELECT FROM change c WHERE c.message = k.message)"
         " AND NOT EXISTS (SELECT FROM parcel p WHERE p.message = k.message)"
         " AND NOT EXISTS (SELECT FROM pending_run r WHERE r.message = k.message)",
         without_effect.parameters()});
}

std::size_t count_parcels(const Decided& decided) {
  std::size_t count = 0;
  for_each_decided(decided, [&](std::size_t i) { count += decided.decisions[i]->parcels.size(); });
  return count;
}

void add_table(std::vector<CopyTable>& tables, const char* sql, CopyText rows) {
  if (!rows.empty()) tables.push_back({sql, std::move(rows)});
}

void add_journal(std::vector<CopyTable>& tables, const Decided& decided) {
  CopyText journal, trace, change;
  for_each_decided(decided, [&](std::size_t i) {
    const Envelope& envelope = decided.envelopes[i];
    const Decision& decision = *decided.decisions[i];
    if (envelope.pending == 0) {
      journal.add(envelope.message).add(to_rfc3339(envelope.arrived)).add(to_text(envelope.kind)).add(envelope.inlet);
      journal.add(envelope.peer).add_bytes(*envelope.bytes).add(to_text(decision.receipt.outcome));
      journal.add(std::string_view(decided.reused[i] ? "t" : "f")).add(to_json(envelope.attributes)).end_row();
    }
    trace.add(envelope.message).add(decision.trace).end_row();
    for (const Change& each : decision.changes)
      change.add(envelope.message).add(each.record).add(each.id).add(each.action).add(each.evidence).end_row();
  });
  add_table(tables, "COPY journal FROM STDIN", std::move(journal));
  add_table(tables, "COPY trace (message, trace) FROM STDIN", std::move(trace));
  add_table(tables, "COPY change FROM STDIN", std::move(change));
}

/// `ids`: a number for each parcel, drawn under the batch's locks, so that they ascend in the order of effect.
void add_parcels(std::vector<CopyTable>& tables, const Decided& decided, const Rows& ids) {
  CopyText parcel, state, lane;
  int row = 0;
  for_each_decided(decided, [&](std::size_t i) {
    const Envelope& envelope = decided.envelopes[i];
    for (const Parcel& each : decided.decisions[i]->parcels) {
      const std::int64_t id = ids.number(row++, 0);
      parcel.add(id).add(envelope.message).add(each.route).add(each.control_id).add(each.content_type);
      parcel.add_bytes(each.document).end_row();
      state.add(id).add(each.outlet).add(array_of(each.lanes)).add(to_text(each.state));
      state.add(std::int64_t(each.attempts)).add(to_rfc3339(each.due)).add(to_rfc3339(envelope.arrived)).end_row();
      if (each.state == Parcel::State::delivered || each.state == Parcel::State::parked) continue;
      for (const std::string& name : std::set<std::string>(each.lanes.begin(), each.lanes.end()))
        lane.add(name).add(each.outlet).add(id).end_row();
    }
  });
  add_table(tables, "COPY parcel FROM STDIN", std::move(parcel));
  add_table(tables, "COPY parcel_state (parcel, outlet, lanes, state, attempts, due, arrived) FROM STDIN",
            std::move(state));
  add_table(tables, "COPY parcel_lane FROM STDIN", std::move(lane));
}

// Beyond it, rows get a second more for each megabyte than PostgreSQL gives a statement.
constexpr std::size_t kLarge = 16u << 20;  // bytes

void allow_time(Connection& connection, const std::vector<CopyTable>& tables) {
  std::size_t size = 0;
  for (const CopyTable& each : tables) size += each.rows.size();
  if (size <= kLarge) return;
  const auto time = std::chrono::seconds(30 + (size >> 20));
  connection.run("SELECT set_config('statement_timeout', $1, true)", {std::to_string(time.count()) + 's'});
}

bool concern_parcels(const Joins& joins, const Decided& decided) {
  bool found = false;
  for_each_decided(decided, [&](std::size_t i) {
    for (const Parcel& each : decided.decisions[i]->parcels) found = found || joins.concern(each);
  });
  return found;
}

}  // namespace

void save_batch(Connection& connection, const Book& book, const Decided& decided) {
  Writes writes = write_records(book);
  for (Statement& each : write_runs(book, keys_that_came(decided))) writes.statements.push_back(std::move(each));
  add_identities(writes, decided);
  add_outcomes(writes.statements, decided);
  const std::size_t parcels = count_parcels(decided), numbers = writes.statements.size();
  if (parcels > 0)
    writes.statements.push_back(
        {"SELECT nextval('parcel_number') FROM generate_series(1, $1::bigint)", {std::to_string(parcels)}});
  const Joins joins(book);
  if (!joins.empty()) writes.statements.push_back(joins.look());
  std::vector<Rows> answers;
  if (!writes.statements.empty()) answers = connection.run_all(writes.statements);
  const bool joining = !joins.empty() && (answers.back().truth(0, 0) || concern_parcels(joins, decided));
  add_journal(writes.tables, decided);
  if (parcels > 0) add_parcels(writes.tables, decided, answers[numbers]);
  allow_time(connection, writes.tables);
  if (plant::kCommitAsynchronously) connection.run("SET LOCAL synchronous_commit = off");
  plant::crash_point("before-commit");
  connection.copy_all(writes.tables, joining ? "SELECT" : "COMMIT");
  if (joining) {
    std::vector<Statement> last = joins.statements();
    last.push_back({"COMMIT", {}});
    connection.run_all(last);
  }
  plant::crash_point("after-commit");
}

}  // namespace pons
