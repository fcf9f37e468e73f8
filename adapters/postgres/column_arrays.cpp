#include "adapters/postgres/column_arrays.h"

#include "adapters/postgres/connection.h"

namespace pons {

void ColumnArrays::add_row(std::initializer_list<Cell> row) {
  std::size_t i = 0;
  for (const Cell& each : row) {
    std::string& column = columns_[i++];
    column += column.empty() ? '{' : ',';
    if (each)
      append_quoted(column, *each);
    else
      column += "NULL";
  }
}

std::vector<std::string> ColumnArrays::parameters() const {
  std::vector<std::string> all;
  for (const std::string& column : columns_) all.push_back(column.empty() ? "{}" : column + '}');
  return all;
}

std::string upsert(const std::string& table, std::size_t key, std::initializer_list<Column> columns) {
  std::string names, values, arrays, aliases, keys, changes, olds, news;
  std::size_t i = 0;
  for (const Column& each : columns) {
    const std::string comma = i == 0 ? "" : ", ", name = each.name, alias = "c" + std::to_string(++i);
    names += comma + name;
    values += comma + alias + "::" + each.type;
    arrays += comma + '$' + std::to_string(i) + "::text[]";
    aliases += comma + alias;
    if (i <= key) {
      keys += comma + name;
      continue;
    }
    const std::string next = changes.empty() ? "" : ", ";
    changes += next + name + " = excluded." + name;
    olds += next + table + '.' + name;
    news += next + "excluded." + name;
  }
  return "INSERT INTO " + table + " (" + names + ") SELECT " + values + " FROM unnest(" + arrays + ") r(" + aliases +
         ") ON CONFLICT (" + keys + ") DO UPDATE SET " + changes + " WHERE (" + olds + ") IS DISTINCT FROM (" + news +
         ")";
}

}  // namespace pons
