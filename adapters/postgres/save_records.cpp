#include "adapters/postgres/save_records.h"

#include <string>

#include "adapters/postgres/column_arrays.h"
#include "adapters/postgres/series_json.h"
#include "engine/json/value.h"
#include "engine/records/performed_match.h"

namespace pons {

namespace {

void add(std::vector<Statement>& statements, const std::string& sql, const ColumnArrays& rows) {
  if (!rows.empty()) statements.push_back({sql, rows.parameters()});
}

void add_patients(std::vector<Statement>& statements, const Book& book) {
  static const std::string kPatients = upsert("patient", 1,
                                              {{"id", "bigint"},
                                               {"name", "text"},
                                               {"birth_date", "text"},
                                               {"sex", "text"},
                                               {"address", "text"},
                                               {"merged_into", "bigint"}});
  static const std::string kIdentifiers =
      upsert("patient_identifier", 2,
             {{"authority", "text"}, {"value", "text"}, {"type", "text"}, {"patient", "bigint"}, {"position", "int"}});
  ColumnArrays patients(6), identifiers(5);
  for (const Patient* each : book.patients.changed()) {
    const std::string id = std::to_string(each->id);
    patients.add_row({id, each->name, each->birth_date, each->sex, each->address,
                      each->merged_into ? Cell(std::to_string(*each->merged_into)) : Cell()});
    for (std::size_t i = 0; i < each->identifiers.size(); ++i) {
      const Identifier& identifier = each->identifiers[i];
      identifiers.add_row({identifier.authority, identifier.value, identifier.type, id, std::to_string(i)});
    }
  }
  add(statements, kPatients, patients);
  add(statements, kIdentifiers, identifiers);
}

void add_orders(std::vector<Statement>& statements, const Book& book) {
  static const std::string kOrders = upsert("imaging_order", 1,
                                            {{"id", "bigint"},
                                             {"patient", "bigint"},
                                             {"placer", "text"},
                                             {"placer_authority", "text"},
                                             {"filler", "text"},
                                             {"filler_authority", "text"},
                                             {"accession", "text"},
                                             {"accession_authority", "text"},
                                             {"study_uid", "text"},
                                             {"requested_procedure_id", "text"}});
  ColumnArrays rows(10);
  for (const Order* each : book.orders.changed())
    rows.add_row({std::to_string(each->id), std::to_string(each->patient), each->placer.value, each->placer.authority,
                  each->filler.value, each->filler.authority, each->accession.value, each->accession.authority,
                  each->study_uid, each->requested_procedure_id});
  add(statements, kOrders, rows);
}

void add_steps(std::vector<Statement>& statements, const Book& book) {
  static const std::string kSteps = upsert("scheduled_step", 1,
                                           {{"id", "bigint"},
                                            {"imaging_order", "bigint"},
                                            {"step_id", "text"},
                                            {"status", "text"},
                                            {"modality", "text"},
                                            {"stations", "text[]"},
                                            {"start_date", "text"},
                                            {"start_time", "text"},
                                            {"performing_physician", "text"},
                                            {"item", "text"}});
  ColumnArrays rows(10);
  for (const Step* each : book.steps.changed())
    rows.add_row({std::to_string(each->id), std::to_string(each->order), each->step_id, to_text(each->status),
                  each->modality, array_of(each->stations), each->start_date, each->start_time,
                  each->performing_physician, each->item});
  add(statements, kSteps, rows);
}

void add_reports(std::vector<Statement>& statements, const Book& book) {
  static const std::string kReports = upsert("report", 1,
                                             {{"id", "bigint"},
                                              {"patient", "bigint"},
                                              {"imaging_order", "bigint"},
                                              {"filler", "text"},
                                              {"filler_authority", "text"},
                                              {"status", "text"},
                                              {"version", "int"}});
  ColumnArrays rows(7);
  for (const Report* each : book.reports.changed())
    rows.add_row({std::to_string(each->id), std::to_string(each->patient), std::to_string(each->order),
                  each->filler.value, each->filler.authority, to_text(each->status), std::to_string(each->version)});
  add(statements, kReports, rows);
}

void add_studies(std::vector<Statement>& statements, const Book& book) {
  static const std::string kStudies = upsert("study", 1,
                                             {{"id", "bigint"},
                                              {"patient", "bigint"},
                                              {"imaging_order", "bigint"},
                                              {"study_uid", "text"},
                                              {"accession", "text"},
                                              {"accession_authority", "text"},
                                              {"description", "text"},
                                              {"started", "text"},
                                              {"procedure_code", "text"},
                                              {"procedure_scheme", "text"},
                                              {"series", "text"}});
  ColumnArrays rows(11);
  for (const Study* each : book.studies.changed())
    rows.add_row({std::to_string(each->id), std::to_string(each->patient), std::to_string(each->order), each->study_uid,
                  each->accession.value, each->accession.authority, each->description, each->started,
                  each->procedure.value, each->procedure.authority, to_json(each->series)});
  add(statements, kStudies, rows);
}

std::string study_uid_of(const PerformedStep& performed) {
  const auto dataset = json::Value::parse(performed.dataset);
  return dataset ? first_of(*dataset, "ScheduledStepAttributesSequence", "StudyInstanceUID") : "";
}

void add_performed_steps(std::vector<Statement>& statements, const Book& book) {
  static const std::string kPerformed = upsert("performed_step", 1,
                                               {{"id", "bigint"},
                                                {"uid", "text"},
                                                {"status", "text"},
                                                {"patient", "bigint"},
                                                {"steps", "bigint[]"},
                                                {"study_uid", "text"},
                                                {"dataset", "text"}});
  ColumnArrays rows(7);
  for (const PerformedStep* each : book.performed_steps.changed())
    rows.add_row({std::to_string(each->id), each->uid, to_text(each->status), std::to_string(each->patient),
                  array_of(each->steps), study_uid_of(*each), each->dataset});
  add(statements, kPerformed, rows);
}

void add_instances(std::vector<Statement>& statements, const Book& book) {
  static const std::string kInstances = upsert("instance", 1, {{"id", "bigint"}, {"study", "bigint"}, {"uid", "text"}});
  ColumnArrays rows(3);
  for (const Instance* each : book.instances.changed())
    rows.add_row({std::to_string(each->id), std::to_string(each->study), each->uid});
  add(statements, kInstances, rows);
}

void add_commitments(std::vector<Statement>& statements, const Book& book) {
  static const std::string kCommitments = upsert("commitment", 1,
                                                 {{"id", "bigint"},
                                                  {"uid", "text"},
                                                  {"calling", "text"},
                                                  {"outlet", "text"},
                                                  {"study", "bigint"},
                                                  {"answered", "boolean"}});
  ColumnArrays rows(6);
  for (const Commitment* each : book.commitments.changed())
    rows.add_row({std::to_string(each->id), each->uid, each->calling, each->outlet, std::to_string(each->study),
                  each->is_answered ? "t" : "f"});
  add(statements, kCommitments, rows);
}

void add_questions(std::vector<Statement>& statements, const Book& book) {
  static const std::string kQuestions =
      upsert("question", 1,
             {{"id", "bigint"}, {"message", "bigint"}, {"record", "text"}, {"text", "text"}, {"open", "boolean"}});
  ColumnArrays rows(5);
  for (const Question* each : book.questions.changed())
    rows.add_row(
        {std::to_string(each->id), std::to_string(each->message), each->record, each->text, each->open ? "t" : "f"});
  add(statements, kQuestions, rows);
}

void add_sequence_links(std::vector<Statement>& statements, const Book& book) {
  static const std::string kLinks =
      upsert("sequence_link", 1, {{"sender", "bigint"}, {"last", "bigint"}, {"last_was_refused", "boolean"}});
  ColumnArrays rows(3);
  for (const SequenceLink* each : book.sequence_links.changed())
    rows.add_row({std::to_string(each->id), std::to_string(each->last), each->last_was_refused ? "t" : "f"});
  add(statements, kLinks, rows);
}

void add_awaited_answers(std::vector<Statement>& statements, const Book& book) {
  static const std::string kAnswers =
      upsert("awaited_answer", 1,
             {{"id", "bigint"}, {"message", "bigint"}, {"outlet", "text"}, {"since", "timestamptz"}, {"code", "text"}});
  ColumnArrays rows(5);
  for (const AwaitedAnswer* each : book.awaited_answers.changed())
    rows.add_row(
        {std::to_string(each->id), std::to_string(each->message), each->outlet, to_rfc3339(each->since), each->code});
  add(statements, kAnswers, rows);
}

}  // namespace

std::vector<Statement> write_records(const Book& book) {
  std::vector<Statement> statements;
  add_patients(statements, book);
  add_orders(statements, book);
  add_steps(statements, book);
  add_reports(statements, book);
  add_studies(statements, book);
  add_performed_steps(statements, book);
  add_instances(statements, book);
  add_commitments(statements, book);
  add_questions(statements, book);
  add_sequence_links(statements, book);
  add_awaited_answers(statements, book);
  return statements;
}

}  // namespace pons
