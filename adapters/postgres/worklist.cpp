#include "adapters/postgres/worklist.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

#include "engine/base/text.h"

namespace pons {

namespace {

/// Conditions and their parameters; values never become SQL.
class Where {
 public:
  void add(const std::string& condition, std::string value) {
    values_.push_back(std::move(value));
    sql_ += " AND " + replace_all(condition, "?", "$" + std::to_string(values_.size()));
  }
  void add(const std::string& condition) { sql_ += " AND " + condition; }
  /// DICOM wildcards (PS3.4 C.2.2.2.4): * any text, ? any character. Without one: equality.
  void add_text(const std::string& column, const std::string& key) {
    if (key.empty() || key == "*") return;
    if (key.find_first_of("*?") == std::string::npos) return add(column + " = ?", key);
    add(column + " LIKE ?", like_pattern(key));
  }
  /// Names match without regard to case, and trailing ^ say nothing (PS3.4 C.2.2.2.1).
  void add_name(const std::string& column, std::string key) {
    while (!key.empty() && key.back() == '^') key.pop_back();
    // PostgreSQL folds both sides, so that letters beyond ASCII fold alike.
    if (key.empty() || key == "*") return;
    add("upper(" + column + ") LIKE upper(?)", like_pattern(key));
  }
  void add_list(const std::string& column, const std::vector<std::string>& values) {
    if (!values.empty()) add(column + " = ANY(?::text[])", array_of(values));
  }

  void add_stations(const WorklistQuery& query) {
    values_.push_back(array_of(query.stations));
    values_.push_back(array_of(query.station_modalities));
    sql_ += " AND (s.stations && $" + std::to_string(values_.size() - 1) +
            "::text[] OR (s.stations = '{}' AND s.modality" + " = ANY($" + std::to_string(values_.size()) +
            "::text[])))";
  }

  const std::string& sql() const { return sql_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  static std::string like_pattern(const std::string& key) {
    std::string pattern;
    for (const char c : key) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c == '*' ? '%' : c == '?' ? '_' : c;
    }
    return pattern;
  }

  std::string sql_;
  std::vector<std::string> values_;
};

// Dates and times are one interval (PS3.4 K.6.1.2.2); a step without time counts from the start of its day.
void add_range(Where& where, const StartRange& range) {
  if (!range.first_date.empty()) {
    where.add("s.start_date >= ?", range.first_date);
    if (!range.first_time.empty()) where.add("s.start_date || s.start_time >= ?", range.first_date + range.first_time);
  } else if (!range.first_time.empty()) {
    where.add("s.start_time >= ?", range.first_time);
  }
  if (!range.last_date.empty()) {
    where.add("s.start_date <= ?", range.last_date);
    if (!range.last_time.empty()) where.add("s.start_date || s.start_time <= ?", range.last_date + range.last_time);
  } else if (!range.last_time.empty()) {
    where.add("s.start_time <= ?", range.last_time);
  }
}

Where conditions(const WorklistQuery& query) {
  Where where;
  if (query.statuses.empty())
    where.add("s.status IN ('SCHEDULED', 'ARRIVED', 'READY')");
  else
    where.add_list("s.status", query.statuses);
  where.add_list("s.modality", query.modalities);
  if (!query.stations.empty()) where.add_stations(query);
  add_range(where, query.start);
  where.add_text("s.step_id", query.scheduled_procedure_step_id);
  where.add_name("s.performing_physician", query.scheduled_performing_physician);
  where.add_text("o.accession", query.accession_number);
  where.add_text("o.requested_procedure_id", query.requested_procedure_id);
  where.add_list("o.study_uid", query.study_instance_uids);
  where.add_name("p.name", query.patient_name);
  where.add_text("i.value", query.patient_id);
  where.add_text("i.authority", query.issuer_of_patient_id);
  return where;
}

std::string patient_json(const Rows& row) {
  constexpr std::array<const char*, 5> kKeywords{"PatientName", "PatientBirthDate", "PatientSex", "PatientID",
                                                 "IssuerOfPatientID"};
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  json.StartObject();
  for (std::size_t i = 0; i < kKeywords.size(); ++i) {
    const std::string value = row.text(0, static_cast<int>(i) + 1);
    json.Key(kKeywords[i]);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

/// The matches of one query, piece by piece. Its connection is given back with the last row, so that a modality that
/// reads slowly holds one only while more is to come; it is closed when somebody stops before.
class Matches {
 public:
  Matches(Pool& pool, const std::string& sql, const std::vector<std::string>& values)
      : pool_(pool), connection_(pool.take()) {
    connection_->send(sql, values);
  }

  /// Empty: there are no more.
  std::vector<WorklistItem> next() {
    std::vector<WorklistItem> piece;
    while (connection_ && piece.size() < kPiece) {
      if (const auto row = connection_->receive())
        piece.push_back({row->text(0, 0), patient_json(*row)});
      else
        pool_.give_back(std::move(connection_));
    }
    return piece;
  }

 private:
  static constexpr std::size_t kPiece = 100;

  Pool& pool_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

void PostgresWorklist::find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) {
  const Where where = conditions(query);
  const std::string sql =
      "SELECT s.item, p.name, p.birth_date, p.sex, i.value, i.authority FROM scheduled_step s"
      " JOIN imaging_order o ON o.id = s.imaging_order JOIN patient p ON p.id = o.patient"
      " JOIN patient_identifier i ON i.patient = p.id AND i.position = 0 WHERE true" +
      where.sql() + " ORDER BY s.start_date, s.start_time, s.id" +
      (query.limit ? " LIMIT " + std::to_string(query.limit) : "");
  Matches matches(pool_, sql, where.values());
  for (auto piece = matches.next(); !piece.empty(); piece = matches.next())
    for (const WorklistItem& each : piece)
      if (!take(each)) return;
}

}  // namespace pons
