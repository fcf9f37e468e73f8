#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace pons {

/// One message as `pons messages` lists it.
struct JournalLine {
  std::int64_t message = 0;
  std::string arrived, inlet, peer, outcome;
};

struct JournalFilter {
  bool failed = false;            // only what was refused, parked or unrouted
  std::optional<Duration> since;  // arrived within so long
  std::string patient;            // changed this patient, by the number alone or as number^authority; empty: any
};

/// The whole way of one message.
struct JournalEntry {
  JournalLine line;
  std::string bytes, trace;
  bool control_id_reused = false;
  struct Change {
    std::string record, action, evidence;
    std::int64_t id = 0;
  };
  std::vector<Change> changes;
};

/// Newest last; at most 1,000.
std::vector<JournalLine> list_messages(const std::string& conninfo, const JournalFilter& filter);
/// Nothing: there is no such message.
std::optional<JournalEntry> find_message(const std::string& conninfo, std::int64_t message);

}  // namespace pons
