#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace pons
