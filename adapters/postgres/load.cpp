#include "adapters/postgres/load.h"

#include <algorithm>
#include <string>

#include "adapters/postgres/series_json.h"

namespace pons {

namespace {

Identifier identifier(const Rows& rows, int row, int column) {
  return {rows.text(row, column), rows.text(row, column + 1), {}};
}

void read_patient(const Rows& rows, int row, Book& book) {
  Patient patient;
  patient.id = rows.number(row, 0);
  patient.name = rows.text(row, 1);
  patient.birth_date = rows.text(row, 2);
  patient.sex = rows.text(row, 3);
  patient.address = rows.text(row, 4);
  if (!rows.is_null(row, 5)) patient.merged_into = rows.number(row, 5);
  const auto values = from_array(rows.text(row, 6)), authorities = from_array(rows.text(row, 7)),
             types = from_array(rows.text(row, 8));
  for (std::size_t i = 0; i < values.size(); ++i) patient.identifiers.push_back({values[i], authorities[i], types[i]});
  book.patients.load(std::move(patient));
}

void read_order(const Rows& rows, int row, Book& book) {
  book.orders.load({rows.number(row, 0), rows.number(row, 1), identifier(rows, row, 2), identifier(rows, row, 4),
                    identifier(rows, row, 6), rows.text(row, 8), rows.text(row, 9)});
}

void read_step(const Rows& rows, int row, Book& book) {
  book.steps.load({rows.number(row, 0), rows.number(row, 1), rows.text(row, 2), *step_status_from(rows.text(row, 3)),
                   rows.text(row, 4), from_array(rows.text(row, 5)), rows.text(row, 6), rows.text(row, 7),
                   rows.text(row, 8), rows.text(row, 9)});
}

void read_report(const Rows& rows, int row, Book& book) {
  book.reports.load({rows.number(row, 0), rows.number(row, 1), rows.number(row, 2), identifier(rows, row, 3),
                     *report_status_from(rows.text(row, 5)), static_cast<int>(rows.number(row, 6))});
}

void read_study(const Rows& rows, int row, Book& book) {
  book.studies.load({rows.number(row, 0), rows.number(row, 1), rows.number(row, 2), rows.text(row, 3),
                     identifier(rows, row, 4), rows.text(row, 6), rows.text(row, 7), identifier(rows, row, 8),
                     series_from_json(rows.text(row, 10))});
}

void read_performed_step(const Rows& rows, int row, Book& book) {
  PerformedStep performed;
  performed.id = rows.number(row, 0);
  performed.uid = rows.text(row, 1);
  performed.status = *performed_status_from(rows.text(row, 2));
  performed.patient = rows.number(row, 3);
  for (const std::string& each : from_array(rows.text(row, 4))) performed.steps.push_back(std::stoll(each));
  performed.dataset = rows.text(row, 5);
  book.performed_steps.load(std::move(performed));
}

void read_instance(const Rows& rows, int row, Book& book) {
  book.instances.load({rows.number(row, 0), rows.number(row, 1), rows.text(row, 2)});
}

void read_commitment(const Rows& rows, int row, Book& book) {
  book.commitments.load({rows.number(row, 0), rows.text(row, 1), rows.text(row, 2), rows.text(row, 3),
                         rows.number(row, 4), rows.truth(row, 5)});
}

void read_run(const Rows& rows, int row, Book& book) {
  PendingRun run;
  run.id = rows.number(row, 0);
  run.message = rows.number(row, 1);
  run.route = rows.text(row, 2);
  run.lanes = from_array(rows.text(row, 3));
  run.state = pending_state_from(rows.text(row, 4));
  run.reason = rows.text(row, 5);
  run.since = rows.instant(row, 6);
  if (!rows.is_null(row, 7)) run.due = rows.instant(row, 7);
  run.wakes_on = from_array(rows.text(row, 8));
  run.patient = rows.number(row, 9);
  book.runs.load(std::move(run));
}

void read_sequence_link(const Rows& rows, int row, Book& book) {
  book.sequence_links.load({rows.number(row, 0), rows.number(row, 1), rows.truth(row, 2)});
}

void read_awaited_answer(const Rows& rows, int row, Book& book) {
  book.awaited_answers.load(
      {rows.number(row, 0), rows.number(row, 1), rows.text(row, 2), rows.instant(row, 3), rows.text(row, 4)});
}

// Whoever was merged into them comes along: late messages name the old numbers.
const std::string kFamily =
    "WITH RECURSIVE family(id) AS (SELECT unnest($1::bigint[])"
    " UNION SELECT p.id FROM family f JOIN patient p ON p.merged_into = f.id)";
const std::string kPatients = kFamily +
                              " SELECT p.id, name, birth_date, sex, address, merged_into, i.* FROM family"
                              " JOIN patient p ON p.id = family.id CROSS JOIN LATERAL"
                              " (SELECT array_agg(value), array_agg(authority), array_agg(type) FROM"
                              " (SELECT value, authority, type FROM patient_identifier WHERE patient = p.id"
                              " ORDER BY position) ordered) i";
constexpr const char* kOrders =
    "SELECT id, patient, placer, placer_authority, filler, filler_authority, accession, accession_authority, study_uid,"
    " requested_procedure_id FROM imaging_order WHERE id = ANY($1::bigint[])";
constexpr const char* kSteps =
    "SELECT id, imaging_order, step_id, status, modality, stations, start_date, start_time, performing_physician, item"
    " FROM scheduled_step WHERE imaging_order = ANY($1::bigint[])";
constexpr const char* kReports =
    "SELECT id, patient, imaging_order, filler, filler_authority, status, version"
    " FROM report WHERE id = ANY($1::bigint[])";
constexpr const char* kStudies =
    "SELECT id, patient, imaging_order, study_uid, accession, accession_authority, description, started,"
    " procedure_code, procedure_scheme, series FROM study WHERE id = ANY($1::bigint[])";
constexpr const char* kPerformedSteps =
    "SELECT id, uid, status, patient, steps, dataset FROM performed_step WHERE id = ANY($1::bigint[])";

constexpr const char* kSequenceLinks =
    "SELECT sender, last, last_was_refused FROM sequence_link WHERE sender = ANY($1::bigint[])";
const std::string kAwaitedAnswers =
    "SELECT id, message, outlet, " + micros("since") + ", code FROM awaited_answer WHERE id = ANY($1::bigint[])";
constexpr const char* kInstances = "SELECT id, study, uid FROM instance WHERE uid = ANY($1::text[])";

constexpr const char* kCommitments =
    "SELECT id, uid, calling, outlet, study, answered FROM commitment WHERE uid = ANY($1::text[])";

const std::string kRun = "SELECT r.id, r.message, r.route, r.lanes, r.state, r.reason, " + micros("r.since") + ", " +
                         micros("r.due") + ", r.wakes_on, r.patient FROM pending_run r";
// $1: lanes, $2: runs, $3: how many of a lane. Those that start again may free a lane within this batch, so that as
// many more must be known.
const std::string kHead =
    " CROSS JOIN LATERAL (SELECT run FROM pending_lane WHERE lane = l.lane ORDER BY run LIMIT $3::bigint) head";
const std::string kRuns = kRun + " WHERE r.id IN (SELECT head.run FROM unnest($1::text[]) l(lane)" + kHead +
                          " UNION SELECT unnest($2::bigint[])"
                          " UNION SELECT head.run FROM pending_run r CROSS JOIN unnest(r.lanes) l(lane)" +
                          kHead + " WHERE r.id = ANY($2::bigint[]))";
const std::string kRunsOfPatients = kFamily + kRun + " JOIN family ON family.id = r.patient WHERE r.patient <> 0";

}  // namespace

Loads::Loads(const std::vector<Subject>& subjects)
    : with_events_(std::any_of(subjects.begin(), subjects.end(), [](const Subject& each) { return each.is_event; })) {}

void Loads::add(Statement statement, Reader reader) {
  statements_.push_back(std::move(statement));
  readers_.push_back(reader);
}

void Loads::add_named(const Named& ids) {
  const auto by_ids = [&](const std::string& sql, const std::set<std::int64_t>& of, Reader reader) {
    if (!of.empty()) add({sql, {array_of(std::vector<std::int64_t>(of.begin(), of.end()))}}, reader);
  };
  by_ids(kPatients, ids.patients, read_patient);
  if (with_events_) by_ids(kRunsOfPatients, ids.patients, read_run);
  by_ids(kOrders, ids.orders, read_order);
  by_ids(kSteps, ids.orders, read_step);
  by_ids(kReports, ids.reports, read_report);
  by_ids(kStudies, ids.studies, read_study);
  by_ids(kPerformedSteps, ids.performed_steps, read_performed_step);
}

void Loads::add_sequence_links(const std::vector<Subject>& subjects) {
  std::vector<std::int64_t> senders;
  for (const Subject& each : subjects)
    senders.insert(senders.end(), each.sequence_links.begin(), each.sequence_links.end());
  if (!senders.empty()) add({kSequenceLinks, {array_of(senders)}}, read_sequence_link);
}

void Loads::add_awaited_answers(const std::vector<Subject>& subjects) {
  std::vector<std::int64_t> ids;
  for (const Subject& each : subjects) ids.insert(ids.end(), each.answers.begin(), each.answers.end());
  if (!ids.empty()) add({kAwaitedAnswers, {array_of(ids)}}, read_awaited_answer);
}

void Loads::add_runs(const std::vector<Subject>& subjects) {
  std::vector<std::string> lanes;
  std::vector<std::int64_t> runs;
  for (const Subject& each : subjects) {
    lanes.insert(lanes.end(), each.lanes.begin(), each.lanes.end());
    runs.insert(runs.end(), each.runs.begin(), each.runs.end());
  }
  if (lanes.empty() && runs.empty()) return;
  add({kRuns, {array_of(lanes), array_of(runs), std::to_string(runs.size() + 1)}}, read_run);
}

void Loads::add_instances(const std::vector<Subject>& subjects) {
  std::vector<std::string> uids;
  for (const Subject& each : subjects) uids.insert(uids.end(), each.instances.begin(), each.instances.end());
  if (!uids.empty()) add({kInstances, {array_of(uids)}}, read_instance);
}

void Loads::add_commitments(const std::vector<Subject>& subjects) {
  std::vector<std::string> uids;
  for (const Subject& each : subjects) uids.insert(uids.end(), each.commitments.begin(), each.commitments.end());
  if (!uids.empty()) add({kCommitments, {array_of(uids)}}, read_commitment);
}

void Loads::read(const std::vector<Rows>& answers, std::size_t first, Book& book) const {
  for (std::size_t i = 0; i < readers_.size(); ++i)
    for (int row = 0; row < answers[first + i].size(); ++row) readers_[i](answers[first + i], row, book);
}

}  // namespace pons
