#include "engine/route/test_world.h"

#include "engine/route/naming.h"

namespace pons {

namespace {

std::string text(const Node& row, const char* key) {
  const Node* found = row.is_map() ? row.find(key) : nullptr;
  return found ? found->text : std::string();
}

/// A row of YAML as a worklist item: attributes of the step may stand beside those of the order.
json::Value item_of(const Node& row) {
  json::Value item = json::Value::object(), step = json::Value::object();
  for (const auto& [key, value] : row.entries) {
    const bool of_step = key.text == "Modality" || key.text.starts_with("ScheduledProcedureStep") ||
                         key.text == "ScheduledStationAETitle" || key.text == "ScheduledPerformingPhysicianName";
    (of_step ? step : item)[key.text] = value.text;
  }
  item["ScheduledProcedureStepSequence"] = json::Value::array();
  item["ScheduledProcedureStepSequence"].push(step);
  return item;
}

}  // namespace

TestWorld::TestWorld(const Site& site, const Route& route, const hl7::Message* given)
    : site_(site), route_(route), given_(given) {
  const Endpoint* inlet = site_.endpoint(route_.from);
  if (inlet) number_authority_ = patient_authority_ = inlet->authority;
  if (!given_) return;
  static const hl7::Path medical_record = *hl7::Path::parse("PID-3[5 = MR]");
  auto named = identifiers_at(*given_, medical_record, hl7::charset_of(*given_, ""));
  if (named.empty()) named = named_patient(*given_, hl7::charset_of(*given_, ""));
  if (named.empty()) return;
  default_patient_ = named.front().value;
  if (!named.front().authority.empty()) patient_authority_ = named.front().authority;
}

void TestWorld::have(const Node& having) {
  const auto each = [&](const char* key, void (TestWorld::*have_one)(const Node&)) {
    const Node* list = having.find(key);
    if (!list || !list->is_list()) return;
    for (const Node& row : list->items) (this->*have_one)(row);
  };
  each("patients", &TestWorld::have_patient);
  each("orders", &TestWorld::have_order);
  each("worklist", &TestWorld::have_item);
  each("studies", &TestWorld::have_study);
  book_.keep();
}

Patient& TestWorld::patient(const std::string& number) {
  const auto found = patients_.find(number);
  if (found != patients_.end()) return found->second;
  Patient patient;
  patient.id = book_.new_id();
  patient.identifiers = {{number, patient_authority_, "MR"}};
  book_.patients.put(patient);
  return patients_.emplace(number, std::move(patient)).first->second;
}

std::int64_t TestWorld::patient_of(const Node& row) {
  const std::string number = text(row, "PatientID");
  return patient(number.empty() ? default_patient_ : number).id;
}

void TestWorld::have_patient(const Node& row) {
  Patient& known = patient(row.is_scalar() ? row.text : text(row, "PatientID"));
  if (row.is_scalar()) return;
  known.name = text(row, "PatientName");
  known.birth_date = text(row, "PatientBirthDate");
  known.sex = text(row, "PatientSex");
  if (const std::string authority = text(row, "IssuerOfPatientID"); !authority.empty())
    known.identifiers.front().authority = authority;
  book_.patients.put(known);
}

std::int64_t TestWorld::put_order(Order order) {
  order.id = book_.new_id();
  book_.orders.put(order);
  return order.id;
}

void TestWorld::have_order(const Node& row) {
  Order order;
  order.patient = patient_of(row);
  order.placer = {text(row, "placer"), number_authority_, {}};
  order.filler = {text(row, "filler"), number_authority_, {}};
  order.accession = {text(row, "AccessionNumber"), number_authority_, {}};
  order.study_uid = text(row, "StudyInstanceUID");
  put_order(std::move(order));
}

void TestWorld::have_item(const Node& row) {
  Order order;
  order.patient = patient_of(row);
  order.accession = {text(row, "AccessionNumber"), number_authority_, {}};
  order.study_uid = text(row, "StudyInstanceUID");
  order.requested_procedure_id = text(row, "RequestedProcedureID");
  Step step;
  step.order = put_order(std::move(order));
  step.id = book_.new_id();
  step.step_id = text(row, "ScheduledProcedureStepID");
  step.status = step_status_from(text(row, "ScheduledProcedureStepStatus")).value_or(StepStatus::scheduled);
  step.modality = text(row, "Modality");
  step.start_date = text(row, "ScheduledProcedureStepStartDate");
  step.start_time = text(row, "ScheduledProcedureStepStartTime");
  step.item = item_of(row).write();
  book_.steps.put(std::move(step));
}

void TestWorld::have_study(const Node& row) {
  Study study;
  study.id = book_.new_id();
  study.patient = patient_of(row);
  study.study_uid = text(row, "StudyInstanceUID");
  if (study.study_uid.empty()) study.study_uid = "2.25." + std::to_string(study.id);
  study.accession = {text(row, "AccessionNumber"), number_authority_, {}};
  study.started = text(row, "StudyDateTime");
  if (const std::string modality = text(row, "Modality"); !modality.empty()) study.series = {{"", modality, 0}};
  book_.studies.put(std::move(study));
}

void TestWorld::know_orders_of_message() {
  const hl7::Charset charset = hl7::charset_of(*given_, "");
  const auto groups = hl7::split(*given_, "OBR");
  if (!groups) return;
  for (const hl7::Group& group : *groups) {
    const OrderNumbers numbers = order_numbers(*given_, &group, charset, number_authority_);
    Order order;
    order.patient = patient(default_patient_).id;
    order.placer = numbers.placer;
    order.filler = numbers.filler;
    order.accession = numbers.accession;
    put_order(std::move(order));
  }
  book_.keep();
}

}  // namespace pons
