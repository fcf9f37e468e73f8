#include "adapters/postgres/named.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "engine/base/text.h"

namespace pons {

namespace {

// Each gives (kind, id, patient). "?" and "??" stand for the arrays of values and of authorities. One each, so that
// each uses its index.
constexpr const char* kByIdentifier =
    "SELECT 'patient', i.patient, i.patient FROM unnest(?::text[], ??::text[]) k(v, a)"
    " JOIN patient_identifier i ON i.value = v AND i.authority = a";
constexpr const char* kByPlacer =
    "SELECT 'order', o.id, o.patient FROM unnest(?::text[], ??::text[]) k(v, a)"
    " JOIN imaging_order o ON o.placer = v AND o.placer_authority = a AND o.placer <> ''";
constexpr const char* kByFiller =
    "SELECT 'order', o.id, o.patient FROM unnest(?::text[], ??::text[]) k(v, a)"
    " JOIN imaging_order o ON o.filler = v AND o.filler_authority = a AND o.filler <> ''";
// A report brings its order along.
constexpr const char* kReports =
    "SELECT n.kind, n.id, r.patient FROM unnest(?::text[], ??::text[]) k(v, a)"
    " JOIN report r ON r.filler = v AND r.filler_authority = a"
    " CROSS JOIN LATERAL (VALUES ('report', r.id), ('order', r.imaging_order)) n(kind, id)";
// Modalities say an accession without its authority: it finds all that have it, and the rules choose.
constexpr const char* kByAccession =
    "SELECT 'order', o.id, o.patient FROM unnest(?::text[], ??::text[]) k(v, a)"
    " JOIN imaging_order o ON o.accession = v AND (a = '' OR o.accession_authority = a)";
constexpr const char* kStudiesByAccession =
    "SELECT 'study', s.id, s.patient FROM unnest(?::text[], ??::text[]) k(v, a)"
    " JOIN study s ON s.accession = v AND (a = '' OR s.accession_authority = a)";
constexpr const char* kByStudy =
    "SELECT 'order', o.id, o.patient FROM unnest(?::text[]) k(v) JOIN imaging_order o ON o.study_uid = v";
constexpr const char* kStudies =
    "SELECT 'study', s.id, s.patient FROM unnest(?::text[]) k(v) JOIN study s ON s.study_uid = v";
// A performed step brings along the orders of its scheduled steps, their other performed steps, and the studies.
constexpr const char* kPerformed =
    "SELECT 'performed', m.id, m.patient FROM unnest(?::text[]) k(v) JOIN performed_step m ON m.uid = v";
constexpr const char* kOfPerformed =
    "SELECT n.kind, n.id, n.patient FROM unnest(?::text[]) k(v) JOIN performed_step m ON m.uid = v"
    " CROSS JOIN LATERAL ("
    "SELECT 'order', o.id, o.patient FROM unnest(m.steps) step JOIN scheduled_step s ON s.id = step"
    " JOIN imaging_order o ON o.id = s.imaging_order"
    " UNION ALL SELECT 'study', y.id, y.patient FROM unnest(m.steps) step JOIN scheduled_step s ON s.id = step"
    " JOIN imaging_order o ON o.id = s.imaging_order JOIN study y ON y.study_uid = o.study_uid"
    " UNION ALL SELECT 'study', y.id, y.patient FROM study y WHERE y.study_uid = m.study_uid"
    " UNION ALL SELECT 'order', o.id, o.patient FROM imaging_order o WHERE o.study_uid = m.study_uid"
    " UNION ALL SELECT 'performed', x.id, x.patient FROM performed_step x WHERE x.steps && m.steps"
    ") n(kind, id, patient)";

// A storage commitment brings along its study and the study's order.
constexpr const char* kOfCommitment =
    "SELECT n.kind, n.id, n.patient FROM unnest(?::text[]) k(v) JOIN commitment c ON c.uid = v"
    " JOIN study s ON s.id = c.study"
    " CROSS JOIN LATERAL (SELECT 'study', s.id, s.patient"
    " UNION ALL SELECT 'order', o.id, o.patient FROM imaging_order o WHERE o.id = s.imaging_order)"
    " n(kind, id, patient)";

/// Puts together the parts that have keys, and their parameters.
class Parts {
 public:
  void add(std::initializer_list<const char*> parts, const std::vector<Subject>& subjects,
           std::vector<Identifier> Subject::*member) {
    std::vector<std::string> values, authorities;
    for (const Subject& subject : subjects)
      for (const Identifier& each : subject.*member) {
        if (each.empty()) continue;
        values.push_back(each.value);
        authorities.push_back(each.authority);
      }
    if (values.empty()) return;
    const std::string first = parameter(array_of(values)), second = parameter(array_of(authorities));
    for (const char* each : parts) join(replace_all(replace_all(each, "??", second), "?", first));
  }

