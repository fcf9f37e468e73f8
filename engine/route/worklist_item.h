#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/records/order_rules.h"
#include "engine/route/reading.h"

namespace pons {

/// HL7 table 0001 to DICOM Patient's Sex (0010,0040): M, F, O; anything else is cleared.
Said dicom_sex(const Said& sex);

/// IPC-5, else facility and section (MSH-4, OBR-24) by the sample hospital's codes. Refused: a section nobody knows.
Result<std::string> modality_of(const Reading& group);
/// IPC-9, else by facility, section and ward. Nothing: not said, so offered to every AE of the modality.
std::optional<std::vector<std::string>> stations_of(const Reading& group);

/// One scheduled step as a Modality Worklist item (PS3.3 C.4.10 to C.4.12) without the patient's attributes, JSON by
/// keyword. Attributes that the message does not give stay as they are in `known`.
Result<std::string> worklist_item(const Reading& group, const Order& order, const StepClaim& claim, const Step* known);

}  // namespace pons
