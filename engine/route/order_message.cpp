#include "engine/route/order_message.h"

#include <algorithm>
#include <array>

#include "engine/hl7/read.h"
#include "engine/route/worklist_item.h"

namespace pons {

namespace {

struct ControlRule {
  std::string_view control, status;  // ORC-1 and ORC-5; "*" any, "" absent
  StepStatus requested;
};

// The first that fits counts.
constexpr std::array<ControlRule, 12> kControls{{{"NW", "*", StepStatus::scheduled},
                                                 {"SC", "IP", StepStatus::started},
                                                 {"SC", "CM", StepStatus::completed},
                                                 {"SC", "CA", StepStatus::canceled},
                                                 {"SC", "DC", StepStatus::discontinued},
                                                 {"SC", "SC", StepStatus::scheduled},
                                                 {"SC", "", StepStatus::scheduled},
                                                 {"XO", "CM", StepStatus::completed},
                                                 {"XO", "*", StepStatus::scheduled},
                                                 {"CA", "*", StepStatus::canceled},
                                                 {"OC", "*", StepStatus::canceled},
                                                 {"DC", "*", StepStatus::discontinued}}};

template <class T>
void add_if_named(std::vector<T>& all, T one) {
  if (!one.empty() && std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
}

Identifier accession_of(const Reading& group) {
  return group.said("IPC-1") ? group.entity("IPC-1") : group.entity("OBR-18");
}

Identifier placer_of(const Reading& group) {
  const Identifier placer = group.entity("ORC-2");
  return placer.empty() ? group.entity("OBR-2") : placer;
}

Identifier filler_of(const Reading& group) {
  const Identifier filler = group.entity("ORC-3");
  return filler.empty() ? group.entity("OBR-3") : filler;
}

std::string study_uid_of(const Reading& group) {
  return group.first({"IPC-3.1", "ZDS-1.1"}).value_or("");
}

}  // namespace

std::vector<hl7::Group> steps_of_message(const hl7::Message& message) {
  return hl7::split(message, message.locate("IPC") ? "IPC" : "OBR");
}

Subject subject_of_order(const Reading& message) {
  Subject subject;
  subject.patients = message.identifiers("PID-3");
  for (const hl7::Group& each : steps_of_message(message.message())) {
    const Reading group = message.of(each);
    add_if_named(subject.placers, placer_of(group));
    add_if_named(subject.fillers, filler_of(group));
    add_if_named(subject.accessions, accession_of(group));
    add_if_named(subject.studies, study_uid_of(group));
  }
  return subject;
}

PatientClaim patient_claim(const Reading& message) {
  PatientClaim claim;
  claim.identifiers = message.identifiers("PID-3");
  for (Identifier& each : claim.identifiers)
    if (each.type.empty()) each.type = "MR";
  std::stable_partition(claim.identifiers.begin(), claim.identifiers.end(),
                        [](const Identifier& each) { return each.type == "MR"; });
  if (!claim.identifiers.empty() && claim.identifiers.front().type != "MR") claim.identifiers.clear();
  claim.name = message.person_name("PID-5");
  if (const auto day = message.day("PID-7")) claim.birth_date = *day;
  claim.sex = dicom_sex(message.said("PID-8"));
  claim.address = message.said("PID-11");
  return claim;
}

Result<OrderClaim> order_claim(const Reading& group) {
  OrderClaim claim{placer_of(group),
                   filler_of(group),
                   accession_of(group),
                   study_uid_of(group),
                   group.first({"IPC-2.1", "OBR-19", "OBR-4.1"}).value_or(""),
                   false};
  const auto status = requested_status(group);
  if (!status) return status.fault();
  claim.ends = *status == StepStatus::canceled || *status == StepStatus::discontinued;
  return claim;
}

Result<StepStatus> requested_status(const Reading& group) {
  const std::string control = group.text("ORC-1"), status = group.text("ORC-5");
  for (const ControlRule& each : kControls)
    if (each.control == control && (each.status == "*" || each.status == status)) return each.requested;
  if (control.empty()) return refused("there is no order control; write NW, XO, SC, CA, DC or OC", "ORC-1", 101);
  return refused("the order control " + control + " with the order status \"" + status +
                     "\" is not handled; NW, XO, SC, CA, DC and OC are",
                 "ORC-1", 103);
}

std::string step_id(const Reading& group) {
  if (const Said said = group.first({"IPC-4.1", "OBR-20"}); said && !said->empty()) return *said;
  return filler_of(group).value + '-' + group.text("OBR-1");
}

Result<StepClaim> step_claim(const Reading& group, const Order& order, const Step* known) {
  StepClaim claim;
  claim.step_id = step_id(group);
  const auto status = requested_status(group);
  if (!status) return status.fault();
  claim.requested = *status;
  const std::string_view start = group.said("TQ1-7") ? "TQ1-7" : group.said("ORC-7.4") ? "ORC-7.4" : "OBR-27.4";
  const auto day = group.day(start), time = group.time(start);
  if (!day) return day.fault();
  if (!time) return time.fault();
  claim.start_date = *day;
  claim.start_time = *time;
  const auto modality = modality_of(group);
  if (!modality && !known) return modality.fault();
  if (modality) claim.modality = *modality;
  claim.stations = stations_of(group);
  claim.performing_physician = group.person_name("OBR-34.1");
  auto item = worklist_item(group, order, claim, known);
  if (!item) return item.fault();
  claim.item = *std::move(item);
  return claim;
}

}  // namespace pons
