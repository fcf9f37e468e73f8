#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/message/subject.h"

namespace pons {

/// The ids of the rows that subjects name.
struct Named {
  std::set<std::int64_t> patients;  // by identifier or through another row, and the survivors of their merges
  std::set<std::int64_t> orders, reports, studies, performed_steps;

  void add(const Rows& rows);
  /// What is in this one and not in the other.
  Named beyond(const Named& other) const;
};

/// Finds what the subjects name: nothing to run where they name nothing. Its answer goes to Named::add.
std::vector<Statement> find_named(const std::vector<Subject>& subjects);
/// Finds all that these patients have: a merge moves it. Its answer goes to Named::add.
Statement find_of_patients(const std::set<std::int64_t>& patients);

}  // namespace pons
