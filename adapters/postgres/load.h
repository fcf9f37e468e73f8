#pragma once

#include <cstdint>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/named.h"
#include "engine/message/subject.h"
#include "engine/records/book.h"

namespace pons {

/// Statements that read rows, and what to do with the answer of each.
class Loads {
 public:
  /// For these subjects.
  explicit Loads(const std::vector<Subject>& subjects);

  using Reader = void (*)(const Rows&, int row, Book&);

  void add(Statement statement, Reader reader);
  /// The rows with these ids: patients with all who were merged into them, orders with their steps. For events also
  /// what was set aside of these patients' events.
  void add_named(const Named& ids);
  void add_sequence_links(const std::vector<Subject>& subjects);
  void add_awaited_answers(const std::vector<Subject>& subjects);
  /// The runs that the subjects name, and those that stand first in their lanes.
  void add_runs(const std::vector<Subject>& subjects);
  void add_instances(const std::vector<Subject>& subjects);
  void add_commitments(const std::vector<Subject>& subjects);

  const std::vector<Statement>& statements() const { return statements_; }
  /// The answers of statements(), from `first` on.
  void read(const std::vector<Rows>& answers, std::size_t first, Book& book) const;

 private:
  const bool with_events_;
  std::vector<Statement> statements_;
  std::vector<Reader> readers_;
};

}  // namespace pons
