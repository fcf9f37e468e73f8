#include "engine/mapping/bundle.h"

#include <catch2/catch.hpp>

using namespace pons;

namespace {

json::Value parsed(const std::string& text) {
  auto value = json::Value::parse(text);
  REQUIRE(value);
  return *std::move(value);
}

json::Value report() {
  return parsed(R"({"resourceType":"DiagnosticReport","identifier":[{"system":"urn:hosp:filler","value":"F 1"}],)"
                R"("basedOn":[{"reference":"ServiceRequest?identifier=urn:id:HOSP|F1"}],"status":"final",)"
                R"("code":{"text":"CT"},"subject":{"reference":"Patient?identifier=urn:id:HOSP|M1"},)"
                R"("imagingStudy":[{"reference":"ImagingStudy?identifier=urn:dicom:uid|urn:oid:1.2"}]})");
}

std::string requests(const json::Value& bundle) {
  std::string lines;
  for (const json::Value& entry : bundle.find("entry")->items()) {
    const json::Value& request = *entry.find("request");
    lines += request.text_of("method") + " " + request.text_of("url") + " " + request.text_of("ifNoneExist") + "\n";
  }
  return lines;
}

const json::Value& entry(const json::Value& bundle, std::size_t number) {
  return bundle.find("entry")->items().at(number - 1);
}

}  // namespace

TEST_CASE("a report travels with its patient and order in one transaction") {
  const auto bundle = bundle_of({{report(), ""}});
  REQUIRE(bundle);
  CHECK(bundle->text_of("type") == "transaction");
  CHECK(requests(*bundle) ==
        "POST Patient identifier=urn:id:HOSP|M1\n"
        "POST ServiceRequest identifier=urn:id:HOSP|F1\n"
        "PUT DiagnosticReport?identifier=urn:hosp:filler|F%201 \n");
  CHECK(entry(*bundle, 1).find("resource")->write() ==
        R"({"resourceType":"Patient","identifier":[{"system":"urn:id:HOSP","value":"M1"}]})");
}

TEST_CASE("references lead to the entries of the bundle, and an unknown study stays as it was") {
  const auto bundle = bundle_of({{report(), ""}});
  REQUIRE(bundle);
  const std::string patient = entry(*bundle, 1).text_of("fullUrl"), order = entry(*bundle, 2).text_of("fullUrl");
  const json::Value& written = *entry(*bundle, 3).find("resource");
  CHECK(patient.starts_with("urn:uuid:"));
  CHECK(patient.size() == 45);
  CHECK(patient != order);
  CHECK(written.find("subject")->text_of("reference") == patient);
  CHECK(written.find("basedOn")->items()[0].text_of("reference") == order);
  CHECK(written.find("imagingStudy")->items()[0].text_of("reference") ==
        "ImagingStudy?identifier=urn:dicom:uid|urn:oid:1.2");
  CHECK(entry(*bundle, 2).find("resource")->write() ==
        R"({"resourceType":"ServiceRequest","identifier":[{"system":"urn:id:HOSP","value":"F1"}],)"
        R"("status":"active","intent":"order","subject":{"reference":")" +
            patient + "\"}}");
}

TEST_CASE("what is known of a patient or a study goes into its entry") {
  const auto bundle = bundle_of(
      {{report(), ""}},
      {{"Patient?identifier=urn:id:HOSP|M1",
        parsed(R"({"resourceType":"Patient","identifier":[{"system":"urn:id:HOSP","value":"M1"}],"gender":"female"})")},
       {"ImagingStudy?identifier=urn:dicom:uid|urn:oid:1.2",
        parsed(R"({"resourceType":"ImagingStudy","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}],)"
               R"("status":"available","subject":{"reference":"Patient?identifier=urn:id:HOSP|M1"}})")}});
  REQUIRE(bundle);
  CHECK(requests(*bundle) ==
        "POST Patient identifier=urn:id:HOSP|M1\n"
        "POST ServiceRequest identifier=urn:id:HOSP|F1\n"
        "POST ImagingStudy identifier=urn:dicom:uid|urn:oid:1.2\n"
        "PUT DiagnosticReport?identifier=urn:hosp:filler|F%201 \n");
  CHECK(entry(*bundle, 1).find("resource")->text_of("gender") == "female");
  CHECK(entry(*bundle, 3).find("resource")->find("subject")->text_of("reference") ==
        entry(*bundle, 1).text_of("fullUrl"));
}

TEST_CASE("a resource that is written itself is not created beside it") {
  const json::Value study =
      parsed(R"({"resourceType":"ImagingStudy","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}],)"
             R"("status":"available","subject":{"reference":"Patient?identifier=urn:id:HOSP|M1"}})");
  const auto bundle = bundle_of({{report(), ""}, {study, ""}});
  REQUIRE(bundle);
  CHECK(requests(*bundle) ==
        "POST Patient identifier=urn:id:HOSP|M1\n"
        "POST ServiceRequest identifier=urn:id:HOSP|F1\n"
        "PUT ImagingStudy?identifier=urn:dicom:uid|urn:oid:1.2 \n"
        "PUT DiagnosticReport?identifier=urn:hosp:filler|F%201 \n");
}

TEST_CASE("a replay gives the same bytes") {
  CHECK(bundle_of({{report(), ""}})->write() == bundle_of({{report(), ""}})->write());
}

TEST_CASE("a value cannot leave its place in a query") {
  json::Value written = report();
  written["identifier"].items()[0]["value"] = "F1&_has=x|#$,\\";
  const auto bundle = bundle_of({{written, ""}});
  REQUIRE(bundle);
  const std::string url = entry(*bundle, 3).find("request")->text_of("url");
  CHECK(url == "DiagnosticReport?identifier=urn:hosp:filler|F1%26_has%3Dx%5C%7C%23%5C%24%5C%2C%5C%5C");
}

TEST_CASE("an identifier comes back from the query as it was") {
  const auto bundle = bundle_of({{parsed(R"({"resourceType":"DiagnosticReport","identifier":[{"value":"1"}],)"
                                         R"("subject":{"reference":"Patient?identifier=urn:id:A%20B|M%5C%7C1"}})"),
                                  ""}});
  REQUIRE(bundle);
  CHECK(entry(*bundle, 1).find("resource")->find("identifier")->write() ==
        R"([{"system":"urn:id:A B","value":"M|1"}])");
}

TEST_CASE("a resource without identifier is refused, since a replay would make two") {
  const auto bundle = bundle_of({{parsed(R"({"resourceType":"Observation"})"), ""}});
  REQUIRE_FALSE(bundle);
  CHECK(bundle.fault().text.starts_with("Observation has no identifier"));
}
