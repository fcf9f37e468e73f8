#include "adapters/postgres/journal.h"

#include <algorithm>

#include "adapters/postgres/connection.h"

namespace pons {

namespace {

std::string rfc3339(const std::string& column) {
  return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

std::string line_sql() {
  return "SELECT j.message, " + rfc3339("j.arrived") + ", j.inlet, j.peer, j.outcome";
}

// The patients whom the number names, with all who were merged into one another, and all records of theirs.
constexpr const char* kOfPatient =
    "WITH RECURSIVE who(id) AS (SELECT patient FROM patient_identifier WHERE value = split_part($3, '^', 1)"
    " AND split_part($3, '^', 2) IN ('', authority)"
    " UNION SELECT n.id FROM who JOIN patient p ON p.id = who.id OR p.merged_into = who.id"
    " CROSS JOIN LATERAL (VALUES (p.id), (p.merged_into)) n(id) WHERE n.id IS NOT NULL),"
    " records(record, id) AS (SELECT 'patient', id FROM who"
    " UNION ALL SELECT 'order', o.id FROM who JOIN imaging_order o ON o.patient = who.id"
    " UNION ALL SELECT 'step', s.id FROM who JOIN imaging_order o ON o.patient = who.id"
    " JOIN scheduled_step s ON s.imaging_order = o.id"
    " UNION ALL SELECT 'report', r.id FROM who JOIN report r ON r.patient = who.id"
    " UNION ALL SELECT 'study', s.id FROM who JOIN study s ON s.patient = who.id"
    " UNION ALL SELECT 'performed step', m.id FROM who JOIN performed_step m ON m.patient = who.id)";

std::string list_sql() {
  return std::string(kOfPatient) + " SELECT * FROM (" + line_sql() +
         " FROM journal j WHERE ($1 = 'f' OR j.outcome IN ('refused', 'parked', 'unrouted'))"
         " AND ($2 = '' OR j.arrived > now() - $2::interval)"
         " AND ($3 = '' OR j.message IN (SELECT c.message FROM records r JOIN change c ON c.record = r.record"
         " AND c.id = r.id))"
         " AND ($4 = 'f' OR j.message IN (SELECT p.message FROM parcel_state s JOIN parcel p ON p.id = s.parcel"
         " WHERE s.state = 'held'))"
         " ORDER BY j.message DESC LIMIT 1000) newest ORDER BY message";
}

JournalLine line_of(const Rows& rows, int row) {
  return {rows.number(row, 0), rows.text(row, 1), rows.text(row, 2), rows.text(row, 3), rows.text(row, 4)};
}

enum Answer : std::size_t { kMessage, kTraces, kChanges, kParcels, kAttempts, kRuns, kQuestions };

std::vector<Statement> entry_statements(const std::string& message) {
  const std::vector<std::string> number{message};
  return {{line_sql() + ", j.bytes, j.control_id_reused FROM journal j WHERE message = $1::bigint", number},
          {"SELECT trace FROM trace WHERE message = $1::bigint ORDER BY entry", number},
          {"SELECT record, action, evidence, id FROM change WHERE message = $1::bigint", number},
          {"SELECT p.id, s.outlet, route, control_id, content_type, document, s.state, " + rfc3339("s.due") +
               ", coalesce(s.number::text, '') FROM parcel p JOIN parcel_state s ON s.parcel = p.id WHERE message = "
               "$1::bigint ORDER BY p.id",
           number},
          {"SELECT a.parcel, a.attempt, " + rfc3339("a.began") + ", " + rfc3339("a.ended") +
               ", a.outcome, a.text, a.answer FROM parcel p JOIN attempt a ON a.parcel = p.id"
               " WHERE p.message = $1::bigint ORDER BY a.parcel, a.attempt",
           number},
          {"SELECT id, route, state, reason, " + rfc3339("since") + ", coalesce(" + rfc3339("due") +
               ", ''), lanes, wakes_on FROM pending_run WHERE message = $1::bigint ORDER BY id",
           number},
          {"SELECT id, record, text, open FROM question WHERE message = $1::bigint ORDER BY id", number}};
}

void read_parcels(JournalEntry& entry, const Rows& parcels, const Rows& attempts) {
  for (int row = 0; row < parcels.size(); ++row)
    entry.parcels.push_back({parcels.number(row, 0),
                             parcels.text(row, 1),
                             parcels.text(row, 2),
                             parcels.text(row, 3),
                             parcels.text(row, 4),
                             from_bytea(parcels.text(row, 5)),
                             parcels.text(row, 6),
                             parcels.text(row, 7),
                             parcels.text(row, 8),
                             {}});
  for (int row = 0; row < attempts.size(); ++row) {
    const std::int64_t id = attempts.number(row, 0);
    const auto parcel = std::find_if(entry.parcels.begin(), entry.parcels.end(),
                                     [&](const JournalEntry::Parcel& each) { return each.id == id; });
    if (parcel == entry.parcels.end()) continue;
    parcel->attempts.push_back({static_cast<int>(attempts.number(row, 1)), attempts.text(row, 2), attempts.text(row, 3),
                                attempts.text(row, 4), attempts.text(row, 5), from_bytea(attempts.text(row, 6))});
  }
}

void read_runs(JournalEntry& entry, const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row)
    entry.runs.push_back({rows.number(row, 0), rows.text(row, 1), rows.text(row, 2), rows.text(row, 3),
                          rows.text(row, 4), rows.text(row, 5), from_array(rows.text(row, 6)),
                          from_array(rows.text(row, 7))});
}

}  // namespace

std::vector<JournalLine> list_messages(const std::string& conninfo, const JournalFilter& filter) {
  Connection connection(conninfo);
  const std::string since = filter.since ? std::to_string(filter.since->count()) + " microseconds" : "";
  const Rows rows =
      connection.run(list_sql(), {filter.failed ? "t" : "f", since, filter.patient, filter.held ? "t" : "f"});
  std::vector<JournalLine> lines;
  for (int row = 0; row < rows.size(); ++row) lines.push_back(line_of(rows, row));
  return lines;
}

std::optional<JournalEntry> find_message(const std::string& conninfo, std::int64_t message) {
  Connection connection(conninfo);
  const auto answers = connection.run_all(entry_statements(std::to_string(message)));
  const Rows& line = answers[kMessage];
  const Rows& changes = answers[kChanges];
  const Rows& questions = answers[kQuestions];
  if (line.size() == 0) return {};
  JournalEntry entry;
  entry.line = line_of(line, 0);
  entry.bytes = from_bytea(line.text(0, 5));
  entry.control_id_reused = line.truth(0, 6);
  for (int row = 0; row < answers[kTraces].size(); ++row) entry.traces.push_back(answers[kTraces].text(row, 0));
  for (int row = 0; row < changes.size(); ++row)
    entry.changes.push_back({changes.text(row, 0), changes.text(row, 1), changes.text(row, 2), changes.number(row, 3)});
  read_parcels(entry, answers[kParcels], answers[kAttempts]);
  read_runs(entry, answers[kRuns]);
  for (int row = 0; row < questions.size(); ++row)
    entry.questions.push_back(
        {questions.number(row, 0), questions.text(row, 1), questions.text(row, 2), questions.truth(row, 3)});
  return entry;
}

}  // namespace pons
