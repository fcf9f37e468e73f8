#include "adapters/postgres/worklist_where.h"

#include <array>
#include <utility>

#include "adapters/postgres/connection.h"
#include "engine/base/text.h"

namespace pons {

namespace {

constexpr const char* kPatientName = "p.name";  // the column, which has an index of starts
constexpr std::string_view kStatus = "ScheduledProcedureStepSequence.ScheduledProcedureStepStatus";

/// The keys that have a column; "" for the others.
std::string column_of(std::string_view path) {
  static const std::map<std::string_view, const char*> columns{
      {"ScheduledProcedureStepSequence.Modality", "s.modality"},
      {kStatus, "s.status"},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepID", "s.step_id"},
      {"ScheduledProcedureStepSequence.ScheduledPerformingPhysicianName", "s.performing_physician"},
      {"AccessionNumber", "o.accession"},
      {"RequestedProcedureID", "o.requested_procedure_id"},
      {"StudyInstanceUID", "o.study_uid"},
      {"PlacerOrderNumberImagingServiceRequest", "o.placer"},
      {"FillerOrderNumberImagingServiceRequest", "o.filler"},
      {"PatientName", kPatientName},
      {"PatientBirthDate", "p.birth_date"},
      {"PatientSex", "p.sex"},
      {"PatientID", "i.value"},
      {"IssuerOfPatientID", "i.authority"}};
  const auto found = columns.find(path);
  return found == columns.end() ? "" : found->second;
}

bool has_wildcard(const std::string& key) {
  return key.find_first_of("*?") != std::string::npos;
}

std::string like_pattern(const std::string& key) {
  std::string pattern;
  for (const char c : key) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c == '*' ? '%' : c == '?' ? '_' : c;
  }
  return pattern;
}

/// folded(), component_group() and name_start() are functions of the schema.
std::string folded(const std::string& text) {
  return "folded(" + text + ')';
}

std::string component_group(const std::string& name, std::size_t number) {
  return "component_group(" + name + ", " + std::to_string(number) + ')';
}

constexpr std::string_view kBetweenWords = "^=,-";

/// The key of a component group, to be compared with component_group(): DOE and DOE^^ mean DOE^, DOE^* means DOE^ as
/// well.
/// "" for one that matches every group.
std::string group_pattern(std::string key) {
  const auto ends = [&key](std::string_view with) { return std::string_view(key).ends_with(with); };
  bool is_open = false;
  for (bool goes_on = true; goes_on;) {
    goes_on = ends("^") || ends(" ");
    if (goes_on) key.pop_back();
    if (!ends("^*")) continue;
    key.resize(key.size() - 2);
    goes_on = is_open = true;
  }
  if (key.find_first_not_of('*') == std::string::npos) return "";
  if (is_open) return like_pattern(key + "^*");
  return like_pattern(key.back() == '*' ? key : key + '^');
}

/// What a name has to start with to match a pattern of group_pattern(); "" where it starts with a wildcard.
std::string literal_start(const std::string& pattern) {
  std::string start;
  for (std::size_t i = 0; i < pattern.size() && pattern[i] != '%' && pattern[i] != '_'; ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    start += pattern[i];
  }
  return start;
}

/// What the indexes patient_name_start know. The planner knows from them how many names start so; it must not guess
/// that the exact comparison beside it leaves hardly any, or it prefers a name to a better key: hence that coalesce().
std::string starts(const std::string& name, std::size_t number, const std::string& begin) {
  return "name_start(" + name + ", " + std::to_string(number) + ") ^@ left(" + begin + ", 500)";
}

/// "A.B.C" → "A.B" and "C"; "C" → "" and "C".
std::pair<std::string, std::string> parent_and_member(const std::string& path) {
  const auto dot = path.rfind('.');
  if (dot == std::string::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

/// A sequence as a JSON path. A step has one item of its own.
std::string json_path(const std::string& parent) {
  if (parent.empty()) return "$";
  std::string path = "$";
  for (const auto each : split(parent, '.'))
    path += '.' + std::string(each) + (each == "ScheduledProcedureStepSequence" ? "[0]" : "[*]");
  return path;
}

/// The longest part of a key that a JSON text, where it has no escapes, holds as it is.
std::string literal_part(const std::string& key) {
  std::string longest, part;
  for (const char c : key + '*') {
    if (c != '*' && c != '?' && c != '"' && c != '\\' && c != '/' && static_cast<unsigned char>(c) >= 0x20) {
      part += c;
      continue;
    }
    if (part.size() > longest.size()) longest = part;
    part.clear();
  }
  return longest;
}

std::string any_of(const std::vector<std::string>& conditions) {
  std::string sql = "(";
  for (const std::string& each : conditions) sql += (sql.size() > 1 ? " OR " : "") + each;
  return sql + ')';
}

}  // namespace

WorklistWhere::WorklistWhere(const WorklistQuery& query) : fuzzy_names_(query.fuzzy_names) {
  if (!query.keys.contains(kStatus)) add("s.status IN ('SCHEDULED', 'ARRIVED', 'READY')");
  if (!query.visible_modalities.empty()) add(matches_text("s.modality", query.visible_modalities));
  if (!query.visible_stations.empty())
    add("(s.stations && " + parameter(array_of(query.visible_stations)) + "::text[] OR s.stations = '{}')");
  for (const auto& [path, values] : query.keys)
    if (const std::string column = column_of(path); !column.empty())
      if (const std::string condition = matches(worklist_key(path)->matching, column, values); !condition.empty())
        add(condition);
  add_stations(query);
  add_start(query.start);
  add_item_keys(query);
}

std::string WorklistWhere::parameter(std::string value) {
  values_.push_back(std::move(value));
  return '$' + std::to_string(values_.size());
}

// "" where the key matches everything.
std::string WorklistWhere::matches(KeyMatching matching, const std::string& text,
                                   const std::vector<std::string>& values) {
  switch (matching) {
    case KeyMatching::text:
    case KeyMatching::code:
      return matches_text(text, values);
    case KeyMatching::uid:
      return text + " = ANY(" + parameter(array_of(values)) + "::text[])";
    case KeyMatching::name:
      return matches_name(text, values);
    case KeyMatching::date:
      return matches_date(text, values);
    case KeyMatching::number:
      return matches_number(text, values);
    case KeyMatching::time:
      return matches_time(text, values);
    case KeyMatching::start:
      break;
  }
  return "";
}

std::string WorklistWhere::matches_text(const std::string& text, const std::vector<std::string>& values) {
  std::vector<std::string> exact, patterns, conditions;
  for (const std::string& each : values)
    has_wildcard(each) ? patterns.push_back(like_pattern(each)) : exact.push_back(each);
  if (exact.size() == 1) conditions.push_back(text + " = " + parameter(exact.front()));
  if (exact.size() > 1) conditions.push_back(text + " = ANY(" + parameter(array_of(exact)) + "::text[])");
  if (!patterns.empty()) conditions.push_back(text + " LIKE ANY(" + parameter(array_of(patterns)) + "::text[])");
  return any_of(conditions);
}

std::string WorklistWhere::matches_name(const std::string& name, const std::vector<std::string>& values) {
  std::vector<std::string> conditions;
  for (const std::string& each : values) {
    std::string condition = fuzzy_names_ ? matches_words(name, each) : matches_groups(name, each);
    if (condition.empty()) return "";
    conditions.push_back(std::move(condition));
  }
  return any_of(conditions);
}

// Each word of the key is the start of a word of the name, whatever group and component either stands in.
std::string WorklistWhere::matches_words(const std::string& name, const std::string& key) {
  const std::string words = "' ' || translate(" + folded(name) + ", '" + std::string(kBetweenWords) + "', '" +
                            std::string(kBetweenWords.size(), ' ') + "')";
  std::string spaced = key, sql;
  for (char& c : spaced)
    if (kBetweenWords.find(c) != std::string_view::npos) c = ' ';
  for (const auto word : split(spaced, ' ')) {
    if (word.find_first_not_of('*') == std::string_view::npos) continue;
    const std::string pattern = "% " + like_pattern(std::string(word)) + '%';
    sql += (sql.empty() ? "" : " AND ") + words + " LIKE " + folded(parameter(pattern) + "::text");
  }
  return sql.empty() ? "" : '(' + sql + ')';
}

// A key of one group finds whoever has it in any of his: a modality that knows no ideographs sends the alphabetic
// group, one that was typed on sends what its operator sees. Of several groups each matches its own.
std::string WorklistWhere::matches_groups(const std::string& name, const std::string& key) {
  const auto groups = split(key, '=');
  std::string sql;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string pattern = group_pattern(std::string(groups[i]));
    if (pattern.empty()) continue;
    const std::string like = folded(parameter(pattern) + "::text"), start = literal_start(pattern);
    const std::string begin = name != kPatientName || start.empty() ? "" : folded(parameter(start) + "::text");
    const auto is_like = [&](std::size_t number) {
      const std::string exact = folded(component_group(name, number)) + " LIKE " + like;
      return begin.empty() ? exact : starts(name, number, begin) + " AND coalesce(" + exact + ", false)";
    };
    const std::string has_groups = "strpos(" + name + ", '=') > 0";
    if (!sql.empty()) sql += " AND ";
    sql += groups.size() == 1 ? '(' + is_like(1) + " OR " + has_groups + " AND " + is_like(2) + " OR " + has_groups +
                                    " AND " + is_like(3) + ')'
                              : is_like(i + 1);
  }
  return sql.empty() ? "" : '(' + sql + ')';
}

std::string WorklistWhere::matches_date(const std::string& day, const std::vector<std::string>& sides) {
  std::string sql = day + " <> ''";
  if (!sides.front().empty()) sql += " AND " + day + " >= " + parameter(sides.front());
  if (!sides.back().empty()) sql += " AND " + day + " <= " + parameter(sides.back());
  return '(' + sql + ')';
}

// What is no number matches none.
std::string WorklistWhere::matches_number(const std::string& text, const std::vector<std::string>& values) {
  return "CASE WHEN " + text + R"( ~ '^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?\s*$' THEN )" + text +
         "::numeric = ANY(" + parameter(array_of(values)) + "::text[]::numeric[]) ELSE false END";
}

// To the second; what is less precise counts from its beginning, as a step's start.
std::string WorklistWhere::matches_time(const std::string& text, const std::vector<std::string>& sides) {
  const std::string time = "rpad(left(" + text + ", 6), 6, '0')";
  std::string sql = text + " <> ''";
  if (!sides.front().empty()) sql += " AND " + time + " >= " + parameter(sides.front());
  if (!sides.back().empty()) sql += " AND " + time + " <= " + parameter(sides.back());
  return '(' + sql + ')';
}

void WorklistWhere::add_stations(const WorklistQuery& query) {
  if (query.stations.empty()) return;
  std::vector<std::string> exact, patterns, conditions;
  for (const std::string& each : query.stations)
    has_wildcard(each) ? patterns.push_back(like_pattern(each)) : exact.push_back(each);
  if (!exact.empty()) conditions.push_back("s.stations && " + parameter(array_of(exact)) + "::text[]");
  if (!patterns.empty())
    conditions.push_back("EXISTS (SELECT FROM unnest(s.stations) station WHERE station LIKE ANY(" +
                         parameter(array_of(patterns)) + "::text[]))");
  conditions.push_back("(s.stations = '{}' AND s.modality = ANY(" + parameter(array_of(query.station_modalities)) +
                       "::text[]))");
  add(any_of(conditions));
}

// A step without time counts from the start of its day.
void WorklistWhere::add_start(const StartRange& start) {
  const std::string time = "rpad(s.start_time, 6, '0')", both = "s.start_date || " + time;
  const auto limit = [&](const char* compare, const std::string& date, const std::string& at) {
    if (!date.empty()) add("s.start_date" + (compare + parameter(date)));
    if (at.empty()) return;
    if (start.each_day)
      add(time + compare + parameter(at));
    else if (!date.empty())
      add(both + compare + parameter(date + at));
  };
  limit(" >= ", start.first_date, start.first_time);
  limit(" <= ", start.last_date, start.last_time);
}

// To look for a text costs much less than to read the JSON. What has an escape is read in any case.
void WorklistWhere::add_item_text(const std::vector<std::string>& values) {
  std::vector<std::string> conditions{"strpos(s.item, '\\') > 0"};
  for (const std::string& each : values) {
    const std::string part = literal_part(each);
    if (part.empty()) return;
    conditions.push_back("strpos(s.item, " + parameter(part) + ") > 0");
  }
  add(any_of(conditions));
}

// The keys of one sequence match in one and the same item of it (PS3.4 C.2.2.2.6). PostgreSQL's jsonb holds no NUL:
// what cannot be read matches nothing.
void WorklistWhere::add_item_keys(const WorklistQuery& query) {
  std::map<std::string, std::string> by_sequence;
  for (const auto& [path, values] : query.keys) {
    const WorklistKey* key = worklist_key(path);
    if (!key || !column_of(path).empty()) continue;
    const std::string condition = matches(key->matching, "(value #>> '{}')", values);
    if (condition.empty()) continue;
    if (key->matching == KeyMatching::text || key->matching == KeyMatching::uid) add_item_text(values);
    const auto [parent, member] = parent_and_member(path);
    by_sequence[parent] +=
        " AND EXISTS (SELECT FROM jsonb_path_query(item, '$." + member + "[*]') value WHERE " + condition + ')';
  }
  for (const auto& [parent, conditions] : by_sequence)
    add("CASE WHEN s.item LIKE '{%' AND strpos(s.item, '\\u0000') = 0 THEN EXISTS (SELECT FROM "
        "jsonb_path_query(s.item::jsonb, '" +
        json_path(parent) + "') item WHERE true" + conditions + ") ELSE false END");
}

}  // namespace pons
