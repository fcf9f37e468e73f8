#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/message/identifier.h"

namespace pons {

/// The clinical records as the engine keeps them. Texts are UTF-8; names are DICOM PN ("DOE^JANE"), days "19800102",
/// times "093000". A row's id is given once and never used again.

struct Patient {
  std::int64_t id = 0;
  std::vector<Identifier> identifiers;  // the first is the primary one
  std::string name, birth_date, sex, address;
  std::optional<std::int64_t> merged_into;  // the survivor; its identifiers then lead there
};

struct Order {
  std::int64_t id = 0;
  std::int64_t patient = 0;
  Identifier placer, filler, accession;
  std::string study_uid;  // made once, then kept
  std::string requested_procedure_id;
};

/// DICOM Scheduled Procedure Step Status (0040,0020), PS3.3 C.4.10. The later ones are final.
enum class StepStatus { scheduled, arrived, ready, started, departed, canceled, discontinued, completed };

/// "SCHEDULED" and so on, as DICOM spells them.
std::string to_text(StepStatus status);
std::optional<StepStatus> step_status_from(std::string_view text);
inline bool is_final(StepStatus status) {
  return status >= StepStatus::canceled;
}

struct Step {
  std::int64_t id = 0;
  std::int64_t order = 0;
  std::string step_id;  // Scheduled Procedure Step ID, unique within its order
  StepStatus status = StepStatus::scheduled;
  std::string modality;
  std::vector<std::string> stations;  // AE titles; none: offered to every AE of the modality
  std::string start_date, start_time;
  std::string performing_physician;
  std::string item;  // the whole Modality Worklist item without the patient's attributes, JSON by keyword
};

/// HL7 table 0123 as far as results leave the department: kept apart, and ranked in this order. A lower one never
/// follows a higher one.
enum class ReportStatus { preliminary, final, corrected, canceled };

/// "P", "F", "C", "X".
std::string to_text(ReportStatus status);
std::optional<ReportStatus> report_status_from(std::string_view text);

struct Report {
  std::int64_t id = 0;
  std::int64_t patient = 0;
  std::int64_t order = 0;
  Identifier filler;  // its identity: the filler order number with its namespace
  ReportStatus status = ReportStatus::preliminary;
  int version = 1;  // one more with each that was taken
};

struct Series {
  std::string series_uid = {}, modality = {};
  int instances = 0;
  std::string availability = {};  // "ONLINE", "NEARLINE", "OFFLINE" or "UNAVAILABLE"; empty: nobody told
  std::string retrieve_ae = {};   // the AE title that gives it out
  int stored = 0;                 // instances that were sent to us; `instances` is never less
  bool operator==(const Series&) const = default;
};

/// Images that exist, as far as MPPS or the archive told, or that were sent to us.
struct Study {
  std::int64_t id = 0;
  std::int64_t patient = 0;
  std::int64_t order = 0;  // 0: without an order
  std::string study_uid;
  Identifier accession;
  std::string description, started;  // started: "20261125093000"
  Identifier procedure;              // code, coding scheme as its authority; its meaning is `description`
  std::vector<Series> series;

  int instances() const;
  int stored() const;
  std::string modality() const;  // of its first series
  /// Of its least available series; "": nobody told of any.
  std::string availability() const;
};

/// A composite object that was sent to us. Its header is in the journal.
struct Instance {
  std::int64_t id = 0;
  std::int64_t study = 0;
  std::string uid;  // SOP Instance UID
};

/// A request for storage commitment that we passed on to an archive (PS3.4 annex J).
struct Commitment {
  std::int64_t id = 0;
  std::string uid;         // Transaction UID
  std::string calling;     // the AE that asked, and is told the result; empty: a route asked
  std::string outlet;      // the endpoint of the archive
  std::int64_t study = 0;  // 0: unknown
  bool is_answered = false;
};

/// PS3.3 C.4.14: IN PROGRESS until it is final.
enum class PerformedStatus { in_progress, discontinued, completed };

std::string to_text(PerformedStatus status);
std::optional<PerformedStatus> performed_status_from(std::string_view text);

/// A Modality Performed Procedure Step.
struct PerformedStep {
  std::int64_t id = 0;
  std::string uid;  // SOP Instance UID
  PerformedStatus status = PerformedStatus::in_progress;
  std::int64_t patient = 0;         // 0: nobody we know
  std::vector<std::int64_t> steps;  // the scheduled steps that it performs; none: unscheduled
  std::string dataset;              // as N-CREATE and N-SET left it, JSON by keyword
};

/// Something that a person must decide. It stays until somebody does.
struct Question {
  std::int64_t id = 0;
  std::int64_t message = 0;  // the message that raised it
  std::string record;        // "patient", "order", "performed step", "report"
  std::string text;          // may hold patient data
  bool open = true;
};

/// How far a sender has come who numbers his messages (MSH-13).
struct SequenceLink {
  static constexpr std::int64_t kNone = -1;

  std::int64_t id = 0;  // digest of who sends, and where to
  std::int64_t last = kNone;
  bool last_was_refused = false;  // it may come again, mended
};

/// What the application of a receiver has yet to say of a message that its interface has committed (MSH-16).
struct AwaitedAnswer {
  std::int64_t id = 0;       // digest of the endpoint that sent and of MSH-10
  std::int64_t message = 0;  // the one that caused what was sent
  std::string outlet;
  Instant since;
  std::string code;  // MSA-1; empty: it is awaited
};

/// A route's run that was set aside. It keeps its place in its lanes and starts again from the received bytes.
struct PendingRun {
  enum class State { held, waiting, ended };

  static constexpr std::int64_t kOfAMessage = 4096;  // more than a message ever has

  std::int64_t id = 0;  // message * kOfAMessage, and which of its runs: ascending in the order of effect
  std::int64_t message = 0;
  std::string route;
  std::vector<std::string> lanes;  // "ris-orders|M1^HOSP"; later runs of these lanes stand behind it
  std::int64_t patient = 0;        // of an event: its lanes are known once it is decided, its patient before; 0: none
  State state = State::held;
  std::string reason;  // for a person; may hold patient data
  Instant since;
  std::optional<Instant> due;         // when it starts again by itself; nothing: when what it waits for has come
  std::vector<std::string> wakes_on;  // "accession|A1001^HOSP", "filler|F1^HOSP", "run|17": starts again when one comes
};

std::string to_text(PendingRun::State state);
PendingRun::State pending_state_from(std::string_view text);

}  // namespace pons
