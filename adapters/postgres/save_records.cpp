#include "adapters/postgres/save_records.h"

#include <string>

#include "adapters/postgres/series_json.h"
#include "adapters/postgres/table_rows.h"
#include "engine/json/value.h"
#include "engine/records/performed_match.h"

namespace pons {

namespace {

/// Where an id is a digest, a row that was not loaded may be there all the same.
enum class Ids { given_once, digests };

/// `cells` gives the columns of a row.
template <class Row, class CellsOf>
void write(Writes& writes, const TableRows::Layout& layout, const Table<Row>& table, CellsOf&& cells,
           Ids ids = Ids::given_once) {
  TableRows rows(layout);
  for (const Row* each : table.changed()) rows.add(ids == Ids::given_once && !table.stored(each->id), cells(*each));
  rows.write(writes);
}

bool is_same(const Identifier& a, const Identifier& b) {
  return a == b && a.type == b.type;
}

void add_patients(Writes& writes, const Book& book) {
  static const TableRows::Layout kPatients("patient", 1,
                                           {{"id", "bigint"},
                                            {"name", "text"},
                                            {"birth_date", "text"},
                                            {"sex", "text"},
                                            {"address", "text"},
                                            {"merged_into", "bigint"}});
  static const TableRows::Layout kIdentifiers(
      "patient_identifier", 2,
      {{"authority", "text"}, {"value", "text"}, {"type", "text"}, {"patient", "bigint"}, {"position", "int"}});
  write(writes, kPatients, book.patients, [](const Patient& each) {
    return Cells{std::to_string(each.id),
                 each.name,
                 each.birth_date,
                 each.sex,
                 each.address,
                 each.merged_into ? Cell(std::to_string(*each.merged_into)) : Cell()};
  });
  TableRows identifiers(kIdentifiers);
  for (const Patient* each : book.patients.changed()) {
    const Patient* stored = book.patients.stored(each->id);
    for (std::size_t i = 0; i < each->identifiers.size(); ++i) {
      const Identifier& identifier = each->identifiers[i];
      if (stored && i < stored->identifiers.size() && is_same(stored->identifiers[i], identifier)) continue;
      identifiers.add(!stored, {identifier.authority, identifier.value, identifier.type, std::to_string(each->id),
                                std::to_string(i)});
    }
  }
  identifiers.write(writes);
}

void add_orders(Writes& writes, const Book& book) {
  static const TableRows::Layout kOrders("imaging_order", 1,
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
  write(writes, kOrders, book.orders, [](const Order& each) {
    return Cells{std::to_string(each.id), std::to_string(each.patient), each.placer.value,    each.placer.authority,
                 each.filler.value,       each.filler.authority,        each.accession.value, each.accession.authority,
                 each.study_uid,          each.requested_procedure_id};
  });
}

void add_steps(Writes& writes, const Book& book) {
  static const TableRows::Layout kSteps("scheduled_step", 1,
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
  write(writes, kSteps, book.steps, [](const Step& each) {
    return Cells{std::to_string(each.id),
                 std::to_string(each.order),
                 each.step_id,
                 to_text(each.status),
                 each.modality,
                 array_of(each.stations),
                 each.start_date,
                 each.start_time,
                 each.performing_physician,
                 each.item};
  });
}

void add_reports(Writes& writes, const Book& book) {
  static const TableRows::Layout kReports("report", 1,
                                          {{"id", "bigint"},
                                           {"patient", "bigint"},
                                           {"imaging_order", "bigint"},
                                           {"filler", "text"},
                                           {"filler_authority", "text"},
                                           {"status", "text"},
                                           {"version", "int"}});
  write(writes, kReports, book.reports, [](const Report& each) {
    return Cells{std::to_string(each.id), std::to_string(each.patient), std::to_string(each.order),  each.filler.value,
                 each.filler.authority,   to_text(each.status),         std::to_string(each.version)};
  });
}

void add_studies(Writes& writes, const Book& book) {
  static const TableRows::Layout kStudies("study", 1,
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
  write(writes, kStudies, book.studies, [](const Study& each) {
    return Cells{std::to_string(each.id), std::to_string(each.patient), std::to_string(each.order), each.study_uid,
                 each.accession.value,    each.accession.authority,     each.description,           each.started,
                 each.procedure.value,    each.procedure.authority,     to_json(each.series)};
  });
}

std::string study_uid_of(const PerformedStep& performed) {
  const auto dataset = json::Value::parse(performed.dataset);
  return dataset ? first_of(*dataset, "ScheduledStepAttributesSequence", "StudyInstanceUID") : "";
}

void add_performed_steps(Writes& writes, const Book& book) {
  static const TableRows::Layout kPerformed("performed_step", 1,
                                            {{"id", "bigint"},
                                             {"uid", "text"},
                                             {"status", "text"},
                                             {"patient", "bigint"},
                                             {"steps", "bigint[]"},
                                             {"study_uid", "text"},
                                             {"dataset", "text"}});
  write(writes, kPerformed, book.performed_steps, [](const PerformedStep& each) {
    return Cells{std::to_string(each.id), each.uid,           to_text(each.status), std::to_string(each.patient),
                 array_of(each.steps),    study_uid_of(each), each.dataset};
  });
}

void add_instances(Writes& writes, const Book& book) {
  static const TableRows::Layout kInstances("instance", 1, {{"id", "bigint"}, {"study", "bigint"}, {"uid", "text"}});
  write(writes, kInstances, book.instances, [](const Instance& each) {
    return Cells{std::to_string(each.id), std::to_string(each.study), each.uid};
  });
}

void add_commitments(Writes& writes, const Book& book) {
  static const TableRows::Layout kCommitments("commitment", 1,
                                              {{"id", "bigint"},
                                               {"uid", "text"},
                                               {"calling", "text"},
                                               {"outlet", "text"},
                                               {"study", "bigint"},
                                               {"answered", "boolean"}});
  write(writes, kCommitments, book.commitments, [](const Commitment& each) {
    return Cells{std::to_string(each.id),     each.uid, each.calling, each.outlet, std::to_string(each.study),
                 each.is_answered ? "t" : "f"};
  });
}

void add_questions(Writes& writes, const Book& book) {
  static const TableRows::Layout kQuestions(
      "question", 1,
      {{"id", "bigint"}, {"message", "bigint"}, {"record", "text"}, {"text", "text"}, {"open", "boolean"}});
  write(writes, kQuestions, book.questions, [](const Question& each) {
    return Cells{std::to_string(each.id), std::to_string(each.message), each.record, each.text, each.open ? "t" : "f"};
  });
}

void add_sequence_links(Writes& writes, const Book& book) {
  static const TableRows::Layout kLinks("sequence_link", 1,
                                        {{"sender", "bigint"}, {"last", "bigint"}, {"last_was_refused", "boolean"}});
  write(
      writes, kLinks, book.sequence_links,
      [](const SequenceLink& each) {
        return Cells{std::to_string(each.id), std::to_string(each.last), each.last_was_refused ? "t" : "f"};
      },
      Ids::digests);
}

void add_awaited_answers(Writes& writes, const Book& book) {
  static const TableRows::Layout kAnswers(
      "awaited_answer", 1,
      {{"id", "bigint"}, {"message", "bigint"}, {"outlet", "text"}, {"since", "timestamptz"}, {"code", "text"}});
  write(
      writes, kAnswers, book.awaited_answers,
      [](const AwaitedAnswer& each) {
        return Cells{std::to_string(each.id), std::to_string(each.message), each.outlet, to_rfc3339(each.since),
                     each.code};
      },
      Ids::digests);
}

}  // namespace

Writes write_records(const Book& book) {
  Writes writes;
  add_patients(writes, book);
  add_orders(writes, book);
  add_steps(writes, book);
  add_reports(writes, book);
  add_studies(writes, book);
  add_performed_steps(writes, book);
  add_instances(writes, book);
  add_commitments(writes, book);
  add_questions(writes, book);
  add_sequence_links(writes, book);
  add_awaited_answers(writes, book);
  return writes;
}

}  // namespace pons
