#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pons::json {

/// An element of an R4 type (hl7.org/fhir/R4): what a map's target is checked against.
struct FhirElement {
  std::string_view name;  // "status", "effectiveDateTime": a choice is listed once for each of its types
  std::string_view
      type;  // "code", "CodeableConcept", "Reference"; a backbone element by its path: "ImagingStudy.series"
  bool is_list = false;
  bool required = false;                  // min 1; never set on a choice, of which one type is enough
  std::vector<std::string_view> codes;    // of a required binding; empty: any
  std::vector<std::string_view> targets;  // of a Reference: "Patient", "ServiceRequest"; empty: any
};

/// The elements of a resource, data type or backbone element; null when it is not known. Known: the resources that
/// Pons writes (Bundle, DiagnosticReport, ImagingStudy, Observation, Patient, ServiceRequest, Practitioner, Encounter,
/// DocumentReference, Endpoint) and every data type that they use.
const std::vector<FhirElement>* fhir_type(std::string_view name);
const FhirElement* fhir_element(std::string_view type, std::string_view name);
bool is_fhir_resource(std::string_view name);
/// "code", "dateTime": its JSON is a string, number or boolean.
bool is_fhir_primitive(std::string_view type);
/// Every value of the pattern that R4 gives for a primitive: a date, an id, a uri without spaces … "" when it fits,
/// else what is wrong and what to write.
std::string fhir_primitive_fault(std::string_view type, std::string_view text);

}  // namespace pons::json
