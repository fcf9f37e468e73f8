#pragma once

#include <string>
#include <string_view>

#include "engine/expr/value.h"
#include "engine/message/identifier.h"

namespace pons {

/// An identifier as an expression meets it: a CX or EI field, an object of a record, a text with its namespace.
struct Numbered {
  Identifier identifier;
  std::string universal;  // CX-4.2, EI-3; empty: none was sent
  std::string system;     // the FHIR system that it names: "urn:oid:1.2.3"

  /// `authority` is used where the value itself names none.
  static Numbered of(const Value& value, const Value& authority);
};

/// The FHIR system of an authority: an OID as urn:oid, a URI as it is, else "urn:id:" and the name; empty of "".
std::string fhir_system(std::string_view authority);
/// "Patient?identifier=urn:id:HOSP|M1": a conditional reference (FHIR R4 3.1.0.7.3). An identifier without system is
/// one that has none, never one of any system.
std::string conditional_reference(std::string_view type, std::string_view system, std::string_view number);

}  // namespace pons
