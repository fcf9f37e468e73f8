#include "engine/hl7/dictionary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>

#include "engine/base/text.h"
#include "engine/hl7/dictionary_grammar.h"
#include "engine/hl7/dictionary_tables.h"

namespace pons::hl7 {
namespace {

using tables::Versions;

/// The version's bit in a row; 0: no such version.
Versions bit_of(std::string_view version) {
  const auto& known = versions();
  const auto found = std::find(known.begin(), known.end(), version);
  return found == known.end() ? Versions{0} : static_cast<Versions>(1u << (found - known.begin()));
}

/// The place of the row with this name that the version has.
template <class Row>
std::optional<std::size_t> place_of(std::span<const Row> rows, std::string_view version, std::string_view name) {
  const Versions bit = bit_of(version);
  auto row = std::lower_bound(rows.begin(), rows.end(), name,
                              [](const Row& each, std::string_view wanted) { return each.name < wanted; });
  for (; row != rows.end() && row->name == name; ++row)
    if (row->versions & bit) return static_cast<std::size_t>(row - rows.begin());
  return std::nullopt;
}

using Lists = std::vector<std::vector<Element>>;

/// Beside `rows`: the elements of each.
Lists lists_of(std::span<const tables::ListRow> rows) {
  Lists lists;
  lists.reserve(rows.size());
  for (const tables::ListRow& row : rows) {
    const auto own = tables::elements.subspan(row.first, row.size);
    lists.emplace_back(own.begin(), own.end());
  }
  return lists;
}

const Lists& segment_lists() {
  static const Lists lists = lists_of(tables::segments);
  return lists;
}

const Lists& datatype_lists() {
  static const Lists lists = lists_of(tables::datatypes);
  return lists;
}

std::vector<StructureNode> read_structures() {
  std::vector<StructureNode> trees;
  trees.reserve(tables::structures.size());
  for (const tables::StructureRow& row : tables::structures) trees.push_back(read_grammar(row.name, row.grammar));
  return trees;
}

/// Beside tables::structures.
const std::vector<StructureNode>& structure_trees() {
  static const std::vector<StructureNode> trees = read_structures();
  return trees;
}

using Codes = std::vector<TableEntry>;

Codes codes_of(const tables::TableRow& row, Versions bit) {
  Codes found;
  for (const tables::CodeRow& each : tables::codes.subspan(row.first, row.size))
    if (each.versions & bit) found.push_back({each.code, each.meaning});
  return found;
}

/// Beside versions(), beside tables::tables: the codes that the version has.
std::vector<std::vector<Codes>> sort_codes() {
  std::vector<std::vector<Codes>> sorted;
  for (std::string_view version : versions()) {
    auto& own = sorted.emplace_back();
    own.reserve(tables::tables.size());
    for (const tables::TableRow& row : tables::tables) own.push_back(codes_of(row, bit_of(version)));
  }
  return sorted;
}

const std::vector<Codes>* code_tables(std::string_view version) {
  static const std::vector<std::vector<Codes>> sorted = sort_codes();
  const auto& known = versions();
  const auto found = std::find(known.begin(), known.end(), version);
  return found == known.end() ? nullptr : &sorted[static_cast<std::size_t>(found - known.begin())];
}

const Element* nth(const std::vector<Element>* elements, std::size_t number) {
  return elements && number >= 1 && number <= elements->size() ? &(*elements)[number - 1] : nullptr;
}

using Numbers = std::array<int, 3>;

/// "2.5.1" as 2, 5, 1; nothing when it is not one to three numbers.
std::optional<Numbers> numbers_of(std::string_view version) {
  const auto parts = split(version, '.');
  if (parts.size() > 3) return std::nullopt;
  Numbers numbers{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char* end = parts[i].data() + parts[i].size();
    const auto [stop, error] = std::from_chars(parts[i].data(), end, numbers[i]);
    if (error != std::errc() || stop != end) return std::nullopt;
  }
  return numbers;
}

template <class Row>
std::size_t count_of(std::span<const Row> rows, Versions bit) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return (row.versions & bit) != 0; }));
}

std::size_t element_count(std::span<const tables::ListRow> rows, Versions bit) {
  std::size_t count = 0;
  for (const tables::ListRow& row : rows)
    if (row.versions & bit) count += row.size;
  return count;
}

}  // namespace

const std::vector<std::string_view>& versions() {
  static const std::vector<std::string_view> known = {"2.1",   "2.2", "2.3", "2.3.1", "2.4", "2.5",
                                                      "2.5.1", "2.6", "2.7", "2.7.1", "2.8"};
  return known;
}

std::string_view nearest_version(std::string_view version) {
  if (const auto known = std::find(versions().begin(), versions().end(), version); known != versions().end())
    return *known;
  const std::string_view newest = versions().back();
  const auto wanted = numbers_of(trim(version));
  if (!wanted) return newest;
  std::string_view nearest = newest;
  for (std::string_view each : versions())
    if (*numbers_of(each) <= *wanted) nearest = each;
  return nearest;
}

const std::vector<Element>* segment(std::string_view version, std::string_view name) {
  const auto place = place_of(tables::segments, version, name);
  return place ? &segment_lists()[*place] : nullptr;
}

std::string_view segment_name(std::string_view version, std::string_view name) {
  const auto place = place_of(tables::segments, version, name);
  return place ? tables::segments[*place].title : std::string_view();
}

const std::vector<Element>* datatype(std::string_view version, std::string_view name) {
  const auto place = place_of(tables::datatypes, version, name);
  return place ? &datatype_lists()[*place] : nullptr;
}

const Element* field(std::string_view version, std::string_view segment_id, std::size_t number) {
  return nth(segment(version, segment_id), number);
}

const Element* component(std::string_view version, std::string_view type, std::size_t number) {
  return nth(datatype(version, type), number);
}

const std::vector<TableEntry>* table(std::string_view version, int number) {
  const auto* all = code_tables(version);
  if (!all) return nullptr;
  const auto rows = tables::tables;
  const auto row = std::lower_bound(rows.begin(), rows.end(), number,
                                    [](const tables::TableRow& each, int wanted) { return each.number < wanted; });
  if (row == rows.end() || row->number != number) return nullptr;
  const Codes& codes = (*all)[static_cast<std::size_t>(row - rows.begin())];
  return codes.empty() ? nullptr : &codes;
}

const StructureNode* structure(std::string_view version, std::string_view name) {
  const auto place = place_of(tables::structures, version, name);
  return place ? &structure_trees()[*place] : nullptr;
}

std::string_view structure_of(std::string_view version, std::string_view code, std::string_view event) {
  const std::string name = std::string(code) + "_" + std::string(event);
  if (const auto place = place_of(tables::events, version, name)) return tables::events[*place].structure;
  if (const auto place = place_of(tables::structures, version, name)) return tables::structures[*place].name;
  const auto place = place_of(tables::structures, version, code);
  return place ? tables::structures[*place].name : std::string_view();
}

Counts counts(std::string_view version) {
  const Versions bit = bit_of(version);
  Counts counts;
  counts.segments = count_of(tables::segments, bit);
  counts.fields = element_count(tables::segments, bit);
  counts.datatypes = count_of(tables::datatypes, bit);
  counts.components = element_count(tables::datatypes, bit);
  counts.structures = count_of(tables::structures, bit);
  for (const tables::TableRow& row : tables::tables) {
    const std::size_t entries = codes_of(row, bit).size();
    counts.tables += entries ? 1 : 0;
    counts.table_entries += entries;
  }
  return counts;
}

}  // namespace pons::hl7
