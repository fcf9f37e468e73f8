#include "adapters/postgres/load.h"

namespace pons {

namespace {

/// Identifiers of all subjects as two arrays.
struct Columns {
  std::vector<std::string> values, authorities;

  Columns(const std::vector<Subject>& subjects, std::vector<Identifier> Subject::*member) {
    for (const Subject& subject : subjects)
      for (const Identifier& each : subject.*member) {
        values.push_back(each.value);
        authorities.push_back(each.authority);
      }
  }
};

std::vector<std::string> parameters(const std::vector<Subject>& subjects) {
  std::vector<std::string> all;
  for (auto member : {&Subject::patients, &Subject::placers, &Subject::fillers, &Subject::accessions}) {
    const Columns columns(subjects, member);
    all.push_back(array_of(columns.values));
    all.push_back(array_of(columns.authorities));
  }
  std::vector<std::string> studies;
  for (const Subject& subject : subjects) studies.insert(studies.end(), subject.studies.begin(), subject.studies.end());
  all.push_back(array_of(studies));
  return all;
}

// $3 to $9: placers, fillers, accessions with their authorities, studies. Unions, so that each uses its index.
#define ORDERS_NAMED                                                                                      \
  "SELECT o.* FROM unnest($3::text[], $4::text[]) k(v, a) JOIN imaging_order o ON o.placer = v"           \
  " AND o.placer_authority = a AND o.placer <> ''"                                                        \
  " UNION SELECT o.* FROM unnest($5::text[], $6::text[]) k(v, a) JOIN imaging_order o ON o.filler = v"    \
  " AND o.filler_authority = a AND o.filler <> ''"                                                        \
  " UNION SELECT o.* FROM unnest($7::text[], $8::text[]) k(v, a) JOIN imaging_order o ON o.accession = v" \
  " AND o.accession_authority = a"                                                                        \
  " UNION SELECT o.* FROM unnest($9::text[]) k(v) JOIN imaging_order o ON o.study_uid = v"

constexpr const char* kPatientsNamed =
    "WITH RECURSIVE orders AS (" ORDERS_NAMED
    "), named AS (SELECT i.patient AS id FROM unnest($1::text[], $2::text[]) k(v, a)"
    " JOIN patient_identifier i ON i.value = v AND i.authority = a UNION SELECT patient FROM orders"
    " UNION SELECT p.merged_into FROM named JOIN patient p ON p.id = named.id WHERE p.merged_into IS NOT NULL)"
    " SELECT id FROM named";

constexpr const char* kOrders = ORDERS_NAMED " WHERE $1::text[] IS NOT NULL AND $2::text[] IS NOT NULL";

#undef ORDERS_NAMED

void load_patients(Connection& connection, const std::set<std::int64_t>& ids, Book& book) {
  const std::string list = array_of(std::vector<std::int64_t>(ids.begin(), ids.end()));
  const Rows rows = connection.run(
      "SELECT id, name, birth_date, sex, address, merged_into,"
      " ARRAY(SELECT value FROM patient_identifier WHERE patient = id ORDER BY position),"
      " ARRAY(SELECT authority FROM patient_identifier WHERE patient = id ORDER BY position),"
      " ARRAY(SELECT type FROM patient_identifier WHERE patient = id ORDER BY position)"
      " FROM patient WHERE id = ANY($1::bigint[])",
      {list});
  for (int row = 0; row < rows.size(); ++row) {
    Patient patient{rows.number(row, 0), {}, rows.text(row, 1), rows.text(row, 2), rows.text(row, 3),
                    rows.text(row, 4),   {}};
    if (!rows.is_null(row, 5)) patient.merged_into = rows.number(row, 5);
    const auto values = from_array(rows.text(row, 6)), authorities = from_array(rows.text(row, 7)),
               types = from_array(rows.text(row, 8));
    for (std::size_t i = 0; i < values.size(); ++i)
      patient.identifiers.push_back({values[i], authorities[i], types[i]});
    book.patients.load(std::move(patient));
  }
}

std::vector<std::int64_t> load_orders(Connection& connection, const std::vector<Subject>& subjects, Book& book) {
  std::vector<std::int64_t> ids;
  const Rows rows = connection.run(kOrders, parameters(subjects));
  for (int row = 0; row < rows.size(); ++row) {
    ids.push_back(rows.number(row, 0));
    book.orders.load({rows.number(row, 0),
                      rows.number(row, 1),
                      {rows.text(row, 2), rows.text(row, 3), {}},
                      {rows.text(row, 4), rows.text(row, 5), {}},
                      {rows.text(row, 6), rows.text(row, 7), {}},
                      rows.text(row, 8),
                      rows.text(row, 9)});
  }
  return ids;
}

void load_steps(Connection& connection, const std::vector<std::int64_t>& orders, Book& book) {
  const Rows rows = connection.run(
      "SELECT id, imaging_order, step_id, status, modality, stations, start_date, start_time, performing_physician, "
      "item"
      " FROM scheduled_step WHERE imaging_order = ANY($1::bigint[])",
      {array_of(orders)});
  for (int row = 0; row < rows.size(); ++row)
    book.steps.load({rows.number(row, 0), rows.number(row, 1), rows.text(row, 2), *step_status_from(rows.text(row, 3)),
                     rows.text(row, 4), from_array(rows.text(row, 5)), rows.text(row, 6), rows.text(row, 7),
                     rows.text(row, 8), rows.text(row, 9)});
}

}  // namespace

std::set<std::int64_t> resolve_patients(Connection& connection, const std::vector<Subject>& subjects) {
  const Rows rows = connection.run(kPatientsNamed, parameters(subjects));
  std::set<std::int64_t> ids;
  for (int row = 0; row < rows.size(); ++row) ids.insert(rows.number(row, 0));
  return ids;
}

void load_records(Connection& connection, const std::vector<Subject>& subjects, Book& book) {
  load_patients(connection, resolve_patients(connection, subjects), book);
  if (const auto orders = load_orders(connection, subjects, book); !orders.empty())
    load_steps(connection, orders, book);
}

}  // namespace pons
