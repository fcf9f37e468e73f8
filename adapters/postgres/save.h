#pragma once

#include <optional>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/ports/store.h"

namespace pons {

/// The envelopes of a batch with what was decided about each; a decision that is missing has nothing to be saved.
struct Decided {
  const std::vector<Subject>& subjects;
  const std::vector<Envelope>& envelopes;
  const std::vector<std::optional<Decision>>& decisions;
  const std::vector<bool>& reused;
  const std::vector<bool>& known;  // whether the store has this identity already, be it too old to count
};

/// Writes the rows of the book that are new or changed, identities, journal, trace, ledger and parcels, and commits:
/// one flight of statements for what is there already, then a COPY for each table with new rows.
void save_batch(Connection& connection, const Book& book, const Decided& decided);

}  // namespace pons
