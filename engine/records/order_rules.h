#pragma once

#include "engine/base/result.h"
#include "engine/records/book.h"
#include "engine/records/patient_rules.h"

namespace pons {

/// What one ORC/OBR group says about its order.
struct OrderClaim {
  Identifier placer, filler, accession;
  std::string study_uid;  // empty: not said
  std::string requested_procedure_id;
  bool ends = false;  // a cancel or discontinue: there must be something to end
};

/// Finds the order by placer number, then filler number, then accession number, each with its authority, and takes over
/// what the claim adds; creates it when nobody knows it. A Study Instance UID is made once and kept.
/// Refused: no number at all; an end of what is not known. Conflict: the numbers belong to two orders, the order
/// belongs to another patient, or its study has another UID.
Result<const Order*> reconcile_order(Book& book, const Patient& patient, const OrderClaim& claim);

/// The order's status as its steps make it, HL7 table 0038: SC while nothing has started, IP from the first start until
/// all steps are final, then CM, CA where all were canceled, else DC.
std::string order_status(const Book& book, const Order& order);

/// The order's step with this ID; its only step, when that has none or none is asked for. Null: there is no such step.
const Step* find_step(const Book& book, std::int64_t order, const std::string& step_id);

/// What a message says about one scheduled step. Texts not said leave what is known.
struct StepClaim {
  std::string step_id;
  StepStatus requested = StepStatus::scheduled;
  Said modality, start_date, start_time, performing_physician;
  std::optional<std::vector<std::string>> stations;
  std::string item;  // the whole item as it shall be
};

/// Writes the step through its state machine: a status is a request. Final states stand; a started step is never
/// scheduled again. Refused: a cancel of a step that was started or performed. Ignored requests are noted with the
/// reason.
Result<const Step*> write_step(Book& book, const Order& order, const StepClaim& claim);

}  // namespace pons
