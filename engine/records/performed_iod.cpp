#include "engine/records/performed_iod.h"

#include <algorithm>
#include <array>

namespace pons {

namespace {

// clang-format off
constexpr std::array kTable = std::to_array<PerformedAttribute>({
    {0, 0x00080005, "SpecificCharacterSet", "1C/1C", "1C/1C"},
    {0, 0x00400270, "ScheduledStepAttributesSequence", "1/1", "-"},
    {1, 0x0020000D, "StudyInstanceUID", "1/1", "-"},
    {1, 0x00081110, "ReferencedStudySequence", "2/2", "-"},
    {2, 0x00081150, "ReferencedSOPClassUID", "1/1", "-"},
    {2, 0x00081155, "ReferencedSOPInstanceUID", "1/1", "-"},
    {1, 0x00080050, "AccessionNumber", "2/2", "-"},
    {1, 0x00080051, "IssuerOfAccessionNumberSequence", "3/3", "-"},
    {2, 0x00400031, "LocalNamespaceEntityID", "1C/1C", "-"},
    {2, 0x00400032, "UniversalEntityID", "1C/1C", "-"},
    {2, 0x00400033, "UniversalEntityIDType", "1C/1C", "-"},
    {1, 0x00402016, "PlacerOrderNumberImagingServiceRequest", "3/3", "-"},
    {1, 0x00400026, "OrderPlacerIdentifierSequence", "3/3", "-"},
    {2, 0x00400031, "LocalNamespaceEntityID", "1C/1C", "-"},
    {2, 0x00400032, "UniversalEntityID", "1C/1C", "-"},
    {2, 0x00400033, "UniversalEntityIDType", "1C/1C", "-"},
    {1, 0x00402017, "FillerOrderNumberImagingServiceRequest", "3/3", "-"},
    {1, 0x00400027, "OrderFillerIdentifierSequence", "3/3", "-"},
    {2, 0x00400031, "LocalNamespaceEntityID", "1C/1C", "-"},
    {2, 0x00400032, "UniversalEntityID", "1C/1C", "-"},
    {2, 0x00400033, "UniversalEntityIDType", "1C/1C", "-"},
    {1, 0x00401001, "RequestedProcedureID", "2/2", "-"},
    {1, 0x00321064, "RequestedProcedureCodeSequence", "3/3", "-"},
    {2, 0x00080100, "CodeValue", "1C/1C", "-"},
    {2, 0x00080102, "CodingSchemeDesignator", "1C/1C", "-"},
    {2, 0x00080104, "CodeMeaning", "1/1", "-"},
    {2, 0x00080119, "LongCodeValue", "1C/1C", "-"},
    {2, 0x00080120, "URNCodeValue", "1C/1C", "-"},
    {1, 0x00321060, "RequestedProcedureDescription", "2/2", "-"},
    {1, 0x00400009, "ScheduledProcedureStepID", "2/2", "-"},
    {1, 0x00400007, "ScheduledProcedureStepDescription", "2/2", "-"},
    {1, 0x00400008, "ScheduledProtocolCodeSequence", "2/2", "-"},
    {2, 0x00080100, "CodeValue", "1C/1C", "-"},
    {2, 0x00080102, "CodingSchemeDesignator", "1C/1C", "-"},
    {2, 0x00080104, "CodeMeaning", "1/1", "-"},
    {2, 0x00080119, "LongCodeValue", "1C/1C", "-"},
    {2, 0x00080120, "URNCodeValue", "1C/1C", "-"},
    {0, 0x00100010, "PatientName", "2/2", "-"},
    {0, 0x00100020, "PatientID", "2/2", "-"},
    {0, 0x00100021, "IssuerOfPatientID", "3/3", "-"},
    {0, 0x00100024, "IssuerOfPatientIDQualifiersSequence", "3/3", "-"},
    {1, 0x00400032, "UniversalEntityID", "3/3", "-"},
    {1, 0x00400033, "UniversalEntityIDType", "1C/1C", "-"},
    {0, 0x00101002, "OtherPatientIDsSequence", "3/3", "-"},
    {0, 0x00100030, "PatientBirthDate", "2/2", "-"},
    {0, 0x00100040, "PatientSex", "2/2", "-"},
    {0, 0x00081120, "ReferencedPatientSequence", "2/2", "-"},
    {1, 0x00081150, "ReferencedSOPClassUID", "1/1", "-"},
    {1, 0x00081155, "ReferencedSOPInstanceUID", "1/1", "-"},
    {0, 0x00380010, "AdmissionID", "3/3", "-"},
    {0, 0x00380014, "IssuerOfAdmissionIDSequence", "3/3", "-"},
    {1, 0x00400031, "LocalNamespaceEntityID", "1C/1C", "-"},
    {1, 0x00400032, "UniversalEntityID", "1C/1C", "-"},
    {1, 0x00400033, "UniversalEntityIDType", "1C/1C", "-"},
    {0, 0x00380060, "ServiceEpisodeID", "3/3", "-"},
    {0, 0x00380064, "IssuerOfServiceEpisodeIDSequence", "3/3", "-"},
    {1, 0x00400031, "LocalNamespaceEntityID", "1C/1C", "-"},
    {1, 0x00400032, "UniversalEntityID", "1C/1C", "-"},
    {1, 0x00400033, "UniversalEntityIDType", "1C/1C", "-"},
    {0, 0x00380062, "ServiceEpisodeDescription", "3/3", "-"},
    {0, 0x00400253, "PerformedProcedureStepID", "1/1", "-"},
    {0, 0x00400241, "PerformedStationAETitle", "1/1", "-"},
    {0, 0x00400242, "PerformedStationName", "2/2", "-"},
    {0, 0x00400243, "PerformedLocation", "2/2", "-"},
    {0, 0x00400244, "PerformedProcedureStepStartDate", "1/1", "-"},
    {0, 0x00400245, "PerformedProcedureStepStartTime", "1/1", "-"},
    {0, 0x00400252, "PerformedProcedureStepStatus", "1/1", "3/1"},
    {0, 0x00400254, "PerformedProcedureStepDescription", "2/2", "3/2"},
    {0, 0x00400255, "PerformedProcedureTypeDescription", "2/2", "3/2"},
    {0, 0x00081032, "ProcedureCodeSequence", "2/2", "3/2"},
    {1, 0x00080100, "CodeValue", "1C/1C", "3/1C"},
    {1, 0x00080102, "CodingSchemeDesignator", "1C/1C", "1C/1C"},
    {1, 0x00080104, "CodeMeaning", "3/3", "3/3"},
    {1, 0x00080119, "LongCodeValue", "1C/1C", "3/1C"},
    {1, 0x00080120, "URNCodeValue", "1C/1C", "3/1C"},
    {0, 0x00401012, "ReasonForPerformedProcedureCodeSequence", "3/3", "3/3"},
    {1, 0x00080100, "CodeValue", "1C/1C", "3/1C"},
    {1, 0x00080102, "CodingSchemeDesignator", "1C/1C", "1C/1C"},
    {1, 0x00080104, "CodeMeaning", "1/1", "1/1"},
    {1, 0x00080119, "LongCodeValue", "1C/1C", "3/1C"},
    {1, 0x00080120, "URNCodeValue", "1C/1C", "3/1C"},
    {0, 0x00400250, "PerformedProcedureStepEndDate", "2/2", "3/1", "1"},
    {0, 0x00400251, "PerformedProcedureStepEndTime", "2/2", "3/1", "1"},
    {0, 0x00400280, "CommentsOnThePerformedProcedureStep", "3/3", "3/3"},
    {0, 0x00400281, "PerformedProcedureStepDiscontinuationReasonCodeSequence", "3/3", "3/3"},
    {1, 0x00080100, "CodeValue", "1C/1C", "3/1C"},
    {1, 0x00080102, "CodingSchemeDesignator", "1C/1C", "1C/1C"},
    {1, 0x00080104, "CodeMeaning", "1/1", "1/1"},
    {1, 0x00080119, "LongCodeValue", "1C/1C", "3/1C"},
    {1, 0x00080120, "URNCodeValue", "1C/1C", "3/1C"},
    {0, 0x00080060, "Modality", "1/1", "-"},
    {0, 0x00200010, "StudyID", "2/2", "-"},
    {0, 0x00400260, "PerformedProtocolCodeSequence", "2/2", "3/2"},
    {1, 0x00080100, "CodeValue", "1C/1C", "3/1C"},
    {1, 0x00080102, "CodingSchemeDesignator", "1C/1C", "1C/1C"},
    {1, 0x00080104, "CodeMeaning", "3/3", "3/3"},
    {1, 0x00080119, "LongCodeValue", "1C/1C", "3/1C"},
    {1, 0x00080120, "URNCodeValue", "1C/1C", "3/1C"},
    {0, 0x00400340, "PerformedSeriesSequence", "2/2", "3/1", "1"},
    {1, 0x00081050, "PerformingPhysicianName", "2/2", "2/2", "2"},
    {1, 0x00181030, "ProtocolName", "1/1", "1/1", "1"},
    {1, 0x00081070, "OperatorsName", "2/2", "2/2", "2"},
    {1, 0x0020000E, "SeriesInstanceUID", "1/1", "1/1", "1"},
    {1, 0x0008103E, "SeriesDescription", "2/2", "2/2", "2"},
    {1, 0x00080054, "RetrieveAETitle", "2/2", "2/2", "2"},
    {1, 0x0040A494, "ArchiveRequested", "3/3", "3/3"},
    {1, 0x00081140, "ReferencedImageSequence", "2/2", "2/2"},
    {2, 0x00081150, "ReferencedSOPClassUID", "1/1", "1/1"},
    {2, 0x00081155, "ReferencedSOPInstanceUID", "1/1", "1/1"},
    {2, 0x00400512, "ContainerIdentifier", "3/3", "3/3"},
    {2, 0x00400560, "SpecimenDescriptionSequence", "3/3", "3/3"},
    {3, 0x00400551, "SpecimenIdentifier", "1/1", "1/1"},
    {3, 0x00400554, "SpecimenUID", "1/1", "1/1"},
    {1, 0x00400220, "ReferencedNonImageCompositeSOPInstanceSequence", "2/2", "2/2"},
    {2, 0x00081150, "ReferencedSOPClassUID", "1/1", "1/1"},
    {2, 0x00081155, "ReferencedSOPInstanceUID", "1/1", "1/1"},
});
// clang-format on

constexpr std::size_t kMost = 100;  // findings

enum class Use { create, set, final_state };

/// The SCU's part of "3/1".
std::string_view of_scu(std::string_view types) {
  return types.substr(0, types.find('/'));
}
std::string_view of_scp(std::string_view types) {
  return types.substr(types.find('/') + 1);
}

std::string_view type_of(const PerformedAttribute& attribute, Use use) {
  if (use == Use::create) return of_scu(attribute.create);
  if (use == Use::set) return of_scu(attribute.set);
  return attribute.final_state.empty() ? of_scp(attribute.create) : attribute.final_state;
}

bool has_value(const json::Value* value) {
  return value && (!value->text().empty() || !value->items().empty());
}

bool has_value(const json::Value& item, std::string_view keyword) {
  return has_value(item.find(keyword));
}

/// The conditions of what is 1C. What they say of a code's length or of its scheme's version cannot be told from the
/// data set.
bool is_required(std::string_view keyword, const json::Value& item) {
  if (keyword == "CodeValue") return !has_value(item, "LongCodeValue") && !has_value(item, "URNCodeValue");
  if (keyword == "CodingSchemeDesignator") return has_value(item, "CodeValue") || has_value(item, "LongCodeValue");
  if (keyword == "LocalNamespaceEntityID") return !has_value(item, "UniversalEntityID");
  if (keyword == "UniversalEntityIDType") return has_value(item, "UniversalEntityID");
  return false;
}

class Check {
 public:
  explicit Check(Use use) : use_(use) {}

