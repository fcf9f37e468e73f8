#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/expr/value.h"

namespace pons {

/// A person's name in one script, by its parts: HL7 XPN, XCN, CNN and their elders, DICOM PN and FHIR HumanName have
/// the same five in three orders.
struct NameParts {
  std::string family, given, middle, prefix, suffix;

  bool empty() const { return family.empty() && given.empty() && middle.empty() && prefix.empty() && suffix.empty(); }
};

/// A person's name in up to three scripts: DICOM's component groups (PS3.5 6.2.1.2), HL7's repetitions with XPN-8
/// (table 0465).
struct PersonName {
  static constexpr std::string_view kRepresentations = "AIP";  // XPN-8 of each: alphabetic, ideographic, phonetic
  std::array<NameParts, 3> scripts;

  bool empty() const;
  bool has_several() const;
  /// The first script in which there is a name.
  const NameParts& first() const;

  /// HL7 by its data type, where XCN and CNN have the id before the name. What XPN-8 marks as the same name (XPN-7) in
  /// another script is read from the other repetitions. A text is a DICOM PN; a text of a message, already taken apart
  /// by an expression, is a family name.
  static PersonName of(const Value& value);
  /// PS3.5 6.2: family^given^middle^prefix^suffix, without trailing `^`, for each script. Refuses a part that holds
  /// `^`,
  /// `=` or `\`.
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
