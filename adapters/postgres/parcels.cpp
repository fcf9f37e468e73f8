#include "adapters/postgres/parcels.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/leave_lanes.h"
#include "adapters/postgres/outlet_lock.h"
#include "adapters/postgres/table_rows.h"
#include "engine/base/plant.h"
#include "engine/base/text.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

// How many due parcels a claim looks at, first and at most.
constexpr std::size_t kLook = 32, kMostLook = 16384;

// A larger document is read in slices: libpq keeps the room that its largest answer took.
constexpr std::size_t kSlice = 2u << 20;  // bytes

/// What parcel_of() reads, of leased(parcel, lease, lanes, attempts, due).
const std::string& leased_columns() {
  static const std::string kColumns =
      " SELECT p.id, lease, message, route, lanes, control_id, content_type, CASE WHEN octet_length(document) <= " +
      std::to_string(kSlice) + " THEN document END, attempts, " + micros("due") + ", octet_length(document)";
  return kColumns;
}
// What is named is looked up one by one, here and below: a join or an IN that was planned while there were no parcels
// would read all of them.
constexpr const char* kFromLeased =
    " FROM leased CROSS JOIN LATERAL (SELECT * FROM parcel WHERE id = leased.parcel OFFSET 0) p";

// Looks at what is due and ready. Those behind an older parcel are set aside until it has left their lane, so that
// nobody looks at them again: a dead outlet's queue costs nothing. Heads are leased. Gives the heads in order of
// effect, and last how many were looked at. $1 outlet, $2 now, $3 how many to look at, $4 how many to take, $5 until.
std::string claim_sql() {
  const std::string is_planted = plant::kPlainSkipLocked ? "false AND " : "";
  return "WITH seen AS MATERIALIZED (SELECT parcel, due, outlet, lanes FROM parcel_state WHERE outlet = $1"
         " AND state = 'queued' AND ready AND due <= $2::timestamptz"
         " AND (leased_until IS NULL OR leased_until <= $2::timestamptz) ORDER BY due, parcel LIMIT $3::bigint),"
         " judged AS MATERIALIZED (SELECT s.parcel, s.due, " +
         is_planted +
         "EXISTS (SELECT FROM unnest(s.lanes) l(lane) CROSS JOIN LATERAL (SELECT FROM parcel_lane"
         " WHERE lane = l.lane AND outlet = s.outlet AND parcel < s.parcel LIMIT 1) older)"
         " AS is_behind FROM seen s),"
         " set_aside AS (UPDATE parcel_state SET ready = false"
         " WHERE parcel = ANY (ARRAY(SELECT parcel FROM judged WHERE is_behind))),"
         " heads AS (SELECT parcel, due, (SELECT octet_length(document) FROM parcel WHERE id = j.parcel) AS own"
         " FROM judged j WHERE NOT is_behind ORDER BY due, parcel LIMIT $4::bigint),"
         " sized AS (SELECT parcel, own, sum(own) OVER (ORDER BY due, parcel) AS so_far FROM heads),"
         " leased AS (UPDATE parcel_state SET lease = (SELECT nextval('parcel_lease')), leased_until = $5::timestamptz"
         " WHERE parcel = ANY (ARRAY(SELECT parcel FROM sized WHERE so_far <= " +
         std::to_string(Parcels::kClaimBytes) +
         " OR so_far = own))"
         " RETURNING parcel, lease, lanes, attempts, due)" +
         leased_columns() + kFromLeased +
         " UNION ALL"
         " SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, count(*) FROM seen ORDER BY 1 NULLS LAST";
}

// The one whose number is out, if it is due: whatever stands before it in its lanes by now. Columns as above, its
// number, and whether it was sent under it before. $1 outlet, $2 now, $3 until.
const std::string& claim_open_sql() {
  static const std::string kSql =
      "WITH leased AS (UPDATE parcel_state s SET lease = nextval('parcel_lease'), leased_until = $3::timestamptz,"
      " number_was_sent = true FROM parcel_state before WHERE before.parcel = s.parcel AND s.outlet = $1"
      " AND s.number IS NOT NULL AND s.state = 'queued' AND s.due <= $2::timestamptz"
      " AND (s.leased_until IS NULL OR s.leased_until <= $2::timestamptz)"
      " RETURNING s.parcel, s.lease, s.lanes, s.attempts, s.due, s.number, before.number_was_sent was_sent)" +
      leased_columns() + ", number, was_sent" + kFromLeased;
  return kSql;
}
constexpr const char* kHasOpen =
    "SELECT EXISTS (SELECT FROM parcel_state WHERE outlet = $1 AND number IS NOT NULL AND state IN ('queued', 'held'))";
constexpr const char* kGiveNumber =
    "WITH next AS (INSERT INTO outlet_sequence AS s VALUES ($1, 1) ON CONFLICT (outlet) DO UPDATE SET last = s.last + 1"
    " RETURNING last) UPDATE parcel_state SET number = last, number_was_sent = true FROM next"
    " WHERE parcel = $2::bigint RETURNING number";