  void add(std::initializer_list<const char*> parts, const std::vector<Subject>& subjects,
           std::vector<std::string> Subject::*member) {
    std::vector<std::string> values;
    for (const Subject& subject : subjects)
      values.insert(values.end(), (subject.*member).begin(), (subject.*member).end());
    if (values.empty()) return;
    const std::string first = parameter(array_of(values));
    for (const char* each : parts) join(replace_all(each, "?", first));
  }

  std::vector<Statement> statements() const {
    if (sql_.empty()) return {};
    return {{"WITH RECURSIVE named(kind, id, patient) AS MATERIALIZED (" + sql_ +
                 "), led(id) AS (SELECT patient FROM named WHERE patient <> 0"
                 " UNION SELECT p.merged_into FROM led JOIN patient p ON p.id = led.id WHERE p.merged_into IS NOT NULL)"
                 " SELECT kind, id FROM named WHERE kind <> 'patient' UNION SELECT 'patient', id FROM led",
             parameters_}};
  }

 private:
  std::string parameter(std::string value) {
    parameters_.push_back(std::move(value));
    return '$' + std::to_string(parameters_.size());
  }
  void join(const std::string& part) { sql_ += (sql_.empty() ? "" : " UNION ALL ") + part; }

  std::string sql_;
  std::vector<std::string> parameters_;
};

std::set<std::int64_t> minus(const std::set<std::int64_t>& these, const std::set<std::int64_t>& those) {
  std::set<std::int64_t> rest;
  std::set_difference(these.begin(), these.end(), those.begin(), those.end(), std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

void Named::add(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    const std::string kind = rows.text(row, 0);
    auto& ids = kind == "patient"  ? patients
                : kind == "order"  ? orders
                : kind == "report" ? reports
                : kind == "study"  ? studies
                                   : performed_steps;
    ids.insert(rows.number(row, 1));
  }
}

Named Named::beyond(const Named& other) const {
  return {minus(patients, other.patients), minus(orders, other.orders), minus(reports, other.reports),
          minus(studies, other.studies), minus(performed_steps, other.performed_steps)};
}

std::vector<Statement> find_named(const std::vector<Subject>& subjects) {
  Parts parts;
  parts.add({kByIdentifier}, subjects, &Subject::patients);
  parts.add({kByPlacer}, subjects, &Subject::placers);
  parts.add({kByFiller, kReports}, subjects, &Subject::fillers);
  parts.add({kByAccession, kStudiesByAccession}, subjects, &Subject::accessions);
  parts.add({kByStudy, kStudies}, subjects, &Subject::studies);
  parts.add({kPerformed, kOfPerformed}, subjects, &Subject::performed_steps);
  parts.add({kOfCommitment}, subjects, &Subject::commitments);
  return parts.statements();
}

Statement find_of_patients(const std::set<std::int64_t>& patients) {
  return {
      "SELECT 'order', id FROM imaging_order WHERE patient = ANY($1::bigint[])"
      " UNION ALL SELECT 'report', id FROM report WHERE patient = ANY($1::bigint[])"
      " UNION ALL SELECT 'study', id FROM study WHERE patient = ANY($1::bigint[])"
      " UNION ALL SELECT 'performed', id FROM performed_step WHERE patient = ANY($1::bigint[])",
      {array_of(std::vector<std::int64_t>(patients.begin(), patients.end()))}};
}

}  // namespace pons
