#include "engine/expr/code_table.h"

#include <algorithm>

#include "engine/expr/code_table_reader.h"

namespace pons {

namespace {

using Keys = std::vector<std::optional<std::string>>;
constexpr const char* kAny = "*";

bool is_absent(const std::optional<std::string>& key) {
  return !key;
}

std::size_t exact_keys(const std::vector<std::string>& row) {
  return row.size() - static_cast<std::size_t>(std::count(row.begin(), row.end(), kAny));
}

/// Names an absent code only: where every key is absent, a row of `*` alone says nothing about that.
bool names_absence(const std::vector<std::string>& row) {
  return std::find(row.begin(), row.end(), "") != row.end();
}

}  // namespace

std::optional<CodeTable> CodeTable::load(const Node& file, Findings& findings) {
  return CodeTableReader(file, findings).read();
}

const CodeTable::Row* CodeTable::best_row(const Keys& keys, bool all_absent) const {
  std::optional<std::size_t> best;
  std::size_t best_exact = 0;
  std::vector<std::string> wanted(keys.size());
  for (std::size_t mask = 0; mask < std::size_t{1} << keys.size(); ++mask) {
    for (std::size_t i = 0; i < keys.size(); ++i) wanted[i] = (mask >> i & 1) != 0 ? kAny : keys[i].value_or("");
    const auto found = row_of_.find(wanted);
    if (found == row_of_.end() || (all_absent && !names_absence(wanted))) continue;
    const std::size_t exact = exact_keys(wanted);
    if (best && (exact < best_exact || (exact == best_exact && found->second < *best))) continue;
    best = found->second;
    best_exact = exact;
  }
  return best ? &rows_[*best] : nullptr;
}

Result<std::optional<std::string>> CodeTable::find(const Keys& keys) const {
  const bool all_absent = std::all_of(keys.begin(), keys.end(), is_absent);
  if (const Row* row = best_row(keys, all_absent)) return std::optional(row->value);
  if (all_absent) return std::optional<std::string>();
  switch (missing_) {
    case Missing::empty:
      return std::optional<std::string>();
    case Missing::keep:
      return keys.front();
    case Missing::value:
      return std::optional(missing_value_);
    case Missing::error:
      break;
  }
  return missing_code(keys);
}

Fault CodeTable::missing_code(const Keys& keys) const {
  std::string named;
  for (const auto& key : keys)
    named += (named.empty() ? "" : ", ") + (key ? "\"" + *key + "\"" : std::string("absent"));
  return refused(named + " is not in table " + name_ + (span_.source == nullptr ? "" : " (" + span_.source->path + ")"),
                 {}, 103);
}

std::optional<std::string> CodeTable::reverse(const std::string& value, const std::string& column) const {
  const auto name = std::find(key_names_.begin(), key_names_.end(), column);
  if (name == key_names_.end()) return {};
  const auto at = static_cast<std::size_t>(name - key_names_.begin());
  const auto preferred =
      std::find_if(reverse_.begin(), reverse_.end(), [&](const auto& each) { return each.first == value; });
  std::optional<std::string> first;
  for (const Row& row : rows_) {
    const std::string& code = row.keys[at];
    if (row.value != value || code.empty() || code == kAny) continue;
    if (preferred == reverse_.end()) return code;
    if (code == preferred->second) return code;
    if (!first) first = code;
  }
  return first;
}

}  // namespace pons