  std::vector<IodFinding> take() { return std::move(findings_); }

  void dataset(const json::Value& dataset) { item(dataset, 0, kTable.size(), ""); }

 private:
  using What = IodFinding::What;

  /// An item against the lines from `line` to `end`, the first of which is on its level.
  void item(const json::Value& item, std::size_t line, std::size_t end, const std::string& prefix) {
    while (line < end && findings_.size() < kMost) {
      std::size_t next = line + 1;
      while (next < end && kTable[next].depth > kTable[line].depth) ++next;
      attribute(item, line, next, prefix);
      line = next;
    }
  }

  void attribute(const json::Value& item, std::size_t line, std::size_t end, const std::string& prefix) {
    const PerformedAttribute& attribute = kTable[line];
    if (use_ == Use::final_state && attribute.depth == 0 && attribute.final_state.empty()) return;
    const std::string path = prefix + std::string(attribute.keyword);
    const json::Value* value = item.find(attribute.keyword);
    const std::string_view type = type_of(attribute, use_);
    if (type == "-") {
      if (value) add(What::not_allowed, attribute, path);
      return;
    }
    const bool needs_value = type == "1" || ((type == "1C" || type == "3") && is_required(attribute.keyword, item));
    if (!value && (needs_value || type == "2")) return add(What::missing, attribute, path);
    const bool may_be_empty = !needs_value && !(use_ == Use::set && of_scp(attribute.set) == "1");
    if (value && !has_value(value) && !may_be_empty) return add(What::no_value, attribute, path);
    if (value) items(*value, line, end, path);
  }

