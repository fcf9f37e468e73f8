#include "engine/route/worklist_item.h"

#include <algorithm>
#include <array>

#include "engine/dicom/dataset.h"
#include "engine/dicom/dictionary.h"
#include "engine/hl7/path.h"
#include "engine/hl7/read.h"

namespace pons {

namespace {

struct Row {
  std::string_view facility, section, ward, value;  // "*": any
};

// The more specific row stands first.
constexpr std::array<Row, 7> kModalities{{{"SOUTH", "XR", "*", "CR"},
                                          {"*", "CT", "*", "CT"},
                                          {"*", "MRI", "*", "MR"},
                                          {"*", "NM", "*", "NM"},
                                          {"*", "US", "*", "US"},
                                          {"*", "XR", "*", "DX"},
                                          {"*", "RAD", "*", "DX"}}};
constexpr std::array<Row, 5> kStations{{{"NORTH", "CT", "ED", "CT2"},
                                        {"NORTH", "CT", "*", "CT1"},
                                        {"*", "MRI", "*", "MR1"},
                                        {"*", "XR", "*", "DX1"},
                                        {"*", "US", "*", "US1"}}};

template <std::size_t N>
const Row* look_up(const std::array<Row, N>& rows, const Reading& group) {
  const std::string facility = group.text("MSH-4.1"), section = group.text("OBR-24"), ward = group.text("PV1-3.1");
  const auto fits = [](std::string_view key, const std::string& text) { return key == "*" || key == text; };
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    return fits(row.facility, facility) && fits(row.section, section) && fits(row.ward, ward);
  });
  return found == rows.end() ? nullptr : &*found;
}

/// Puts what a message says into a dataset, and keeps the first value that does not fit.
class Filler {
 public:
  explicit Filler(dicom::Dataset& dataset) : dataset_(dataset) {}

  void put(const std::string& path, const Said& said, std::string_view field) {
    if (!said || fault_) return;
    if (auto put = said->empty() ? dataset_.put_empty(path) : dataset_.put(path, *said); !put) {
      fault_ = put.fault();
      fault_->field = field;
      fault_->code = 102;
    }
  }

  /// CWE or CE to a code sequence item: code, scheme, meaning (PS3.3 8.1).
  void put_code(const std::string& sequence, const Reading& group, std::string_view field) {
    const std::string at(field);
    if (!group.said(at + ".1")) return;
    put(sequence + ".CodeValue", group.said(at + ".1"), field);
    put(sequence + ".CodingSchemeDesignator", group.said(at + ".3").value_or("L"), field);
    put(sequence + ".CodeMeaning", group.first({at + ".2", at + ".1"}), field);
  }

  Result<void> result() const { return fault_ ? Result<void>(*fault_) : Result<void>(); }

 private:
  dicom::Dataset& dataset_;
  std::optional<Fault> fault_;
};

// The order's own notes, a line each.
Said joined_notes(const Reading& group) {
  std::string text;
  for (int number = 1; number < 1000; ++number) {
    const Said note = group.said("NTE[" + std::to_string(number) + "]-3");
    if (!note) break;
    text += (text.empty() ? "" : "\n") + *note;
  }
  return text.empty() ? Said{} : Said(text);
}

void fill_order(Filler& fill, const Reading& group, const Order& order) {
  fill.put("AccessionNumber", order.accession.value, "OBR-18");
  fill.put("StudyInstanceUID", order.study_uid, "ZDS-1");
  fill.put("RequestedProcedureID", order.requested_procedure_id, "OBR-19");
  fill.put("RequestedProcedureDescription", group.first({"OBR-44.2", "OBR-4.2"}), "OBR-4");
  fill.put_code("RequestedProcedureCodeSequence", group, group.said("OBR-44.1") ? "OBR-44" : "OBR-4");
  fill.put("ReferringPhysicianName", group.person_name(group.said("PV1-8") ? "PV1-8" : "OBR-16", 2), "PV1-8");
  fill.put("RequestingPhysician", group.person_name(group.said("OBR-16") ? "OBR-16" : "ORC-12", 2), "OBR-16");
  fill.put("PlacerOrderNumberImagingServiceRequest", order.placer.value, "ORC-2");
  fill.put("FillerOrderNumberImagingServiceRequest", order.filler.value, "ORC-3");
  fill.put("RequestedProcedureComments", joined_notes(group), "NTE-3");
}

void fill_step(Filler& fill, const Reading& group, const StepClaim& claim) {
  const std::string step = "ScheduledProcedureStepSequence.";
  fill.put(step + "Modality", claim.modality, "OBR-24");
  fill.put(step + "ScheduledProcedureStepStartDate", claim.start_date, "ORC-7.4");
  fill.put(step + "ScheduledProcedureStepStartTime", claim.start_time, "ORC-7.4");
  fill.put(step + "ScheduledProcedureStepDescription", group.first({"IPC-6.2", "OBR-4.5", "OBR-4.2"}), "OBR-4");
  fill.put(step + "ScheduledProcedureStepID", claim.step_id, "OBR-20");
  fill.put(step + "ScheduledPerformingPhysicianName", claim.performing_physician, "OBR-34");
}

}  // namespace

Said dicom_sex(const Said& sex) {
  if (!sex) return {};
  if (*sex == "M" || *sex == "F" || *sex == "O") return sex;
  return *sex == "A" || *sex == "U" ? Said("O") : Said("");
}

Result<std::string> modality_of(const Reading& group) {
  if (const Said said = group.said("IPC-5.1"); said && !said->empty()) return *said;
  if (const Row* row = look_up(kModalities, group)) return std::string(row->value);
  return refused("the section \"" + group.text("OBR-24") + "\" has no modality; CT, MRI, NM, US, XR and RAD have one",
                 "OBR-24", 103);
}

std::optional<std::vector<std::string>> stations_of(const Reading& group) {
  if (const Said said = group.said("IPC-9"); said && !said->empty()) return std::vector<std::string>{*said};
  if (const Row* row = look_up(kStations, group)) return std::vector<std::string>{std::string(row->value)};
  return {};
}

Result<std::string> worklist_item(const Reading& group, const Order& order, const StepClaim& claim, const Step* known) {
  dicom::Dataset item;
  if (known && !known->item.empty()) {
    auto before = dicom::Dataset::from_json(known->item);
    if (!before) return before.fault();
    item = *std::move(before);
  }
  Filler fill(item);
  fill_order(fill, group, order);
  fill_step(fill, group, claim);
  if (claim.stations)
    fill.put("ScheduledProcedureStepSequence.ScheduledStationAETitle", claim.stations->front(), "IPC-9");
  if (const auto filled = fill.result(); !filled) return filled.fault();
  return item.to_json();
}

}  // namespace pons
