#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/message/identifier.h"

namespace pons {

/// What shall be delivered: built once, in the commit of the message that caused it, and sent with the same control id
/// however often.
struct Parcel {
  static constexpr const char* kHl7 = "x-application/hl7-v2+er7";
  static constexpr const char* kFhir = "application/fhir+json";
  static constexpr const char* kJson = "application/json";
  /// A data set, and the request that it is sent with; the control ID is the SOP Instance UID.
  static constexpr const char* kMppsCreate = "application/dicom;request=mpps-create";
  static constexpr const char* kMppsSet = "application/dicom;request=mpps-set";
  static constexpr const char* kAvailability = "application/dicom;request=availability";
  static constexpr const char* kCommitment = "application/dicom;request=commitment";  // by its Transaction UID
  static constexpr const char* kCommitmentResult = "application/dicom;request=commitment-result";
  static constexpr const char* kMppsNotification = "application/dicom;request=mpps-notification";  // Event Type ID

  enum class State { queued, delivered, held, parked };

  std::int64_t id = 0;       // order of effect: ascending for any one patient
  std::int64_t message = 0;  // the message that caused it
  std::string outlet;
  std::string route;
  std::vector<std::string> lanes;  // "patient:17" and the route's order_by keys; a merge has two patients
  std::string control_id;          // MSH-10, the identity of a FHIR write, or a UID
  std::string content_type;        // kHl7, kFhir, kJson or one of DICOM's
  std::string document;            // the bytes to send
  State state = State::queued;
  int attempts = 0;
  Instant due;                         // not before
  std::optional<std::int64_t> number;  // MSH-13, where the outlet numbers what it sends
  bool number_was_sent = false;        // in an earlier attempt, whose answer may have been lost
};

std::string to_text(Parcel::State state);
Parcel::State parcel_state_from(std::string_view text);
/// "patient:17": the lane in which everything about one patient leaves.
std::string patient_lane(std::int64_t patient);
/// "patient:M1^HOSP": the same where nobody bears the number yet.
std::string patient_lane(const Identifier& unknown);

/// How one attempt to deliver ended.
struct Delivery {
  enum class Outcome {
    delivered,
    unavailable,  // not reached, or told to come later: try again
    refused,      // the other side said no: trying the same again will not help
    unknown,      // sent, and the answer was lost: try again with the same control id
  };
  Outcome outcome = Outcome::unavailable;
  std::string text;                               // for a person; no patient data
  std::string answer;                             // what the other side answered, as received; kept with the attempt
  Duration come_back_in{};                        // the other side asks not to be tried before; zero: it does not say
  std::optional<std::int64_t> expected_number{};  // MSA-4: the sequence number that the other side expects
  bool nobody_there = false;                      // unavailable, and so for every parcel of the endpoint
};

std::string to_text(Delivery::Outcome outcome);
/// Nobody could be reached: what went wrong.
Delivery not_connected(const std::string& why);

}  // namespace pons