// The next one follows the number that the receiver asked for.
constexpr const char* kFollowNumber =
    "UPDATE outlet_sequence s SET last = p.number FROM parcel_state p WHERE p.parcel = ANY($1::bigint[])"
    " AND p.outlet = s.outlet AND p.state = 'queued' AND p.number IS NOT NULL";

std::string read_in_slices(Connection& connection, std::int64_t parcel, std::size_t size) {
  std::string document;
  document.reserve(size);
  while (document.size() < size) {
    const Rows rows =
        connection.run("SELECT substring(document FROM $2::int FOR $3::int) FROM parcel WHERE id = $1::bigint",
                       {std::to_string(parcel), std::to_string(document.size() + 1), std::to_string(kSlice)});
    if (rows.size() == 0) throw StoreLost("a parcel that was claimed is not there");
    document += from_bytea(rows.text(0, 0));
  }
  return document;
}

Parcel parcel_of(Connection& connection, const Rows& rows, int row, const std::string& outlet) {
  Parcel parcel;
  parcel.id = rows.number(row, 0);
  parcel.message = rows.number(row, 2);
  parcel.outlet = outlet;
  parcel.route = rows.text(row, 3);
  parcel.lanes = from_array(rows.text(row, 4));
  parcel.control_id = rows.text(row, 5);
  parcel.content_type = rows.text(row, 6);
  parcel.document = rows.is_null(row, 7)
                        ? read_in_slices(connection, parcel.id, static_cast<std::size_t>(rows.number(row, 10)))
                        : from_bytea(rows.text(row, 7));
  parcel.attempts = static_cast<int>(rows.number(row, 8));
  parcel.due = rows.instant(row, 9);
  plant::renumber(parcel.control_id, parcel.document, parcel.attempts);
  return parcel;
}

/// What other systems answered may be no text of ours; it must not stand in the way of the settlement.
std::string as_text(std::string text) {
  const bool is_text = is_utf8(text);
  std::replace_if(
      text.begin(), text.end(), [&](char c) { return c == '\0' || (!is_text && (c & 0x80) != 0); }, '?');
  return text;
}

ColumnArrays columns_of(const std::vector<Settlement>& settlements) {
  ColumnArrays rows(12);
  for (const Settlement& each : settlements)
    rows.add_row({std::to_string(each.parcel), std::to_string(each.attempt), std::to_string(each.lease),
                  to_text(each.state), to_rfc3339(each.due), to_rfc3339(each.began), to_rfc3339(each.ended),
                  to_text(each.delivery.outcome), as_text(each.delivery.text), bytea(each.delivery.answer),
                  each.number ? std::to_string(*each.number) : "", each.number_was_sent ? "t" : "f"});
  return rows;
}

// What is no longer leased under this number changes nothing.
constexpr const char* kSettle =
    "WITH said AS (SELECT p::bigint, n::int, l::bigint, s, d::timestamptz, b::timestamptz, e::timestamptz, o, t,"
    " a::bytea, nullif(m, '')::bigint m, w::boolean"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
    " $9::text[], $10::text[], $11::text[], $12::text[]) r(p, n, l, s, d, b, e, o, t, a, m, w)),"
    " settled AS (UPDATE parcel_state SET state = s, due = d, attempts = n, lease = NULL, leased_until = NULL,"
    " number = coalesce(m, number), number_was_sent = w FROM said"
    " WHERE parcel = p AND lease = l RETURNING parcel)"
    " INSERT INTO attempt SELECT p, n, b, e, o, t, a FROM said JOIN settled ON parcel = p ON CONFLICT DO NOTHING";

std::string ids_of(const std::vector<Settlement>& settlements) {
  std::vector<std::int64_t> ids;
  for (const Settlement& each : settlements) ids.push_back(each.parcel);
  return array_of(ids);
}

/// `ask` runs a statement while the outlet is locked.
template <class Ask>
Parcels::Claim claim_heads(Connection& connection, const std::string& outlet, std::size_t limit, Instant now,
                           Instant until, Ask&& ask) {
  static const std::string kClaim = claim_sql();
  std::size_t look = std::max(kLook, 2 * limit);
  Parcels::Claim claim{0, until, {}};
  bool saw_all = false;
  while (claim.parcels.empty() && !saw_all) {
    const Rows rows =
        ask({kClaim, {outlet, to_rfc3339(now), std::to_string(look), std::to_string(limit), to_rfc3339(until)}});
    for (int row = 0; row + 1 < rows.size(); ++row) {
      claim.lease = rows.number(row, 1);
      claim.parcels.push_back(parcel_of(connection, rows, row, outlet));
    }
    saw_all = static_cast<std::size_t>(rows.number(rows.size() - 1, 10)) < look;
    look = std::max(look, std::min(4 * look, kMostLook));
  }
  return claim;
}

Parcels::Claim claim_open(Connection& connection, const std::string& outlet, Instant now, Instant until) {
  const Rows rows = connection.run(claim_open_sql(), {outlet, to_rfc3339(now), to_rfc3339(until)});
  Parcels::Claim claim{0, until, {}};
  for (int row = 0; row < rows.size(); ++row) {
    claim.lease = rows.number(row, 1);
    Parcel& parcel = claim.parcels.emplace_back(parcel_of(connection, rows, row, outlet));
    parcel.number = rows.number(row, 11);
    parcel.number_was_sent = rows.truth(row, 12);
  }
  return claim;
}

}  // namespace

