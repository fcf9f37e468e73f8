#pragma once

#include "adapters/postgres/table_rows.h"
#include "engine/records/book.h"

namespace pons {

/// What the book's new and changed rows want to be written, and nothing for the rest.
Writes write_records(const Book& book);

}  // namespace pons
