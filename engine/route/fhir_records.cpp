#include "engine/route/fhir_records.h"

#include <Poco/URI.h>

#include "engine/base/text.h"
#include "engine/records/order_rules.h"

namespace pons {

namespace {

/// "19800102" as "1980-01-02".
std::string fhir_date(const std::string& day) {
  return day.size() == 8 ? day.substr(0, 4) + '-' + day.substr(4, 2) + '-' + day.substr(6) : std::string();
}

void collect_references(const json::Value& value, std::vector<std::string>& found) {
  if (const json::Value* reference = value.find("reference");
      reference && reference->text().find('?') != std::string::npos)
    found.push_back(reference->text());
  for (const auto& [name, member] : value.members()) collect_references(member, found);
  for (const json::Value& item : value.items()) collect_references(item, found);
}

std::string request_status(const Book& book, const Order& order) {
  const std::string status = order_status(book, order);
  return status == "CM" ? "completed" : status == "CA" || status == "DC" ? "revoked" : "active";
}

json::Value request_resource(const Run& run, const Order& order, const json::Value& identifier,
                             const std::string& patient) {
  json::Value request;
  request["resourceType"] = "ServiceRequest";
  request["identifier"] = json::Value::array();
  request["identifier"].push(identifier);
  request["status"] = request_status(run.book, order);
  request["intent"] = "order";
  if (!patient.empty()) request["subject"]["reference"] = patient;
  return request;
}

}  // namespace

json::Value identifier_of(const std::string& reference) {
  const std::string query = reference.substr(reference.find('=') + 1);
  const auto bar = query.find('|');
  const auto decoded = [](const std::string& text) {
    std::string out;
    Poco::URI::decode(text, out);
    return out;
  };
  json::Value identifier;
  if (bar != std::string::npos && bar > 0) identifier["system"] = decoded(query.substr(0, bar));
  identifier["value"] = decoded(bar == std::string::npos ? query : query.substr(bar + 1));
  return identifier;
}

json::Value human_name(const std::string& person_name) {
  const auto parts = split(std::string_view(person_name).substr(0, person_name.find('=')), '^');
  const auto part = [&](std::size_t i) { return i < parts.size() ? std::string(trim(parts[i])) : std::string(); };
  json::Value name;
  if (!part(0).empty()) name["family"] = part(0);
  for (const std::size_t i : {1, 2})
    if (!part(i).empty()) name["given"].push(part(i));
  if (!part(3).empty()) name["prefix"].push(part(3));
  if (!part(4).empty()) name["suffix"].push(part(4));
  return name;
}

json::Value patient_resource(const Patient& patient, const json::Value& identifier) {
  json::Value resource;
  resource["resourceType"] = "Patient";
  resource["identifier"] = json::Value::array();
  resource["identifier"].push(identifier);
  if (const json::Value name = human_name(patient.name); name.is_object()) resource["name"].push(name);
  if (patient.sex == "M" || patient.sex == "F" || patient.sex == "O")
    resource["gender"] = patient.sex == "M" ? "male" : patient.sex == "F" ? "female" : "other";
  if (const std::string date = fhir_date(patient.birth_date); !date.empty()) resource["birthDate"] = date;
  return resource;
}

KnownResources known_resources(const Run& run, const std::vector<const json::Value*>& resources) {
  std::vector<std::string> references;
  for (const json::Value* each : resources) collect_references(*each, references);
  std::string patient;
  for (const std::string& each : references)
    if (each.starts_with("Patient?")) patient = each;
  KnownResources known;
  for (const std::string& each : references) {
    if (each.starts_with("Patient?") && run.patient != 0)
      known[each] = patient_resource(run.book.survivor(run.patient), identifier_of(each));
    if (each.starts_with("ServiceRequest?") && run.order != 0)
      known[each] = request_resource(run, *run.book.orders.find(run.order), identifier_of(each), patient);
  }
  return known;
}

}  // namespace pons
