#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "engine/base/time.h"

namespace pons {

/// What a sender sends on one connection without waiting for the answers in between. Once one message of it has gone
/// without an answer, none behind it takes effect: he sends it again, and them after it.
struct Stream {
  std::atomic<bool> is_broken = false;
};

/// What arrived, byte for byte, and never changed afterwards.
struct Envelope {
  /// What the bytes are. `stored`: the header of a composite object. An event is a JSON document of the engine's own:
  /// an examination was completed, a study came.
  enum class Kind { hl7, mpps_create, mpps_set, availability, stored, commitment_request, commitment_result, event };

  std::int64_t message = 0;  // number in the journal; 0 until it is stored
  Kind kind = Kind::hl7;
  std::string inlet;  // the endpoint's name in endpoints.yaml; "dicom" and "imaging-events" are built in
  std::string peer;   // who sent it: address and port, or the calling AE title
  std::shared_ptr<const std::string> bytes = std::make_shared<const std::string>();
  Instant arrived;
  /// What came beside the bytes: the SOP Instance UID of an N-SET, the batch of an HL7 message ("B7 2 of 5").
  std::map<std::string, std::string> attributes;
  std::shared_ptr<Stream> stream;  // null: its sender waits for each answer

  std::int64_t pending = 0;  // the run set aside that starts again with this envelope; 0: the envelope is new
};

/// The words of the journal and of `pons messages`: "hl7", "mpps-create", "mpps-set", "availability", "stored",
/// "commitment-request", "commitment-result", "event".
std::string to_text(Envelope::Kind kind);
Envelope::Kind kind_from(std::string_view text);

}  // namespace pons