Parcels::Claim PostgresParcels::claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) {
  auto connection = pool_.take();
  Claim claim = claim_heads(*connection, outlet, limit, now, until, [&](Statement statement) {
    auto answers = connection->run_all(
        {{"BEGIN", {}}, lock_outlets("SELECT $1::text", {outlet}), std::move(statement), {"COMMIT", {}}});
    return std::move(answers[2]);
  });
  pool_.give_back(std::move(connection));
  return claim;
}

Parcels::Claim PostgresParcels::claim_numbered(const std::string& outlet, Instant now, Instant until) {
  auto connection = pool_.take();
  connection->run_all({{"BEGIN", {}}, lock_outlets("SELECT $1::text", {outlet})});
  const bool has_open = connection->run(kHasOpen, {outlet}).truth(0, 0);
  Claim claim = has_open ? claim_open(*connection, outlet, now, until)
                         : claim_heads(*connection, outlet, 1, now, until, [&](const Statement& statement) {
                             return connection->run(statement.sql, statement.parameters);
                           });
  if (!has_open)
    for (Parcel& each : claim.parcels)
      each.number = connection->run(kGiveNumber, {outlet, std::to_string(each.id)}).number(0, 0);
  connection->run("COMMIT");
  pool_.give_back(std::move(connection));
  return claim;
}

void PostgresParcels::settle(const std::vector<Settlement>& settlements) {
  if (settlements.empty()) return;
  const std::string ids = ids_of(settlements);
  std::vector<Statement> statements{
      {"BEGIN", {}},
      lock_outlets("SELECT outlet FROM parcel_state WHERE parcel = ANY($1::bigint[])", {ids}),
      {kSettle, columns_of(settlements).parameters()}};
  for (Statement& each : leave_lanes(ids)) statements.push_back(std::move(each));
  if (std::any_of(settlements.begin(), settlements.end(), [](const Settlement& each) { return !!each.number; }))
    statements.push_back({kFollowNumber, {ids}});
  statements.push_back({"COMMIT", {}});
  auto connection = pool_.take();
  connection->run_all(statements);
  pool_.give_back(std::move(connection));
}

void PostgresParcels::release(const Claim& claim) {
  if (claim.parcels.empty()) return;
  std::vector<std::int64_t> ids;
  for (const Parcel& each : claim.parcels) ids.push_back(each.id);
  auto connection = pool_.take();
  connection->run(
      "UPDATE parcel_state SET lease = NULL, leased_until = NULL WHERE parcel = ANY($1::bigint[]) AND lease = $2",
      {array_of(ids), std::to_string(claim.lease)});
  pool_.give_back(std::move(connection));
}

void PostgresParcels::bring_forward(const std::string& outlet, Instant latest, Instant now) {
  auto connection = pool_.take();
  connection->run_all({{"BEGIN", {}},
                       lock_outlets("SELECT $1::text", {outlet}),
                       {"UPDATE parcel_state SET due = $3::timestamptz"
                        " WHERE outlet = $1 AND state = 'queued' AND due > $2::timestamptz",
                        {outlet, to_rfc3339(latest), to_rfc3339(now)}},
                       {"COMMIT", {}}});
  pool_.give_back(std::move(connection));
}

void PostgresParcels::release_all() {
  auto connection = pool_.take();
  connection->run(
      "UPDATE parcel_state SET lease = NULL, leased_until = NULL WHERE state = 'queued' AND lease IS NOT NULL", {});
  pool_.give_back(std::move(connection));
}

std::vector<Parcel::State> PostgresParcels::states(std::int64_t message) {
  auto connection = pool_.take();
  std::vector<Parcel::State> states;
  {
    const Rows rows =
        connection->run("SELECT state FROM parcel JOIN parcel_state ON parcel = id WHERE message = $1 ORDER BY id",
                        {std::to_string(message)});
    for (int row = 0; row < rows.size(); ++row) states.push_back(parcel_state_from(rows.text(row, 0)));
  }
  pool_.give_back(std::move(connection));
  return states;
}

Parcels::Backlog PostgresParcels::backlog(const std::string& outlet) {
  auto connection = pool_.take();
  static const std::string kCount = "SELECT state, count(*), " + micros("min(arrived)") +
                                    " FROM parcel_state WHERE outlet = $1 AND state <> 'delivered' GROUP BY state";
  Backlog backlog;
  {
    const Rows rows = connection->run(kCount, {outlet});
    for (int row = 0; row < rows.size(); ++row) {
      const std::string state = rows.text(row, 0);
      const auto count = static_cast<std::size_t>(rows.number(row, 1));
      if (state == "held") backlog.held = count;
      if (state == "parked") backlog.parked = count;
      if (state != "queued") continue;
      backlog.queued = count;
      backlog.oldest = rows.instant(row, 2);
    }
  }
  pool_.give_back(std::move(connection));
  return backlog;
}

}  // namespace pons
