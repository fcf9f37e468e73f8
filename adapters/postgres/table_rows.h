#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"

namespace pons {

/// A text, or NULL.
using Cell = std::optional<std::string>;
using Cells = std::vector<Cell>;

/// Rows to be written at once, each column an array.
class ColumnArrays {
 public:
  explicit ColumnArrays(std::size_t columns) : columns_(columns) {}

  void add_row(const Cells& row);
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

/// INSERT of ColumnArrays with these columns; a row whose key is there already is replaced, unless it says the same.
/// The first columns are the key: `key` says how many.
std::string upsert(const std::string& table, std::size_t key, const std::vector<Column>& columns);

/// What a commit writes: statements, and then rows for tables.
struct Writes {
  std::vector<Statement> statements;
  std::vector<CopyTable> tables;
};

/// Rows for one table. Those that it does not have yet go by COPY, which is much cheaper than the upsert of the others.
class TableRows {
 public:
  struct Layout {
    /// The first `key` columns are the table's key.
    Layout(const std::string& table, std::size_t key, const std::vector<Column>& columns);

    std::size_t columns;
    std::string copy, upsert;
  };

  explicit TableRows(const Layout& layout) : layout_(layout), known_(layout.columns) {}

  void add(bool is_new, const Cells& row);
  void write(Writes& writes) const;

 private:
  const Layout& layout_;
  ColumnArrays known_;
  CopyText new_;
};

}  // namespace pons
