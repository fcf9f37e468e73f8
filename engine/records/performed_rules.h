#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// How a data set that is not what PS3.4 Table F.7.2-1 says is taken. Lenient: what can be used is taken, and noted;
/// what N-SET may not change stays as it was. Strict: it is refused.
enum class IodRules { lenient, strict };

/// What became of an N-CREATE or N-SET. `dicom_status` is what the modality reads (PS3.7 C).
struct PerformedVerdict {
  std::uint16_t dicom_status = 0;
  std::uint16_t error_id = 0;             // (0000,0903): A710H where the step is final
  std::string text;                       // for a person: why it is refused, or what is wrong with what was taken
  std::vector<std::uint32_t> attributes;  // tags that the status is about
  std::int64_t performed = 0;             // row id; 0: refused, it left nothing behind
  std::int64_t study = 0;                 // row id of the study that is complete now; 0: none
};

/// MPPS N-CREATE (PS3.4 F.7.2.1): `dataset` is JSON by keyword. The scheduled steps that its Scheduled Step Attributes
/// name, by Study Instance UID and step ID, else by accession and step ID, become STARTED. 0111H: the UID is there
/// already. 0106H: the status is not IN PROGRESS. 0120H, 0121H: an attribute or its value is missing; always for the
/// status, and where no study, step or accession is named at all. A step nobody knows, or one of another patient, moves
/// nothing; the performed step is kept and raises a question.
PerformedVerdict create_performed_step(Book& book, const std::string& uid, const json::Value& dataset,
                                       std::int64_t message, IodRules rules = IodRules::lenient);

/// MPPS N-SET (PS3.4 F.7.2.2). COMPLETED completes its steps and makes or completes the study from the Performed Series
/// Sequence; DISCONTINUED discontinues them, except with reason 110514 DCM (incorrect worklist entry), which puts them
/// back to SCHEDULED and raises a question. 0112H: no such step. 0110H with A710H: it is final. 0105H: an attribute may
/// not be set, or was not created. 0107H: it is done, but for attributes that may not be set.
PerformedVerdict set_performed_step(Book& book, const std::string& uid, const json::Value& modification,
                                    std::int64_t message, IodRules rules = IodRules::lenient);

}  // namespace pons
