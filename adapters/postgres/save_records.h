#pragma once

#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/records/book.h"

namespace pons {

/// A statement for each table of which the book has changed rows; none for the others.
std::vector<Statement> write_records(const Book& book);

}  // namespace pons
