#pragma once

#include <string>
#include <vector>

#include "engine/message/subject.h"
#include "engine/records/order_rules.h"
#include "engine/route/reading.h"

namespace pons {

/// Reads ORM^O01, OMG^O19 and OMI^O23 as IHE RAD-4 and RAD-13 fill them.

/// What the message names: its patients' and orders' numbers.
Subject subject_of_order(const Reading& message);

/// The groups that are one scheduled step each: an IPC where there is one, else an OBR.
std::vector<hl7::Group> steps_of_message(const hl7::Message& message);

/// The identifier of type MR leads; an untyped one counts as MR.
PatientClaim patient_claim(const Reading& message);
Result<OrderClaim> order_claim(const Reading& group);

/// ORC-1 and ORC-5 to a status (HL7 tables 0119 and 0038). Refused: a control that is not handled.
Result<StepStatus> requested_status(const Reading& group);
/// `known` is the step as it is, or null; what the group does not say stays.
Result<StepClaim> step_claim(const Reading& group, const Order& order, const Step* known);
/// IPC-4, OBR-20, else filler number and OBR-1: never the accession, since steps share it.
std::string step_id(const Reading& group);

}  // namespace pons
