#include "engine/route/worklist.h"

#include <algorithm>
#include <array>

#include "engine/records/order_rules.h"
#include "engine/route/claims.h"

namespace pons {

namespace {

constexpr std::string_view kSteps = "ScheduledProcedureStepSequence";
constexpr std::array<std::string_view, 5> kPatientMembers{"PatientName", "PatientID", "IssuerOfPatientID",
                                                          "PatientBirthDate", "PatientSex"};
constexpr std::array<std::string_view, 4> kStepTypeOne{"Modality", "ScheduledProcedureStepStartDate",
                                                       "ScheduledProcedureStepStartTime", "ScheduledProcedureStepID"};
constexpr std::array<std::string_view, 2> kRootTypeOne{"StudyInstanceUID", "RequestedProcedureID"};

/// The only item of the step's sequence; made when there is none.
json::Value& step_part(json::Value& item) {
  json::Value& sequence = item[kSteps];
  if (!sequence.is_array()) sequence = json::Value::array();
  if (sequence.items().empty()) sequence.push(json::Value::object());
  return sequence.items().front();
}

void take_over(json::Value& known, const json::Value& said) {
  for (const auto& [member, value] : said.members())
    if (member != kSteps) known[member] = value;
}

/// The item as it was known, with what is said now.
json::Value merged(const Step* known, const json::Value& said) {
  json::Value item = json::Value::object();
  if (known && !known->item.empty())
    if (auto before = json::Value::parse(known->item)) item = *std::move(before);
  take_over(item, said);
  if (const json::Value* sequence = said.find(kSteps); sequence && !sequence->items().empty())
    take_over(step_part(item), sequence->items().front());
  for (const std::string_view member : kPatientMembers) item.erase(member);
  return item;
}

Result<void> check_type_one(const json::Value& item, const json::Value& step, const std::string& patient_name) {
  const auto missing = [](std::string_view member) {
    return refused("the worklist needs a " + std::string(member) + " (Type 1), and the order gives none",
                   std::string(member), 101);
  };
  for (const std::string_view member : kStepTypeOne)
    if (step.text_of(member).empty()) return missing(member);
  for (const std::string_view member : kRootTypeOne)
    if (item.text_of(member).empty()) return missing(member);
  if (patient_name.empty()) return missing("PatientName");
  return {};
}

std::optional<std::vector<std::string>> stations(const json::Value& step) {
  const json::Value* found = step.find("ScheduledStationAETitle");
  if (!found) return {};
  std::vector<std::string> all;
  if (found->is_array())
    for (const json::Value& each : found->items()) all.push_back(each.text());
  else if (!found->text().empty())
    all.push_back(found->text());
  return all;
}

Result<StepStatus> requested_status(const json::Value& step, const Step* known) {
  const std::string word = step.text_of("ScheduledProcedureStepStatus");
  if (word.empty()) return known ? known->status : StepStatus::scheduled;
  if (const auto status = step_status_from(word)) return *status;
  return refused("\"" + word + "\" is no status of a scheduled step; write SCHEDULED, CANCELED …",
                 "ScheduledProcedureStepStatus", 103);
}

}  // namespace

Result<const Step*> write_worklist(Book& book, std::int64_t order_id, const json::Value& said_item) {
  const json::Value* sequence = said_item.find(kSteps);
  const json::Value said_step =
      sequence && !sequence->items().empty() ? sequence->items().front() : json::Value::object();
  const std::string id = said_step.text_of("ScheduledProcedureStepID");
  const Order order = *book.orders.find(order_id);
  const Step* known = find_step(book, order.id, id);
  json::Value item = merged(known, said_item);
  json::Value& step = step_part(item);
  const auto status = requested_status(step, known);
  if (!status) return status.fault();
  if (!is_final(*status))
    if (auto checked = check_type_one(item, step, book.survivor(order.patient).name); !checked) return checked.fault();
  StepClaim claim;
  claim.step_id = id;
  claim.requested = *status;
  claim.modality = said(step, "Modality");
  claim.start_date = said(step, "ScheduledProcedureStepStartDate");
  claim.start_time = said(step, "ScheduledProcedureStepStartTime");
  claim.performing_physician = said(step, "ScheduledPerformingPhysicianName");
  claim.stations = stations(step);
  claim.item = item.write();
  return write_step(book, order, claim);
}

json::Value worklist_item(const Book& book, const Step& step) {
  json::Value item = json::Value::object();
  if (auto known = json::Value::parse(step.item)) item = *std::move(known);
  const Order& order = *book.orders.find(step.order);
  const Patient& patient = book.survivor(order.patient);
  item["PatientName"] = patient.name;
  item["PatientBirthDate"] = patient.birth_date;
  item["PatientSex"] = patient.sex;
  if (!patient.identifiers.empty()) {
    item["PatientID"] = patient.identifiers.front().value;
    item["IssuerOfPatientID"] = patient.identifiers.front().authority;
  }
  step_part(item)["ScheduledProcedureStepStatus"] = to_text(step.status);
  return item;
}

}  // namespace pons
