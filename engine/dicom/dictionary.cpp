#include "engine/dicom/dictionary.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcvr.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace pons::dicom {
namespace {

/// The dictionary as read-only maps of our own, built once: looking up takes no lock.
struct Dictionary {
  std::vector<std::string> keywords;
  std::unordered_map<std::string, Attribute> by_keyword;
  std::map<Tag, Attribute> by_tag;
};

Attribute attribute_of(const DcmDictEntry& entry) {
  Attribute attribute;
  attribute.tag = {entry.getGroup(), entry.getElement()};
  attribute.keyword = entry.getTagName();
  attribute.vr = DcmVR(entry.getVR().getValidEVR()).getValidVRName();
  attribute.vm_min = entry.getVMMin();
  attribute.vm_max = entry.getVMMax() == DcmVariableVM ? std::nullopt : std::optional<int>(entry.getVMMax());
  return attribute;
}

bool is_standard(const DcmDictEntry& entry) {
  return entry.getPrivateCreator() == nullptr && entry.getGroup() % 2 == 0 && entry.getElement() != 0;
}

Dictionary load() {
  Dictionary dictionary;
  const DcmDataDictionary& source = dcmDataDict.rdlock();
  auto end = const_cast<DcmDataDictionary&>(source).normalEnd();
  for (auto it = const_cast<DcmDataDictionary&>(source).normalBegin(); it != end; ++it) {
    const DcmDictEntry& entry = **it;
    if (!is_standard(entry)) continue;
    Attribute attribute = attribute_of(entry);
    dictionary.keywords.push_back(attribute.keyword);
    dictionary.by_keyword.emplace(attribute.keyword, attribute);
    dictionary.by_tag.emplace(attribute.tag, std::move(attribute));
  }
  dcmDataDict.rdunlock();
  std::sort(dictionary.keywords.begin(), dictionary.keywords.end());
  return dictionary;
}

const Dictionary& dictionary() {
  static const Dictionary loaded = load();
  return loaded;
}

std::optional<std::uint16_t> hex16(std::string_view digits) {
  std::uint16_t number = 0;
  for (char c : digits) {
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return std::nullopt;
    number = static_cast<std::uint16_t>(number * 16 + digit);
  }
  return number;
}

struct Terms {
  bool enumerated = true;
  std::vector<std::string> values;
};

/// PS3.3 C.7.3.1.1.1 (Modality, without retired terms), C.2.3, C.4.10, C.4.12, C.4.14, C.7.2.2.
const std::map<std::string, Terms, std::less<>>& term_table() {
  static const std::map<std::string, Terms, std::less<>> table = {
      {"Modality",
       {false, {"ANN",        "AR",  "ASMT",   "AU",      "BDUS",     "BI",         "BMD",    "CR",       "CT",
                "CTPROTOCOL", "DMS", "DG",     "DOC",     "DX",       "ECG",        "EEG",    "EMG",      "EOG",
                "EPS",        "ES",  "FID",    "GM",      "HC",       "HD",         "IO",     "IOL",      "IVOCT",
                "IVUS",       "KER", "KO",     "LEN",     "LS",       "M3D",        "MG",     "MR",       "NM",
                "OAM",        "OCT", "OP",     "OPM",     "OPT",      "OPTBSV",     "OPTENF", "OPV",      "OSS",
                "OT",         "PA",  "PLAN",   "POS",     "PR",       "PT",         "PX",     "REG",      "RESP",
                "RF",         "RG",  "RTDOSE", "RTIMAGE", "RTINTENT", "RTPLAN",     "RTRAD",  "RTRECORD", "RTSEGANN",
                "RTSTRUCT",   "RWV", "SEG",    "SM",      "SMR",      "SR",         "SRF",    "STAIN",    "TEXTUREMAP",
                "TG",         "US",  "VA",     "VIDD",    "XA",       "XAPROTOCOL", "XC"}}},
      {"PatientSex", {true, {"M", "F", "O"}}},
      {"PregnancyStatus", {true, {"1", "2", "3", "4"}}},
      {"SmokingStatus", {true, {"YES", "NO", "UNKNOWN"}}},
      {"PatientSexNeutered", {true, {"ALTERED", "UNALTERED"}}},
      {"ResponsiblePersonRole",
       {false,
        {"OWNER", "PARENT", "CHILD", "SPOUSE", "SIBLING", "RELATIVE", "GUARDIAN", "CUSTODIAN", "AGENT", "INVESTIGATOR",
         "VETERINARIAN"}}},
      {"TypeOfPatientID", {false, {"TEXT", "RFID", "BARCODE"}}},
      // The last three are the engine's own, for how a step ended (engine/records).
      {"ScheduledProcedureStepStatus",
       {false, {"SCHEDULED", "ARRIVED", "READY", "STARTED", "DEPARTED", "CANCELED", "DISCONTINUED", "COMPLETED"}}},
      {"RequestedProcedurePriority", {false, {"STAT", "HIGH", "ROUTINE", "MEDIUM", "LOW"}}},
      {"ReportingPriority", {false, {"HIGH", "ROUTINE", "MEDIUM", "LOW"}}},
      {"PerformedProcedureStepStatus", {true, {"IN PROGRESS", "DISCONTINUED", "COMPLETED"}}},
      {"InstanceAvailability", {true, {"ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE"}}},
      {"Laterality", {true, {"R", "L"}}},
  };
  return table;
}

const Terms* terms_of(std::string_view keyword) {
  auto found = term_table().find(keyword);
  return found == term_table().end() ? nullptr : &found->second;
}

}  // namespace

std::string Tag::text() const {
  return fmt::format("{:04X}{:04X}", group, element);
}

std::optional<Tag> parse_tag(std::string_view text) {
  if (text.size() == 11 && text.front() == '(' && text.back() == ')') text = text.substr(1, 9);
  std::size_t second = text.size() == 9 && text[4] == ',' ? 5 : 4;
  if (text.size() != second + 4) return std::nullopt;
  auto group = hex16(text.substr(0, 4));
  auto element = hex16(text.substr(second));
  if (!group || !element) return std::nullopt;
  return Tag{*group, *element};
}

std::optional<Attribute> find_attribute(std::string_view name) {
  auto found = dictionary().by_keyword.find(std::string(name));
  if (found != dictionary().by_keyword.end()) return found->second;
  auto tag = parse_tag(name);
  return tag ? find_attribute(*tag) : std::nullopt;
}

std::optional<Attribute> find_attribute(Tag tag) {
  auto found = dictionary().by_tag.find(tag);
  if (found == dictionary().by_tag.end()) return std::nullopt;
  return found->second;
}

const std::vector<std::string>& keywords() {
  return dictionary().keywords;
}

std::optional<std::size_t> max_length(std::string_view vr) {
  static const std::map<std::string_view, std::size_t> limits = {
      {"AE", 16}, {"AS", 4},     {"CS", 16}, {"DA", 8},  {"DS", 16},   {"DT", 26}, {"IS", 12},
      {"LO", 64}, {"LT", 10240}, {"PN", 64}, {"SH", 16}, {"ST", 1024}, {"TM", 14}, {"UI", 64}};
  auto found = limits.find(vr);
  if (found == limits.end()) return std::nullopt;
  return found->second;
}

const std::vector<std::string>& terms(std::string_view keyword) {
  static const std::vector<std::string> none;
  const Terms* found = terms_of(keyword);
  return found ? found->values : none;
}

bool terms_are_enumerated(std::string_view keyword) {
  const Terms* found = terms_of(keyword);
  return found && found->enumerated;
}

}  // namespace pons::dicom
