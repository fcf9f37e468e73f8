#pragma once

#include <compare>
#include <string>

namespace pons {

/// A number and who gave it: HL7 CX and EI, DICOM PatientID with IssuerOfPatientID. A number without its authority
/// names nobody: two hospitals use the same one for two people.
struct Identifier {
  std::string value;
  std::string authority;  // assigning authority, namespace ID (CX-4.1, EI-2); empty: the sender's default was empty too
  std::string type;       // HL7 table 0203 (MR, NH …); no part of the key

  bool empty() const { return value.empty(); }
  /// "M1^HOSP": for keys of lanes and locks, and for texts.
  std::string key() const { return value + '^' + authority; }
  bool operator==(const Identifier& other) const { return value == other.value && authority == other.authority; }
};

}  // namespace pons
