#include "engine/json/fhir.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace pons::json;

namespace {

std::string type_of(std::string_view type, std::string_view name) {
  const FhirElement* element = fhir_element(type, name);
  return element ? std::string(element->type) : "nothing";
}

bool has(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool fits(std::string_view type, std::string_view text) {
  return fhir_primitive_fault(type, text).empty();
}

constexpr std::string_view kResources[] = {"Bundle",       "DiagnosticReport", "DocumentReference", "Encounter",
                                           "Endpoint",     "ImagingStudy",     "Observation",       "Patient",
                                           "Practitioner", "ServiceRequest"};

}  // namespace

TEST_CASE("the ten resources that Pons writes are known, and no other", "[json]") {
  for (std::string_view name : kResources) {
    CAPTURE(name);
    CHECK(is_fhir_resource(name));
    REQUIRE(fhir_type(name));
    CHECK(type_of(name, "id") == "id");
    CHECK(type_of(name, "meta") == "Meta");
  }
  CHECK_FALSE(is_fhir_resource("Medication"));
  CHECK(fhir_type("Medication") == nullptr);
  CHECK_FALSE(is_fhir_resource("HumanName"));
  CHECK(fhir_type("HumanName"));
  CHECK_FALSE(is_fhir_resource("ImagingStudy.series"));
  CHECK(fhir_type("string") == nullptr);
  CHECK(fhir_type("") == nullptr);
}

TEST_CASE("an element says whether it must be there and whether it is a list", "[json]") {
  const FhirElement* status = fhir_element("ImagingStudy", "status");
  REQUIRE(status);
  CHECK(status->type == "code");
  CHECK(status->required);
  CHECK_FALSE(status->is_list);
  const FhirElement* name = fhir_element("Patient", "name");
  REQUIRE(name);
  CHECK(name->type == "HumanName");
  CHECK(name->is_list);
  CHECK_FALSE(name->required);
  CHECK(fhir_element("HumanName", "given")->is_list);
  CHECK_FALSE(fhir_element("HumanName", "family")->is_list);
  CHECK(fhir_element("Patient", "surname") == nullptr);
  CHECK(fhir_element("Nothing", "name") == nullptr);
}

TEST_CASE("a required binding lists its codes", "[json]") {
  using Codes = std::vector<std::string_view>;
  CHECK(fhir_element("Patient", "gender")->codes == Codes{"male", "female", "other", "unknown"});
  CHECK(fhir_element("ImagingStudy", "status")->codes ==
        Codes{"registered", "available", "cancelled", "entered-in-error", "unknown"});
  CHECK(has(fhir_element("DiagnosticReport", "status")->codes, "preliminary"));
  CHECK(fhir_element("DiagnosticReport", "status")->codes.size() == 10);
  CHECK(has(fhir_element("Timing.repeat", "when")->codes, "MORN"));
  CHECK(has(fhir_element("Timing.repeat", "when")->codes, "ACM"));
  CHECK(fhir_element("Quantity", "comparator")->codes == Codes{"<", "<=", ">=", ">"});
}

TEST_CASE("codes that no list can hold, and those of a weaker binding, may be any", "[json]") {
  CHECK(fhir_element("Attachment", "contentType")->codes.empty());
  CHECK(fhir_element("Money", "currency")->codes.empty());
  CHECK(fhir_element("Patient", "language")->codes.empty());
  CHECK(fhir_element("Patient", "maritalStatus")->codes.empty());
}

TEST_CASE("a choice is listed once for each of its types", "[json]") {
  CHECK(type_of("DiagnosticReport", "effectiveDateTime") == "dateTime");
  CHECK(type_of("DiagnosticReport", "effectivePeriod") == "Period");
  CHECK(type_of("DiagnosticReport", "effective") == "nothing");
  CHECK(type_of("DiagnosticReport", "effective[x]") == "nothing");
  CHECK(type_of("Observation", "valueQuantity") == "Quantity");
  CHECK(type_of("Observation", "valueCodeableConcept") == "CodeableConcept");
  CHECK(type_of("Observation", "effectiveInstant") == "instant");
  CHECK(type_of("Patient", "deceasedBoolean") == "boolean");
  CHECK(type_of("Annotation", "authorReference") == "Reference");
  CHECK_FALSE(fhir_element("UsageContext", "valueQuantity")->required);
}

TEST_CASE("a backbone element is a type by its path", "[json]") {
  CHECK(type_of("ImagingStudy", "series") == "ImagingStudy.series");
  CHECK(type_of("ImagingStudy.series", "instance") == "ImagingStudy.series.instance");
  CHECK(type_of("ImagingStudy.series", "modality") == "Coding");
  CHECK(fhir_element("ImagingStudy.series.instance", "sopClass")->required);
  CHECK(type_of("Timing", "repeat") == "Timing.repeat");
  CHECK(type_of("Bundle.entry", "resource") == "Resource");
}

TEST_CASE("an element that is told by reference to another one has its type", "[json]") {
  CHECK(type_of("Bundle.entry", "link") == "Bundle.link");
  CHECK(fhir_element("Bundle.entry", "link")->is_list);
  CHECK(type_of("Observation.component", "referenceRange") == "Observation.referenceRange");
}

TEST_CASE("a reference says what it may point to", "[json]") {
  const auto& subject = fhir_element("ImagingStudy", "subject")->targets;
  CHECK(has(subject, "Patient"));
  CHECK_FALSE(has(subject, "Practitioner"));
  CHECK(fhir_element("ServiceRequest", "subject")->targets.size() == 4);
  CHECK(fhir_element("Observation", "focus")->targets.empty());
  CHECK(fhir_element("Patient", "gender")->targets.empty());
}

TEST_CASE("every type that an element names is known", "[json]") {
  std::vector<std::string_view> waiting(std::begin(kResources), std::end(kResources));
  std::vector<std::string_view> seen;
  while (!waiting.empty()) {
    const std::string_view name = waiting.back();
    waiting.pop_back();
    if (has(seen, name) || name == "Resource" || name == "OperationOutcome") continue;
    seen.push_back(name);
    CAPTURE(name);
    if (is_fhir_primitive(name)) {
      CHECK(fhir_primitive_fault(name, "\x01 \x01").find("no primitive type") == std::string::npos);
      continue;
    }
    REQUIRE(fhir_type(name));
    for (const FhirElement& each : *fhir_type(name)) waiting.push_back(each.type);
  }
  CHECK(seen.size() == 92);
}

TEST_CASE("a primitive is a string, number or boolean in JSON", "[json]") {
  for (const char* type : {"code", "dateTime", "boolean", "decimal", "base64Binary", "xhtml", "canonical"})
    CHECK(is_fhir_primitive(type));
  for (const char* type : {"Coding", "Patient", "Element", "Reference", "", "Code"})
    CHECK_FALSE(is_fhir_primitive(type));
}

TEST_CASE("a date is in the calendar", "[json]") {
  for (const char* text : {"2026", "2026-11", "2026-11-24", "2024-02-29", "0001-01-01"}) CHECK(fits("date", text));
  for (const char* text : {"2026-13-45", "2026-02-29", "2026-04-31", "2026-00", "0000", "20261124", "2026-1-2", "26",
                           "2026-11-24T10:00:00Z", "2026-11-24 ", "2026-", ""}) {
    CAPTURE(text);
    CHECK_FALSE(fits("date", text));
  }
  CHECK(fhir_primitive_fault("date", "2026-13-45").find("write 2026-11-24") != std::string::npos);
}

TEST_CASE("a dateTime with a time has seconds and a zone", "[json]") {
  for (const char* text : {"2026", "2026-11", "2026-11-24", "2026-11-24T10:00:00Z", "2026-11-24T10:00:00.123+01:00",
                           "2026-11-24T23:59:60-14:00"}) {
    CAPTURE(text);
    CHECK(fits("dateTime", text));
  }
  for (const char* text :
       {"2026-11-24T10:00:00", "2026-11-24T10:00Z", "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z",
        "2026-02-30T10:00:00Z", "2026-11-24T10:00:00.Z", "2026-11-24T10:00:00+14:01", "2026-11-24T10:00:00+0100",
        "2026-11-24 10:00:00Z", "2026-11T10:00:00Z", "2026-11-24T10:00:00Z "}) {
    CAPTURE(text);
    CHECK_FALSE(fits("dateTime", text));
  }
  CHECK(fits("instant", "2026-11-24T10:00:00.000Z"));
  CHECK_FALSE(fits("instant", "2026-11-24"));
  CHECK(fits("time", "10:00:00.5"));
  CHECK_FALSE(fits("time", "10:00"));
  CHECK_FALSE(fits("time", "10:00:00Z"));
  CHECK_FALSE(fits("time", "24:00:00"));
}

TEST_CASE("numbers keep to their type's range", "[json]") {
  for (const char* text : {"0", "-0.50", "1.50", "12e-3", "1E+5"}) CHECK(fits("decimal", text));
  for (const char* text : {"", "-", "01", "1.", ".5", "+1", "1e", "1,5", "NaN", "1 "})
    CHECK_FALSE(fits("decimal", text));
  CHECK(fits("integer", "-2147483648"));
  CHECK_FALSE(fits("integer", "-2147483649"));
  CHECK_FALSE(fits("integer", "-0"));
  CHECK_FALSE(fits("integer", "1.0"));
  CHECK(fits("unsignedInt", "0"));
  CHECK(fits("unsignedInt", "2147483647"));
  for (const char* text : {"-1", "2147483648", "007", "", "+1"}) CHECK_FALSE(fits("unsignedInt", text));
  CHECK(fits("positiveInt", "1"));
  CHECK_FALSE(fits("positiveInt", "0"));
  CHECK(fits("boolean", "true"));
  for (const char* text : {"True", "1", "", "yes"}) CHECK_FALSE(fits("boolean", text));
}

TEST_CASE("ids, codes, addresses and strings have their characters", "[json]") {
  CHECK(fits("id", "A-1.b"));
  CHECK(fits("id", std::string(64, 'x')));
  CHECK_FALSE(fits("id", std::string(65, 'x')));
  for (const char* text : {"", "a_b", "a b", "ü", "a/b"}) CHECK_FALSE(fits("id", text));
  CHECK(fits("code", "entered-in-error"));
  CHECK(fits("code", "two words"));
  for (const char* text : {"", " a", "a ", "a  b", "a\t b", " "}) CHECK_FALSE(fits("code", text));
  CHECK(fits("uri", "urn:oid:1.2.3"));
  CHECK_FALSE(fits("uri", "http://example.org/a b"));
  CHECK_FALSE(fits("url", "http://example.org/\n"));
  CHECK_FALSE(fits("canonical", ""));
  CHECK(fits("string", "a\tb\r\n"));
  CHECK(fits("string", "Müller"));
  CHECK_FALSE(fits("string", ""));
  CHECK_FALSE(fits("string", std::string("a\0b", 3)));
  CHECK_FALSE(fits("markdown", "a\x1Bm"));
  CHECK(fits("xhtml", "<div>x</div>"));
  CHECK_FALSE(fits("xhtml", "x"));
}

TEST_CASE("oid and uuid are urns", "[json]") {
  CHECK(fits("oid", "urn:oid:1.2.840.10008.5.1.4.1.1.2"));
  CHECK(fits("oid", "urn:oid:0.0"));
  for (const char* text : {"1.2.3", "urn:oid:3.1", "urn:oid:1.02", "urn:oid:1..2", "urn:oid:1.", "urn:oid:"})
    CHECK_FALSE(fits("oid", text));
  CHECK(fits("uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"));
  for (const char* text :
       {"c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
        "urn:uuid:c757873d-ec9a-4326-a141-556f4323952", "urn:uuid:c757873dxec9a-4326-a141-556f43239520"})
    CHECK_FALSE(fits("uuid", text));
}

TEST_CASE("base64 comes in groups of four", "[json]") {
  for (const char* text : {"QQ==", "QUI=", "QUJD", "QUJD\nQUI="}) CHECK(fits("base64Binary", text));
  for (const char* text : {"", "QQ", "QQ=", "Q===", "QQ==QQ==", "QU-_", "="}) CHECK_FALSE(fits("base64Binary", text));
}

TEST_CASE("a fault never repeats the value, which may be a patient's", "[json]") {
  for (const char* type : {"date", "id", "code", "uri", "boolean", "positiveInt", "oid"}) {
    CAPTURE(type);
    const std::string text = fhir_primitive_fault(type, "  1987-99-12  ");
    CHECK_FALSE(text.empty());
    CHECK(text.find("1987") == std::string::npos);
  }
  CHECK(fhir_primitive_fault("HumanName", "x").find("no primitive type") != std::string::npos);
}
