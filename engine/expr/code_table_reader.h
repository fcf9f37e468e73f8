#pragma once

#include <optional>

#include "engine/expr/code_table.h"
#include "engine/expr/target_values.h"

namespace pons {

/// Reads one `table:` file into a CodeTable; every fault is a finding at its place.
class CodeTableReader {
 public:
  CodeTableReader(const Node& file, Findings& findings) : file_(file), findings_(findings) {}

  std::optional<CodeTable> read();

 private:
  bool has_form();
  void read_keys();
  void read_missing(const TargetValues& target);
  bool has_enough_findings() const;
  void read_rows(const TargetValues& target);
  void read_row_of_map(const Node& key, const Node& value, const TargetValues& target);
  void read_row_of_list(const Node& row, const TargetValues& target);
  void add(CodeTable::Row row, const Node& value, const TargetValues& target);
  void read_reverse();
  bool gives(const std::string& value) const;

  const Node& file_;
  Findings& findings_;
  std::size_t before_ = 0;  // findings of what was read earlier
  CodeTable table_;
};

}  // namespace pons
