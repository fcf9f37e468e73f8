#include "adapters/postgres/runs.h"

#include "adapters/postgres/attributes_json.h"
#include "adapters/postgres/table_rows.h"
#include "engine/base/time.h"

namespace pons {

namespace {

/// The runs of a book, sorted by what has to be done with them.
struct Sorted {
  std::vector<std::int64_t> changed, ended;
  ColumnArrays kept{10}, lanes{2}, wakes{2}, freed{2};

  explicit Sorted(const Book& book) {
    for (const PendingRun* each : book.runs.changed()) add(*each);
  }

  void add(const PendingRun& run) {
    const std::string id = std::to_string(run.id);
    changed.push_back(run.id);
    if (run.state == PendingRun::State::ended) {
      ended.push_back(run.id);
      for (const std::string& lane : run.lanes) freed.add_row({lane, id});
      return;
    }
    kept.add_row({id, std::to_string(run.message), run.route, array_of(run.lanes), to_text(run.state), run.reason,
                  to_rfc3339(run.since), run.due ? Cell(to_rfc3339(*run.due)) : Cell(), array_of(run.wakes_on),
                  std::to_string(run.patient)});
    for (const std::string& lane : run.lanes) lanes.add_row({lane, id});
    for (const std::string& key : run.wakes_on) wakes.add_row({key, id});
  }
};

const std::string& upsert_run() {
  static const std::string kRuns = upsert("pending_run", 1,
                                          {{"id", "bigint"},
                                           {"message", "bigint"},
                                           {"route", "text"},
                                           {"lanes", "text[]"},
                                           {"state", "text"},
                                           {"reason", "text"},
                                           {"since", "timestamptz"},
                                           {"due", "timestamptz"},
                                           {"wakes_on", "text[]"},
                                           {"patient", "bigint"}});
  return kRuns;
}

constexpr const char* kLeaveLanes =
    "DELETE FROM pending_lane l USING pending_run r, unnest(r.lanes) left_lane WHERE r.id = ANY($1::bigint[])"
    " AND l.lane = left_lane AND l.run = r.id";
constexpr const char* kForgetKeys =
    "DELETE FROM pending_wake w USING pending_run r, unnest(r.wakes_on) left_key WHERE r.id = ANY($1::bigint[])"
    " AND w.key = left_key AND w.run = r.id";
constexpr const char* kTakeLanes =
    "INSERT INTO pending_lane SELECT l, r::bigint FROM unnest($1::text[], $2::text[]) n(l, r) ON CONFLICT DO NOTHING";
constexpr const char* kTakeKeys =
    "INSERT INTO pending_wake SELECT k, r::bigint FROM unnest($1::text[], $2::text[]) n(k, r) ON CONFLICT DO NOTHING";
// What stood behind a run that has ended was never started: it is the next, and due.
constexpr const char* kNextInLane =
    "UPDATE pending_run SET due = since WHERE id IN (SELECT next.run FROM unnest($1::text[], $2::text[]) freed(lane, "
    "run)"
    " CROSS JOIN LATERAL (SELECT l.run FROM pending_lane l WHERE l.lane = freed.lane AND l.run > freed.run::bigint"
    " ORDER BY l.run LIMIT 1) next)";
constexpr const char* kWake =
    "UPDATE pending_run SET due = since WHERE id IN"
    " (SELECT w.run FROM unnest($1::text[]) k(key) JOIN pending_wake w ON w.key = k.key)";

/// The envelopes of the runs r(id, message).
const std::string kEnvelopes =
    "SELECT r.id, j.message, j.kind, j.inlet, j.peer, j.bytes, " + micros("j.arrived") + ", j.attributes FROM ";

// $1 now, $2 how many, $3 how many bytes before the last one, $4 runs that are left out.
std::string due_sql() {
  return "WITH due AS (SELECT id, message FROM pending_run p WHERE due <= $1::timestamptz AND id <> ALL ($4::bigint[])"
         " AND NOT EXISTS (SELECT FROM unnest(p.lanes) l(lane)"
         " JOIN pending_lane older ON older.lane = l.lane AND older.run < p.id) ORDER BY id LIMIT $2::bigint),"
         " sized AS (SELECT id, d.message, octet_length(bytes) own, sum(octet_length(bytes)) OVER (ORDER BY id) so_far"
         " FROM due d JOIN journal USING (message)) " +
         kEnvelopes +
         "sized r JOIN journal j ON j.message = r.message WHERE so_far <= $3::bigint OR so_far = own ORDER BY r.id";
}

Envelope read_envelope(const Rows& rows, int row) {
  Envelope envelope;
  envelope.pending = rows.number(row, 0);
  envelope.message = rows.number(row, 1);
  envelope.kind = kind_from(rows.text(row, 2));
  envelope.inlet = rows.text(row, 3);
  envelope.peer = rows.text(row, 4);
  envelope.bytes = std::make_shared<const std::string>(from_bytea(rows.text(row, 5)));
  envelope.arrived = rows.instant(row, 6);
  envelope.attributes = attributes_from_json(rows.text(row, 7));
  return envelope;
}

}  // namespace

std::vector<Statement> write_runs(const Book& book, std::vector<std::string> keys) {
  const Sorted runs(book);
  std::vector<Statement> statements;
  const auto add = [&](const std::string& sql, const ColumnArrays& rows) {
    if (!rows.empty()) statements.push_back({sql, rows.parameters()});
  };
  if (!runs.changed.empty()) {
    statements.push_back({kLeaveLanes, {array_of(runs.changed)}});
    statements.push_back({kForgetKeys, {array_of(runs.changed)}});
  }
  add(upsert_run(), runs.kept);
  add(kTakeLanes, runs.lanes);
  add(kTakeKeys, runs.wakes);
  if (!runs.ended.empty())
    statements.push_back({"DELETE FROM pending_run WHERE id = ANY($1::bigint[])", {array_of(runs.ended)}});
  add(kNextInLane, runs.freed);
  for (const std::int64_t each : runs.ended) keys.push_back("run|" + std::to_string(each));
  if (!keys.empty()) statements.push_back({kWake, {array_of(keys)}});
  return statements;
}

std::vector<Envelope> read_due_runs(Connection& connection, Instant now, const Store::Room& room) {
  static const std::string kDue = due_sql();
  const Rows rows = connection.run(
      kDue, {to_rfc3339(now), std::to_string(room.runs), std::to_string(room.bytes), array_of(room.except)});
  std::vector<Envelope> due;
  for (int row = 0; row < rows.size(); ++row) due.push_back(read_envelope(rows, row));
  return due;
}

std::optional<Envelope> read_set_aside(Connection& connection, const std::string& lane) {
  static const std::string kOldest = kEnvelopes +
                                     "(SELECT p.id, p.message FROM pending_lane l JOIN pending_run p ON p.id = l.run"
                                     " WHERE l.lane = $1::text ORDER BY p.id LIMIT 1) r"
                                     " JOIN journal j ON j.message = r.message";
  const Rows rows = connection.run(kOldest, {lane});
  if (rows.size() == 0) return {};
  return read_envelope(rows, 0);
}

void release_held_runs(Connection& connection, Instant now) {
  connection.run(
      "UPDATE pending_run SET due = $1::timestamptz WHERE state = 'held' AND (due IS NULL OR due > $1::timestamptz)",
      {to_rfc3339(now)});
}

}  // namespace pons
