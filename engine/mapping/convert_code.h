#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expr/value.h"
#include "engine/json/value.h"

namespace pons {

/// A code of a coding system, named as HL7 v2 (table 0396) and DICOM name it: "LN", "SCT", "L".
struct Code {
  std::string code, system, display;
};

/// HL7 CWE and CE, FHIR Coding and CodeableConcept, DICOM code sequence item: the same in four shapes.
struct Coded {
  std::vector<Code> codes;  // CWE has a second one, the alternate
  std::string text;         // as the sender wrote it (CWE-9)

  /// Nothing: it has neither code nor text. A text is a code without a system.
  static std::optional<Coded> of(const Value& value);
  /// Code Value (Long Code Value over 16 characters), Coding Scheme Designator ("L" where none is said) and Code
  /// Meaning (the code where none is said): PS3.3 8.1. Nothing without a code.
  std::optional<json::Value> code_item() const;
  json::Value coding() const;
  json::Value codeable_concept() const;
};

/// "LN" to "http://loinc.org"; "urn:id:NAME" for what HL7 and FHIR do not know both; "" for none.
std::string system_uri(std::string_view name);
/// The way back; a URI that has no short name stays itself.
std::string system_name(std::string_view uri);

/// The text as the rest of a `urn:id:`: what a URI cannot hold as %XX.
std::string uri_escaped(std::string_view text);

}  // namespace pons
