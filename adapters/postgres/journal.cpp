#include "adapters/postgres/journal.h"

#include "adapters/postgres/connection.h"

namespace pons {

namespace {

#define JOURNAL_LINE                                                                                                \
  "SELECT j.message, to_char(j.arrived AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), j.inlet, j.peer, " \
  "j.outcome"

// The patient's own changes, and those of the patient's orders and steps.
constexpr const char* kList =
    "SELECT * FROM (" JOURNAL_LINE
    " FROM journal j WHERE ($1 = 'f' OR j.outcome IN ('refused', 'parked', 'unrouted'))"
    " AND ($2 = '' OR j.arrived > now() - $2::interval)"
    " AND ($3 = '' OR EXISTS (SELECT FROM patient_identifier i"
    "   JOIN change c ON c.message = j.message AND ((c.record = 'patient' AND c.id = i.patient)"
    "     OR (c.record = 'order' AND c.id IN (SELECT id FROM imaging_order WHERE patient = i.patient))"
    "     OR (c.record = 'step' AND c.id IN (SELECT s.id FROM scheduled_step s JOIN imaging_order o"
    "       ON o.id = s.imaging_order WHERE o.patient = i.patient)))"
    "   WHERE i.value = split_part($3, '^', 1) AND split_part($3, '^', 2) IN ('', i.authority)))"
    " ORDER BY j.message DESC LIMIT 1000) newest ORDER BY message";

JournalLine line_of(const Rows& rows, int row) {
  return {rows.number(row, 0), rows.text(row, 1), rows.text(row, 2), rows.text(row, 3), rows.text(row, 4)};
}

}  // namespace

std::vector<JournalLine> list_messages(const std::string& conninfo, const JournalFilter& filter) {
  Connection connection(conninfo);
  const std::string since = filter.since ? std::to_string(filter.since->count()) + " microseconds" : "";
  const Rows rows = connection.run(kList, {filter.failed ? "t" : "f", since, filter.patient});
  std::vector<JournalLine> lines;
  for (int row = 0; row < rows.size(); ++row) lines.push_back(line_of(rows, row));
  return lines;
}

std::optional<JournalEntry> find_message(const std::string& conninfo, std::int64_t message) {
  Connection connection(conninfo);
  const std::string number = std::to_string(message);
  const Rows rows = connection.run(
      JOURNAL_LINE
      ", j.bytes, t.trace, j.control_id_reused FROM journal j JOIN trace t USING (message) WHERE message = $1",
      {number});
  if (rows.size() == 0) return {};
  JournalEntry entry{line_of(rows, 0), from_bytea(rows.text(0, 5)), rows.text(0, 6), rows.truth(0, 7), {}};
  const Rows changes = connection.run("SELECT record, action, evidence, id FROM change WHERE message = $1", {number});
  for (int row = 0; row < changes.size(); ++row)
    entry.changes.push_back({changes.text(row, 0), changes.text(row, 1), changes.text(row, 2), changes.number(row, 3)});
  return entry;
}

}  // namespace pons
