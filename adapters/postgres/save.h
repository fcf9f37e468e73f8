#pragma once

#include <optional>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/ports/store.h"

namespace pons {

/// Writes the rows that changed, a statement for each table.
void save_records(Connection& connection, const Book& book);

/// Writes journal, identities, trace and ledger, a COPY or a statement for each table.
void save_journal(Connection& connection, const std::vector<Subject>& subjects, const std::vector<Envelope>& envelopes,
                  const std::vector<std::optional<Decision>>& decisions, const std::vector<bool>& reused);

}  // namespace pons
