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
  std::string patient;            // changed this patient, or what is the patient's, by the number alone or as
                                  // number^authority; numbers that were merged count alike; empty: any
  bool held = false;              // only those with a delivery that is held
};

/// The whole way of one message.
struct JournalEntry {
  JournalLine line;
  std::string bytes;
  std::vector<std::string> traces;  // as it was decided each time: a run that started again adds one
  bool control_id_reused = false;
  struct Change {
    std::string record, action, evidence;
    std::int64_t id = 0;
  };
  std::vector<Change> changes;
  struct Attempt {
    int number = 0;
    std::string began, ended, outcome, text, answer;
  };
  struct Parcel {
    std::int64_t id = 0;
    std::string outlet, route, control_id, content_type, document, state, due;
    std::string number;  // MSH-13 as it was sent; empty: none
    std::vector<Attempt> attempts;
  };
  std::vector<Parcel> parcels;  // in order of effect
  struct Run {
    std::int64_t id = 0;
    std::string route, state, reason, since, due;  // due: empty where it waits for somebody or something
    std::vector<std::string> lanes, wakes_on;
  };
  std::vector<Run> runs;  // that are still set aside
  struct Question {
    std::int64_t id = 0;
    std::string record, text;
    bool open = true;
  };
  std::vector<Question> questions;
};

/// Newest last; at most 1,000.
std::vector<JournalLine> list_messages(const std::string& conninfo, const JournalFilter& filter);
/// Nothing: there is no such message.
std::optional<JournalEntry> find_message(const std::string& conninfo, std::int64_t message);

}  // namespace pons
