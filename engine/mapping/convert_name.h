#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/expr/value.h"

namespace pons {

/// A person's name by its parts: HL7 XPN, XCN, CNN and their elders, DICOM PN and FHIR HumanName have the same five in
/// three orders.
struct PersonName {
  std::string family, given, middle, prefix, suffix;

  bool empty() const { return family.empty() && given.empty() && middle.empty() && prefix.empty() && suffix.empty(); }
  /// HL7 by its data type, where XCN and CNN have the id before the name. A text is a DICOM PN, of which the first
  /// component group is read; a text of a message, already taken apart by an expression, is a family name.
  static PersonName of(const Value& value);
  /// PS3.5 6.2: family^given^middle^prefix^suffix, without trailing `^`. Refuses a part that holds `^`, `=` or `\`.
  Result<std::string> pn() const;
  /// "Dr Ann SMITH Jr", as a person reads it.
  std::string display() const;
};

bool is_person_type(std::string_view datatype);
/// Those, and NDL, whose first component is a person.
bool holds_person(std::string_view datatype);
/// XCN, CNN: the id stands before the name.
bool has_leading_id(std::string_view datatype);

}  // namespace pons
