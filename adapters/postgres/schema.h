#pragma once

#include <string>

namespace pons {

/// Creates the tables or brings them up to this version: numbered files under schema/, forward only, one transaction
/// each, under a lock so that two nodes do not both do it. Throws std::runtime_error, naming the setting, where the
/// database would lose what it has committed (fsync, full_page_writes or synchronous_commit off), and where the tables
/// are newer than this engine.
void prepare_schema(const std::string& conninfo);

}  // namespace pons
