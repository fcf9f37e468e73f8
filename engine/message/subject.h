#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/message/identifier.h"

namespace pons {

/// What makes two envelopes the same message: the same inlet, sender, control id and bytes. What names none gets one
/// of its own from the intake.
struct Identity {
  std::string sender;      // inlet, MSH-3, MSH-4 and MSH-10, joined; empty: this envelope has no identity
  std::string bytes_hash;  // SHA-256, 32 bytes

  bool empty() const { return sender.empty(); }
  bool operator==(const Identity&) const = default;
};

/// What an envelope names, found by reading it before anything is locked. The store locks and loads by it; two
/// envelopes that share a key never run at the same time.
struct Subject {
  Identity identity;
  std::vector<Identifier> patients;
  std::vector<Identifier> placers, fillers, accessions;
  std::vector<std::string> studies;          // Study Instance UIDs
  std::vector<std::string> performed_steps;  // MPPS SOP Instance UIDs
  std::vector<std::int64_t> sequence_links;  // whose sequence numbers are followed
  std::vector<std::int64_t> answers;         // what it may be the answer to (AwaitedAnswer)
  std::vector<std::string> instances;        // SOP Instance UIDs of composite objects
  std::vector<std::string> commitments;      // Transaction UIDs of storage commitment
  std::vector<std::string> lanes;            // "route|key": where a run set aside would keep its place
  std::vector<std::int64_t> runs;            // the pending run that starts again
  bool is_event = false;                     // brings along what was set aside of events of its patients
  bool whole_patients = false;               // load all that the patients have: a merge moves it

  /// The keys to lock, sorted and without repetition.
  std::vector<std::int64_t> lock_keys() const;
  bool shares_a_key_with(const Subject& other) const;
};

}  // namespace pons
