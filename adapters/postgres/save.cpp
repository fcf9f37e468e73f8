#include "adapters/postgres/save.h"

#include "adapters/postgres/receipt_json.h"
#include "engine/base/digest.h"
#include "engine/base/time.h"

namespace pons {

namespace {

/// The columns of a set-based upsert, each an array literal.
class ColumnArrays {
 public:
  explicit ColumnArrays(std::size_t columns) : columns_(columns) {}
  void add_row(std::vector<std::string> row) {
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].push_back(std::move(row[i]));
  }
  bool empty() const { return columns_.front().empty(); }
  std::vector<std::string> parameters() const {
    std::vector<std::string> all;
    for (const auto& column : columns_) all.push_back(array_of(column));
    return all;
  }

 private:
  std::vector<std::vector<std::string>> columns_;
};

void run(Connection& connection, const char* sql, const ColumnArrays& columns) {
  if (!columns.empty()) connection.run(sql, columns.parameters());
}

void save_patients(Connection& connection, const Book& book) {
  ColumnArrays patients(6), identifiers(5);
  for (const Patient* each : book.patients.changed()) {
    const std::string id = std::to_string(each->id);
    patients.add_row(
        {id, each->name, each->birth_date, each->sex, each->address, std::to_string(each->merged_into.value_or(0))});
    for (std::size_t i = 0; i < each->identifiers.size(); ++i) {
      const Identifier& identifier = each->identifiers[i];
      identifiers.add_row({identifier.authority, identifier.value, identifier.type, id, std::to_string(i)});
    }
  }
  run(connection,
      "INSERT INTO patient SELECT id::bigint, n, b, s, a, nullif(m::bigint, 0) FROM"
      " unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) r(id, n, b, s, a, m)"
      " ON CONFLICT (id) DO UPDATE SET name = excluded.name, birth_date = excluded.birth_date, sex = excluded.sex,"
      " address = excluded.address, merged_into = excluded.merged_into",
      patients);
  run(connection,
      "INSERT INTO patient_identifier SELECT a, v, t, p::bigint, n::int FROM"
      " unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) r(a, v, t, p, n)"
      " ON CONFLICT (authority, value) DO UPDATE SET type = excluded.type, patient = excluded.patient,"
      " position = excluded.position",
      identifiers);
}

void save_orders(Connection& connection, const Book& book) {
  ColumnArrays orders(10);
  for (const Order* each : book.orders.changed())
    orders.add_row({std::to_string(each->id), std::to_string(each->patient), each->placer.value, each->placer.authority,
                    each->filler.value, each->filler.authority, each->accession.value, each->accession.authority,
                    each->study_uid, each->requested_procedure_id});
  run(connection,
      "INSERT INTO imaging_order SELECT id::bigint, p::bigint, pl, pla, fi, fia, ac, aca, st, rp FROM"
      " unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
      " $9::text[], $10::text[]) r(id, p, pl, pla, fi, fia, ac, aca, st, rp)"
      " ON CONFLICT (id) DO UPDATE SET patient = excluded.patient, placer = excluded.placer,"
      " placer_authority = excluded.placer_authority, filler = excluded.filler,"
      " filler_authority = excluded.filler_authority, accession = excluded.accession,"
      " accession_authority = excluded.accession_authority, study_uid = excluded.study_uid,"
      " requested_procedure_id = excluded.requested_procedure_id",
      orders);
}

void save_steps(Connection& connection, const Book& book) {
  ColumnArrays steps(10);
  for (const Step* each : book.steps.changed())
    steps.add_row({std::to_string(each->id), std::to_string(each->order), each->step_id, to_text(each->status),
                   each->modality, array_of(each->stations), each->start_date, each->start_time,
                   each->performing_physician, each->item});
  run(connection,
      "INSERT INTO scheduled_step SELECT id::bigint, o::bigint, si, s, m, st::text[], d, t, p, i FROM"
      " unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
      " $9::text[], $10::text[]) r(id, o, si, s, m, st, d, t, p, i)"
      " ON CONFLICT (id) DO UPDATE SET status = excluded.status, modality = excluded.modality,"
      " stations = excluded.stations, start_date = excluded.start_date, start_time = excluded.start_time,"
      " performing_physician = excluded.performing_physician, item = excluded.item",
      steps);
}

void save_identities(Connection& connection, const std::vector<Subject>& subjects,
                     const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) {
  ColumnArrays keys(6);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (!decisions[i] || subjects[i].identity.empty()) continue;
    keys.add_row({std::to_string(key64(subjects[i].identity.sender)), bytea(subjects[i].identity.bytes_hash),
                  std::to_string(envelopes[i].message), to_rfc3339(envelopes[i].arrived),
                  to_json(decisions[i]->receipt), decisions[i]->receipt.took_effect() ? "t" : "f"});
  }
  run(connection,
      "INSERT INTO journal_key SELECT s::bigint, b::bytea, m::bigint, a::timestamptz, r, t::boolean FROM"
      " unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) r(s, b, m, a, r, t)"
      " ON CONFLICT (sender, bytes_hash) DO UPDATE SET message = excluded.message, arrived = excluded.arrived,"
      " receipt = excluded.receipt, took_effect = excluded.took_effect",
      keys);
}

}  // namespace

void save_records(Connection& connection, const Book& book) {
  save_patients(connection, book);
  save_orders(connection, book);
  save_steps(connection, book);
}

void save_journal(Connection& connection, const std::vector<Subject>& subjects, const std::vector<Envelope>& envelopes,
                  const std::vector<std::optional<Decision>>& decisions, const std::vector<bool>& reused) {
  CopyText journal, trace, change;
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    if (!decisions[i]) continue;
    const Envelope& envelope = envelopes[i];
    journal.add(envelope.message).add(to_rfc3339(envelope.arrived)).add(to_text(envelope.kind)).add(envelope.inlet);
    journal.add(envelope.peer).add(bytea(*envelope.bytes)).add(to_text(decisions[i]->receipt.outcome));
    journal.add(std::string_view(reused[i] ? "t" : "f")).end_row();
    trace.add(envelope.message).add(decisions[i]->trace).end_row();
    for (const Change& each : decisions[i]->changes)
      change.add(envelope.message).add(each.record).add(each.id).add(each.action).add(each.evidence).end_row();
  }
  if (journal.empty()) return;
  save_identities(connection, subjects, envelopes, decisions);
  connection.copy("COPY journal FROM STDIN", journal.text());
  connection.copy("COPY trace FROM STDIN", trace.text());
  if (!change.empty()) connection.copy("COPY change FROM STDIN", change.text());
}

}  // namespace pons
