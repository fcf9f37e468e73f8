#include "adapters/postgres/table_rows.h"

namespace pons {

void ColumnArrays::add_row(const Cells& row) {
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

std::string upsert(const std::string& table, std::size_t key, const std::vector<Column>& columns) {
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

TableRows::Layout::Layout(const std::string& table, std::size_t key, const std::vector<Column>& all)
    : columns(all.size()), upsert(pons::upsert(table, key, all)) {
  std::string names;
  for (const Column& each : all) names += (names.empty() ? "" : ", ") + std::string(each.name);
  copy = "COPY " + table + " (" + names + ") FROM STDIN";
}

void TableRows::add(bool is_new, const Cells& row) {
  if (!is_new) return known_.add_row(row);
  for (const Cell& each : row) each ? new_.add(*each) : new_.add_null();
  new_.end_row();
}

void TableRows::write(Writes& writes) const {
  if (!known_.empty()) writes.statements.push_back({layout_.upsert, known_.parameters()});
  if (!new_.empty()) writes.tables.push_back({layout_.copy, new_});
}

}  // namespace pons
