#include "engine/expr/code_table_reader.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace pons {

namespace {

constexpr std::size_t kMostKeys = 8;  // find() tries each key or `*`: 2^n rows

const std::vector<std::string> kKnownKeys{"table", "about", "key", "value", "missing", "rows", "reverse", "allow"};

bool is_scalar_list(const Node& node) {
  return node.is_list() &&
         std::all_of(node.items.begin(), node.items.end(), [](const Node& n) { return n.is_scalar(); });
}

std::string counted(std::size_t number, const char* noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace

std::optional<CodeTable> CodeTableReader::read() {
  before_ = findings_.all().size();
  refuse_unknown_keys(file_, kKnownKeys, findings_);
  if (!has_form()) return {};
  table_.name_ = file_.find("table")->text;
  table_.span_ = file_.span;
  read_keys();
  const auto target = TargetValues::load(file_, findings_);
  if (!target) return {};
  read_missing(*target);
  read_rows(*target);
  read_reverse();
  const auto& all = findings_.all();
  const bool failed = std::any_of(all.begin() + static_cast<std::ptrdiff_t>(before_), all.end(),
                                  [](const Finding& f) { return f.severity == Finding::Severity::error; });
  return failed ? std::nullopt : std::optional(std::move(table_));
}

bool CodeTableReader::has_form() {
  const auto wrong = [&](const Node& at, const char* message, const char* help) {
    findings_.error("E0303", at.span, message, {}, help);
    return false;
  };
  const Node* name = file_.find("table");
  if (name == nullptr || !name->is_scalar()) return wrong(file_, "a table begins with its name", "write:  table: sex");
  const Node* rows = file_.find("rows");
  if (rows == nullptr)
    return wrong(*name, "this table has no rows", "write:  rows:  and below it a line for each code, such as  M: M");
  if (rows->is_scalar())
    return wrong(*rows, "rows: is a list of rows, or a map of codes", "write:  - [ CT, CT ]  or  CT: CT");
  const Node* keys = file_.find("key");
  if (keys != nullptr && !keys->is_scalar() && !is_scalar_list(*keys))
    return wrong(*keys, "key: is a name or a list of names", "write:  key: [facility, section]");
  for (const char* scalar : {"value", "missing"})
    if (const Node* node = file_.find(scalar); node != nullptr && !node->is_scalar())
      return wrong(*node, "this is one word or text", "write:  value: dicom Modality  and  missing: error");
  if (const Node* allow = file_.find("allow"); allow != nullptr && !is_scalar_list(*allow))
    return wrong(*allow, "allow: is a list of values", "write:  allow: [CTT]");
  if (const Node* reverse = file_.find("reverse"); reverse != nullptr && !reverse->is_map())
    return wrong(*reverse, "reverse: is a map from a value to its code", "write:  DX: XR");
  return true;
}

void CodeTableReader::read_keys() {
  const Node* keys = file_.find("key");
  if (keys == nullptr || keys->is_scalar()) {
    table_.key_names_ = {keys == nullptr ? "code" : keys->text};
    return;
  }
  for (const Node& key : keys->items) table_.key_names_.push_back(key.text);
  if (keys->items.empty() || keys->items.size() > kMostKeys)
    findings_.error("E0303", keys->span, "a table has 1 to " + std::to_string(kMostKeys) + " keys");
}

void CodeTableReader::read_missing(const TargetValues& target) {
  using Missing = CodeTable::Missing;
  const Node* missing = file_.find("missing");
  if (missing == nullptr || missing->text == "error") return;
  if (missing->text == "empty") {
    table_.missing_ = Missing::empty;
  } else if (missing->text == "keep") {
    table_.missing_ = Missing::keep;
    if (table_.key_count() != 1)
      findings_.error("E0303", missing->span, "keep says which code stays only in a table with one key",
                      "error, empty or a value");
  } else {
    table_.missing_ = Missing::value;
    table_.missing_value_ = missing->text;
    target.check(*missing, findings_);
  }
}

bool CodeTableReader::has_enough_findings() const {
  return findings_.all().size() >= before_ + kEnoughFindings;
}

void CodeTableReader::read_rows(const TargetValues& target) {
  const Node& rows = *file_.find("rows");
  for (const Node& row : rows.items) {
    if (has_enough_findings()) return;
    read_row_of_list(row, target);
  }
  if (!rows.is_map()) return;
  if (table_.key_count() != 1) {
    findings_.error("E0301", rows.span, "this table has " + counted(table_.key_count(), "key") + ", so a row is a list",
                    {}, "write:  - [ NORTH, CT, CT ]");
    return;
  }
  for (const auto& [key, value] : rows.entries) {
    if (has_enough_findings()) return;
    read_row_of_map(key, value, target);
  }
}

void CodeTableReader::read_row_of_map(const Node& key, const Node& value, const TargetValues& target) {
  if (!value.is_scalar()) {
    findings_.error("E0301", value.span, "a code has one value", {}, "write:  M: M");
    return;
  }
  add({{key.text}, value.text, key.span}, value, target);
}

void CodeTableReader::read_row_of_list(const Node& row, const TargetValues& target) {
  const std::size_t width = table_.key_count() + 1;
  if (!is_scalar_list(row) || row.items.size() != width) {
    const std::string found = row.is_list() ? counted(row.items.size(), "column") : "no columns";
    findings_.error("E0301", row.span, "this row has " + found + "; the table has " + std::to_string(width),
                    counted(table_.key_count(), "key") + " and the value");
    return;
  }
  CodeTable::Row out{{}, row.items.back().text, row.span};
  for (std::size_t i = 0; i + 1 < width; ++i) out.keys.push_back(row.items[i].text);
  add(std::move(out), row.items.back(), target);
}

void CodeTableReader::add(CodeTable::Row row, const Node& value, const TargetValues& target) {
  const auto [first, is_new] = table_.row_of_.try_emplace(row.keys, table_.rows_.size());
  if (!is_new) {
    Finding& finding =
        findings_.error("E0302", row.span, "two rows have the same keys", "this one could never be chosen");
    finding.labels.push_back({table_.rows_[first->second].span, "the first is here"});
    return;
  }
  target.check(value, findings_);
  table_.rows_.push_back(std::move(row));
}

bool CodeTableReader::gives(const std::string& value) const {
  return std::any_of(table_.rows_.begin(), table_.rows_.end(), [&](const auto& row) { return row.value == value; });
}

void CodeTableReader::read_reverse() {
  const Node* reverse = file_.find("reverse");
  if (reverse == nullptr) return;
  for (const auto& [value, code] : reverse->entries) {
    if (has_enough_findings()) return;
    if (!gives(value.text))
      findings_.error("E0305", value.span, "no row gives \"" + value.text + "\"",
                      "reverse: goes from a value of this table back to its code");
    table_.reverse_.emplace_back(value.text, code.text);
  }
}

}  // namespace pons
