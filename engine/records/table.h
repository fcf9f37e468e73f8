#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace pons {

/// Rows of one kind in a batch's memory: what was loaded, what changed, and the way back for the envelope that fails.
template <class Row>
class Table {
 public:
  /// Puts a row as the store has it.
  void load(Row row) {
    const std::int64_t id = row.id;
    rows_.try_emplace(id, Entry{std::move(row), false, {}});
  }

  const Row* find(std::int64_t id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? nullptr : &found->second.row;
  }

  template <class Predicate>
  const Row* first(Predicate&& matches) const {
    for (const auto& [id, entry] : rows_)
      if (matches(entry.row)) return &entry.row;
    return nullptr;
  }

  template <class Predicate>
  std::vector<const Row*> all(Predicate&& matches) const {
    std::vector<const Row*> found;
    for (const auto& [id, entry] : rows_)
      if (matches(entry.row)) found.push_back(&entry.row);
    return found;
  }

  /// Adds the row or replaces the one with its id.
  const Row& put(Row row) {
    const std::int64_t id = row.id;
    const auto [entry, is_new] = rows_.try_emplace(id);
    Entry& now = entry->second;
    undo_.emplace_back(id, is_new ? std::optional<Entry>{} : std::optional<Entry>(now));
    now = Entry{std::move(row), true,
                is_new || now.changed ? std::move(now.stored) : std::optional<Row>(std::move(now.row))};
    return now.row;
  }

  /// What has been put since the last keep() stays.
  void keep() { undo_.clear(); }

  /// What has been put since the last keep() is as if it had never been.
  void undo() { undo_to(0); }

  /// How much could be undone: a place to come back to before the next keep().
  std::size_t position() const { return undo_.size(); }
  void undo_to(std::size_t position) {
    for (; undo_.size() > position; undo_.pop_back()) {
      auto& [id, before] = undo_.back();
      if (before)
        rows_.insert_or_assign(id, std::move(*before));
      else
        rows_.erase(id);
    }
  }

  /// The row with this id as the store has it; null: it has none.
  const Row* stored(std::int64_t id) const {
    const auto found = rows_.find(id);
    if (found == rows_.end()) return nullptr;
    const Entry& entry = found->second;
    if (!entry.changed) return &entry.row;
    return entry.stored ? &*entry.stored : nullptr;
  }

  /// The rows that the store must write, by id.
  std::vector<const Row*> changed() const {
    std::vector<const Row*> found;
    for (const auto& [id, entry] : rows_)
      if (entry.changed) found.push_back(&entry.row);
    return found;
  }

 private:
  struct Entry {
    Row row;
    bool changed = false;
    std::optional<Row> stored;  // of a changed one
  };
  std::map<std::int64_t, Entry> rows_;  // by id, so that equal batches are written in equal order
  std::vector<std::pair<std::int64_t, std::optional<Entry>>> undo_;
};

}  // namespace pons
