#include "adapters/dicom/worklist_query.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace pons {

namespace {

constexpr std::string_view kStep = "ScheduledProcedureStepSequence.";
constexpr std::array<std::string_view, 6> kKeys{
    "PatientName", "PatientID", "IssuerOfPatientID", "AccessionNumber", "RequestedProcedureID", "StudyInstanceUID"};
constexpr std::array<std::string_view, 7> kStepKeys{
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepID",
    "ScheduledProcedureStepStatus",
};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The two sides of a range key: "a-b", "a-", "-b" or a single value, which is both.
std::pair<std::string, std::string> sides(const std::string& key) {
  const auto dash = key.find('-');
  if (dash == std::string::npos) return {key, key};
  return {std::string(trim(key.substr(0, dash))), std::string(trim(key.substr(dash + 1)))};
}

Result<std::string> day(const std::string& text) {
  const std::string digits = replace_all(text, ".", "");
  if (digits.empty() || (digits.size() == 8 && all_digits(digits))) return digits;
  return refused("\"" + text + "\" is not a date; write YYYYMMDD", "ScheduledProcedureStepStartDate");
}

/// HH, HHMM or HHMMSS that a clock can show.
bool is_time(std::string_view digits) {
  constexpr std::array<std::string_view, 3> kLast{"23", "59", "60"};
  if (!all_digits(digits) || digits.size() > 6 || digits.size() % 2 != 0) return false;
  for (std::size_t part = 0; part * 2 < digits.size(); ++part)
    if (digits.substr(part * 2, 2) > kLast[part]) return false;
  return true;
}

/// Full precision; `fill` completes what is not said: 0830 is 083000 as a first time and 083059 as a last one.
Result<std::string> time(const std::string& text, std::string_view fill) {
  std::string digits = replace_all(text.substr(0, text.find('.')), ":", "");
  if (digits.empty()) return digits;
  if (!is_time(digits))
    return refused("\"" + text + "\" is not a time; write HHMMSS", "ScheduledProcedureStepStartTime");
  return digits + std::string(fill.substr(digits.size()));
}

Result<StartRange> start_range(const dicom::Dataset& identifier) {
  const auto key = [&](std::string_view name) {
    const std::string text = identifier.text_or_empty(std::string(kStep).append(name));
    return text == "*" ? std::string() : text;
  };
  const auto [first_date, last_date] = sides(key("ScheduledProcedureStepStartDate"));
  const auto [first_time, last_time] = sides(key("ScheduledProcedureStepStartTime"));
  const auto from_day = day(first_date), to_day = day(last_date);
  const auto from_time = time(first_time, "000000"), to_time = time(last_time, "235959");
  for (const auto* each : {&from_day, &to_day, &from_time, &to_time})
    if (!*each) return each->fault();
  return StartRange{*from_day, *from_time, *to_day, *to_time};
}

/// "" for a star alone, which matches everything.
std::string text_key(const dicom::Dataset& identifier, const std::string& path) {
  std::string text = identifier.text_or_empty(path);
  return text.find_first_not_of('*') == text.npos ? "" : text;
}

/// Without what says nothing at its end: empty components, and empty component groups (PS3.5 6.2.1).
std::string name_key(const dicom::Dataset& identifier, const std::string& path) {
  std::string text = text_key(identifier, path);
  const auto last = text.find_last_not_of("^= ");
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

std::vector<std::string> list_key(const dicom::Dataset& identifier, const std::string& path) {
  std::vector<std::string> values;
  for (const std::string& each : identifier.values(path))
    if (const auto text = trim(each); !text.empty() && text != "*") values.emplace_back(text);
  return values;
}

std::vector<std::string> code_key(const dicom::Dataset& identifier, const std::string& path) {
  auto values = list_key(identifier, path);
  for (std::string& each : values) each = upper_ascii(each);
  return values;
}

/// The stations asked for, else the caller; a star asks for every station.
std::vector<std::string> stations_key(const dicom::Dataset& identifier, const std::string& caller) {
  const std::string path = std::string(kStep) + "ScheduledStationAETitle";
  auto stations = list_key(identifier, path);
  if (stations.empty() && !caller.empty() && identifier.text_or_empty(path).empty()) stations.push_back(caller);
  return stations;
}

template <std::size_t N>
bool has_other_key(const dicom::Dataset& dataset, const std::array<std::string_view, N>& known) {
  for (const std::string& name : dataset.names()) {
    if (name == "SpecificCharacterSet" || name == "ScheduledProcedureStepSequence") continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    // Some clients write an empty number as 0.
    const std::string value = dataset.text_or_empty(name);
    if (!value.empty() && value != "*" && value != "0") return true;
  }
  return false;
}

}  // namespace

Result<ReadQuery> read_worklist_query(const dicom::Dataset& identifier, const KnownStations& stations,
                                      const std::string& caller) {
  const std::string step(kStep);
  ReadQuery read;
  WorklistQuery& query = read.query;
  query.patient_name = name_key(identifier, "PatientName");
  query.patient_id = text_key(identifier, "PatientID");
  query.issuer_of_patient_id = text_key(identifier, "IssuerOfPatientID");
  query.accession_number = text_key(identifier, "AccessionNumber");
  query.requested_procedure_id = text_key(identifier, "RequestedProcedureID");
  query.study_instance_uids = list_key(identifier, "StudyInstanceUID");
  query.scheduled_procedure_step_id = text_key(identifier, step + "ScheduledProcedureStepID");
  query.scheduled_performing_physician = name_key(identifier, step + "ScheduledPerformingPhysicianName");
  query.modalities = code_key(identifier, step + "Modality");
  query.statuses = code_key(identifier, step + "ScheduledProcedureStepStatus");
  query.stations = stations_key(identifier, caller);
  for (const std::string& each : query.stations)
    if (const auto known = stations.find(each); known != stations.end() && !known->second.empty())
      query.station_modalities.push_back(known->second);
  auto start = start_range(identifier);
  if (!start) return start.fault();
  query.start = *std::move(start);
  const auto item = identifier.item("ScheduledProcedureStepSequence", 1);
  read.ignored_keys = has_other_key(identifier, kKeys) || (item && has_other_key(*item, kStepKeys));
  return read;
}

}  // namespace pons
