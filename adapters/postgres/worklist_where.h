#pragma once

#include <string>
#include <vector>

#include "engine/ports/worklist.h"

namespace pons {

/// What a worklist query asks for, over scheduled_step s, imaging_order o, patient p and its first patient_identifier
/// i. The columns narrow first; what else table K.6-1 has is matched inside the item's JSON. Values never become SQL.
class WorklistWhere {
 public:
  explicit WorklistWhere(const WorklistQuery& query);

  /// " AND …", with $1 for the first of values().
  const std::string& sql() const { return sql_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  void add(const std::string& condition) { sql_ += " AND " + condition; }
  std::string parameter(std::string value);

  std::string matches(KeyMatching matching, const std::string& text, const std::vector<std::string>& values);
  std::string matches_text(const std::string& text, const std::vector<std::string>& values);
  std::string matches_name(const std::string& name, const std::vector<std::string>& values);
  std::string matches_words(const std::string& name, const std::string& key);
  std::string matches_groups(const std::string& name, const std::string& key);
  std::string matches_date(const std::string& day, const std::vector<std::string>& sides);
  std::string matches_number(const std::string& text, const std::vector<std::string>& values);
  std::string matches_time(const std::string& text, const std::vector<std::string>& sides);

  void add_stations(const WorklistQuery& query);
  void add_start(const StartRange& start);
  void add_item_text(const std::vector<std::string>& values);
  void add_item_keys(const WorklistQuery& query);

  const bool fuzzy_names_;
  std::string sql_;
  std::vector<std::string> values_;
};

}  // namespace pons
