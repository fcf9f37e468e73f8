#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/message/envelope.h"
#include "engine/ports/store.h"
#include "engine/records/book.h"

namespace pons {

/// Takes over the runs of the book: what has ended is gone, and what stood behind it or waits for one of the keys that
/// came is due. Nothing to run where there is neither a run nor a key.
std::vector<Statement> write_runs(const Book& book, std::vector<std::string> keys);

/// Store::set_aside_in, Store::due_runs and Store::release_held.
std::vector<Envelope> read_due_runs(Connection& connection, Instant now, const Store::Room& room);
std::optional<Envelope> read_set_aside(Connection& connection, const std::string& lane);
void release_held_runs(Connection& connection, Instant now);

}  // namespace pons
