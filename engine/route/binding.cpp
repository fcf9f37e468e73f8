#include "engine/route/binding.h"

#include <Poco/URI.h>

#include "engine/base/text.h"
#include "engine/records/order_rules.h"

namespace pons {

namespace {

void put(json::Value& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void put(json::Value& object, std::string_view key, const Identifier& identifier) {
  if (!identifier.empty()) object[key] = identifier_object(identifier);
}

json::Value series_list(const Study& study) {
  json::Value list = json::Value::array();
  for (const Series& each : study.series) {
    json::Value& series = list.push({});
    put(series, "SeriesInstanceUID", each.series_uid);
    put(series, "Modality", each.modality);
    series["instances"] = json::Value::number(std::int64_t{each.instances});
    put(series, "InstanceAvailability", each.availability);
    put(series, "RetrieveAETitle", each.retrieve_ae);
    if (each.stored != 0) series["stored"] = json::Value::number(std::int64_t{each.stored});
  }
  return list;
}

std::string encoded(const std::string& text) {
  std::string out;
  Poco::URI::encode(text, "!?#/'\",;:$&()[]*+=@%", out);
  return out;
}

}  // namespace

json::Value identifier_object(const Identifier& identifier) {
  json::Value object;
  object["value"] = identifier.value;
  put(object, "authority", identifier.authority);
  put(object, "type", identifier.type);
  return object;
}

json::Value patient_object(const Patient& patient, bool created) {
  json::Value object = json::Value::object();
  if (!patient.identifiers.empty()) {
    put(object, "PatientID", patient.identifiers.front().value);
    put(object, "IssuerOfPatientID", patient.identifiers.front().authority);
  }
  put(object, "PatientName", patient.name);
  put(object, "PatientBirthDate", patient.birth_date);
  put(object, "PatientSex", patient.sex);
  object["identifiers"] = json::Value::array();
  for (const Identifier& each : patient.identifiers) object["identifiers"].push(identifier_object(each));
  object["created"] = json::Value::boolean(created);
  return object;
}

json::Value order_object(const Book& book, const Order& order) {
  json::Value object = json::Value::object();
  put(object, "placer", order.placer);
  put(object, "filler", order.filler);
  put(object, "AccessionNumber", order.accession.value);
  put(object, "StudyInstanceUID", order.study_uid);
  put(object, "RequestedProcedureID", order.requested_procedure_id);
  put(object, "status", order_status(book, order));
  return object;
}

json::Value step_object(const Step& step) {
  json::Value object = json::Value::object();
  put(object, "ScheduledProcedureStepID", step.step_id);
  put(object, "StartDateTime", step.start_date + step.start_time);
  put(object, "status", to_text(step.status));
  return object;
}

json::Value report_object(const Report& report) {
  json::Value object = json::Value::object();
  put(object, "filler", report.filler);
  put(object, "status", to_text(report.status));
  object["version"] = json::Value::number(std::int64_t{report.version});
  if (report.version > 1) object["supersedes"] = json::Value::number(std::int64_t{report.version - 1});
  return object;
}

json::Value study_object(const Book& book, const Study& study, const Endpoint* viewer) {
  json::Value object = json::Value::object();
  put(object, "StudyInstanceUID", study.study_uid);
  put(object, "AccessionNumber", study.accession.value);
  put(object, "StudyDateTime", study.started);
  put(object, "Modality", study.modality());
  if (!study.procedure.empty()) {
    json::Value& code = object["ProcedureCode"];
    code["CodeValue"] = study.procedure.value;
    put(code, "CodingSchemeDesignator", study.procedure.authority);
    put(code, "CodeMeaning", study.description);
  }
  if (study.patient != 0) {
    const Patient& patient = book.survivor(study.patient);
    put(object, "PatientName", patient.name);
    if (!patient.identifiers.empty()) {
      put(object, "PatientID", patient.identifiers.front().value);
      put(object, "IssuerOfPatientID", patient.identifiers.front().authority);
    }
  }
  object["series"] = series_list(study);
  object["instances"] = json::Value::number(std::int64_t{study.instances()});
  if (study.stored() != 0) object["stored"] = json::Value::number(std::int64_t{study.stored()});
  put(object, "InstanceAvailability", study.availability());
  if (viewer) {
    put(object, "viewer_url", viewer_url(*viewer, object));
    put(object, "iid_url", iid_url(*viewer, object));
  }
  return object;
}

json::Value merge_object(const Book& book, const Merge& merge, const Endpoint* viewer) {
  json::Value object = json::Value::object();
  object["survivor"] = patient_object(*book.patients.find(merge.survivor), false);
  object["retired"] = patient_object(*book.patients.find(merge.retired), false);
  object["studies"] = json::Value::array();
  for (const std::int64_t id : merge.studies)
    object["studies"].push(study_object(book, *book.studies.find(id), viewer));
  object["orders"] = json::Value::array();
  for (const std::int64_t id : merge.orders) object["orders"].push(order_object(book, *book.orders.find(id)));
  return object;
}

const std::vector<std::string>& members_of_patient() {
  static const std::vector<std::string> members{"PatientID",  "IssuerOfPatientID", "PatientName", "PatientBirthDate",
                                                "PatientSex", "identifiers",       "created"};
  return members;
}
const std::vector<std::string>& members_of_order() {
  static const std::vector<std::string> members{
      "placer", "filler", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID", "status"};
  return members;
}
const std::vector<std::string>& members_of_step() {
  static const std::vector<std::string> members{"ScheduledProcedureStepID", "StartDateTime", "status"};
  return members;
}
const std::vector<std::string>& members_of_report() {
  static const std::vector<std::string> members{"filler", "status", "version", "supersedes"};
  return members;
}
const std::vector<std::string>& members_of_study() {
  static const std::vector<std::string> members{
      "StudyInstanceUID", "AccessionNumber",      "StudyDateTime", "Modality", "ProcedureCode",
      "PatientID",        "IssuerOfPatientID",    "PatientName",   "series",   "instances",
      "stored",           "InstanceAvailability", "viewer_url",    "iid_url"};
  return members;
}
const std::vector<std::string>& members_of_merge() {
  static const std::vector<std::string> members{"survivor", "retired", "studies", "orders", "notice"};
  return members;
}

std::string viewer_url(const Endpoint& viewer, const json::Value& study) {
  std::string url = viewer.link;
  for (const char* member : {"StudyInstanceUID", "AccessionNumber", "PatientID"})
    url = replace_all(url, std::string("{") + member + '}', encoded(study.text_of(member)));
  return url;
}

std::string iid_url(const Endpoint& viewer, const json::Value& study) {
  if (viewer.iid.empty()) return {};
  return viewer.iid + "?requestType=STUDY&studyUID=" + encoded(study.text_of("StudyInstanceUID"));
}

const Endpoint* viewer_of(const std::map<std::string, Endpoint>& endpoints) {
  for (const auto& [name, endpoint] : endpoints)
    if (endpoint.kind == Endpoint::Kind::viewer && !endpoint.is_off) return &endpoint;
  return nullptr;
}

}  // namespace pons
