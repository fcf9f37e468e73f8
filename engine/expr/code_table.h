#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/node.h"

namespace pons {

/// `table:` of mappings/*.yaml: codes of one side to codes of the other. Immutable.
///
/// A row fits when each of its keys is `*`, or equals the key asked for; `""` fits an absent key, which fits `*` too.
/// The row with the most equal keys wins; of equal ones the later.
class CodeTable {
 public:
  /// Findings for unknown keys, rows of the wrong width, two rows with the same keys, and values that the target does
  /// not allow (`value: dicom Modality`, `dicom AE`, `fhir DiagnosticReport.status`), with the nearest to suggest;
  /// `allow: [CTT]` adds values.
  static std::optional<CodeTable> load(const Node& file, Findings& findings);

  const std::string& name() const { return name_; }
  std::size_t key_count() const { return key_names_.size(); }
  const std::vector<std::string>& key_names() const { return key_names_; }

  /// What a look-up gives: a value, nothing (absent: `missing: empty`, or all keys absent and no row for that), or a
  /// Fault (`missing: error`) of kind refused, code 103, naming the keys, the table and its file.
  /// A key that is nothing is absent; HL7 null counts as absent.
  Result<std::optional<std::string>> find(const std::vector<std::optional<std::string>>& keys) const;

  /// `reverse(table, section)`: the value of that key column in the first row that gives `value`, unless `reverse:`
  /// says otherwise. Nothing when no row does.
  std::optional<std::string> reverse(const std::string& value, const std::string& column) const;

  struct Row {
    std::vector<std::string> keys;
    std::string value;
    Span span;
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  enum class Missing { error, empty, keep, value };

  friend class CodeTableReader;

  const Row* best_row(const std::vector<std::optional<std::string>>& keys, bool all_absent) const;
  Fault missing_code(const std::vector<std::optional<std::string>>& keys) const;

  std::string name_;
  std::vector<std::string> key_names_;
  std::vector<Row> rows_;
  std::map<std::vector<std::string>, std::size_t> row_of_;  // by the keys as written
  std::vector<std::pair<std::string, std::string>> reverse_;
  Missing missing_ = Missing::error;
  std::string missing_value_;
  Span span_;
};

}  // namespace pons
