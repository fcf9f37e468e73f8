#pragma once

#include <set>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/message/subject.h"
#include "engine/records/book.h"

namespace pons {

/// The patients whom the subjects name, by identifier or through an order, and the survivors of their merges.
std::set<std::int64_t> resolve_patients(Connection& connection, const std::vector<Subject>& subjects);

/// Reads into the book what the subjects name: patients, orders and their steps.
void load_records(Connection& connection, const std::vector<Subject>& subjects, Book& book);

}  // namespace pons