  void items(const json::Value& sequence, std::size_t line, std::size_t end, const std::string& path) {
    std::size_t number = 0;
    for (const json::Value& each : sequence.items())
      if (each.is_object()) item(each, line + 1, end, path + '[' + std::to_string(++number) + "].");
  }

  void add(What what, const PerformedAttribute& attribute, const std::string& path) {
    findings_.push_back({what, attribute.tag, path});
  }

  const Use use_;
  std::vector<IodFinding> findings_;
};

std::vector<IodFinding> check(Use use, const json::Value& dataset) {
  Check check(use);
  check.dataset(dataset);
  return check.take();
}

}  // namespace

std::span<const PerformedAttribute> performed_attributes() {
  return kTable;
}

std::string to_text(const IodFinding& finding) {
  constexpr std::array kSays{" may not be set", " was not created", " is missing", " has no value"};
  return finding.path + kSays[static_cast<std::size_t>(finding.what)];
}

std::vector<IodFinding> check_create(const json::Value& dataset) {
  return check(Use::create, dataset);
}

std::vector<IodFinding> check_set(const json::Value& known, const json::Value& modification) {
  auto findings = check(Use::set, modification);
  for (const PerformedAttribute& each : kTable)
    if (each.depth == 0 && each.set != "-" && each.keyword != "SpecificCharacterSet" &&
        modification.find(each.keyword) && !known.find(each.keyword))
      findings.push_back({IodFinding::What::not_created, each.tag, std::string(each.keyword)});
  return findings;
}

std::vector<IodFinding> check_final_state(const json::Value& dataset) {
  return check(Use::final_state, dataset);
}

}  // namespace pons
