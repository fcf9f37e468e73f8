#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace pons {

/// A text, or NULL.
using Cell = std::optional<std::string>;

/// Rows to be written at once, each column an array.
class ColumnArrays {
 public:
  explicit ColumnArrays(std::size_t columns) : columns_(columns) {}

  void add_row(std::initializer_list<Cell> row);
  bool empty() const { return columns_.front().empty(); }
  /// An array literal for each column.
  std::vector<std::string> parameters() const;

 private:
  std::vector<std::string> columns_;  // literals without the closing brace; empty: no row yet
};

struct Column {
  const char* name;
  const char* type;
};

/// INSERT of ColumnArrays with these columns; a row whose key is there already is replaced, unless it says the same. The
/// first columns are the key: `key` says how many.
std::string upsert(const std::string& table, std::size_t key, std::initializer_list<Column> columns);

}  // namespace pons
