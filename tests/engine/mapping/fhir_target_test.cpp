#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

std::string resource(const std::string& type, const std::string& fields) {
  return "map: test\nin: hl7 ORU^R01\nout: fhir R4 " + type + "\nfields:\n" + fields;
}

std::string observation(const std::string& fields) {
  return resource("Observation", "  status: final\n  code: OBR-4\n" + fields);
}

std::string message(const std::string& segments) {
  return "MSH|^~\\&|LAB|NORTH|||20260101||ORU^R01|M1|T|2.5.1\r" + segments + "\r";
}

/// The resource without what every one here has.
std::string made(const std::string& map, const std::string& segments) {
  Maps maps;
  json::Value out = built_json(maps.map(map), Received(message(segments)));
  out.erase("resourceType");
  out.erase("status");
  return out.write();
}

Fault refused_by(const std::string& map, const std::string& segments) {
  Maps maps;
  return fault_of(maps.map(map), Received(message(segments)));
}

}  // namespace

TEST_CASE("coding systems get their FHIR names, and unknown ones a name of ours") {
  CHECK(made(observation(""), "OBR||||18748-4^Report^LN^X1^local^99 A") ==
        R"({"code":{"coding":[{"system":"http://loinc.org","code":"18748-4","display":"Report"},)"
        R"({"system":"urn:id:99%20A","code":"X1","display":"local"}],"text":"Report"}})");
  CHECK(made(observation(""), "OBR||||^Free text") == R"({"code":{"text":"Free text"}})");
}

TEST_CASE("a time always has its zone, a day has none") {
  const std::string map = observation("  effectiveDateTime: OBR-7\n  issued: OBR-22\n");
  CHECK(made(map, "OBR|||||||20260625093000|||||||||||||||20261124120000.5+0100") ==
        R"({"effectiveDateTime":"2026-06-25T09:30:00+01:00","issued":"2026-11-24T12:00:00.5+01:00"})");
  CHECK(made(map, "OBR|||||||20260625") == R"({"effectiveDateTime":"2026-06-25"})");
  CHECK(made(map, "OBR|||||||2026") == R"({"effectiveDateTime":"2026"})");
  CHECK(refused_by(map, "OBR||||||||||||||||||||||20261124").text.starts_with("issued: \"20261124\" is a day"));
  CHECK(refused_by(map, "OBR|||||||20260231").code == 102);
}

TEST_CASE("identifiers, names, addresses and telecoms of a patient") {
  const std::string map = resource("Patient",
                                   "  identifier: PID-3[*]\n  name: PID-5\n  gender: text(\"female\") when PID-8 = F\n"
                                   "  birthDate: PID-7\n  address: PID-11\n  telecom: PID-13\n");
  CHECK(made(map,
             "PID|1||M1^^^HOSP^MR~99^^^&1.2.3&ISO||DOE^JANE^ANN^JR^DR||19800102|F|||1 High St^Flat "
             "2^Town^^AB1^GB||555-1") ==
        R"({"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},)"
        R"("system":"urn:id:HOSP","value":"M1"},{"system":"urn:oid:1.2.3","value":"99"}],)"
        R"("name":[{"family":"DOE","given":["JANE","ANN"],"prefix":["DR"],"suffix":["JR"]}],"gender":"female",)"
        R"("birthDate":"1980-01-02","address":[{"line":["1 High St","Flat 2"],"city":"Town","postalCode":"AB1",)"
        R"("country":"GB"}],"telecom":[{"system":"phone","value":"555-1"}]})");
}

TEST_CASE("absent and null leave an element out, and no empty object or list is written") {
  CHECK(made(observation("  note:\n    - text: OBX-5\n  performer:\n    - $each: who in OBR-32\n      display: who\n"),
             "OBR|1") == "{}");
  CHECK(made(observation("  effectiveDateTime: OBR-7\n"), "OBR|||||||\"\"") == "{}");
  CHECK(made(observation("  identifier:\n    - system: urn:hosp:accession\n      type: coding(urn:x, ACSN)\n"
                         "      value: OBR-18\n"),
             "OBR|1") == "{}");
}

TEST_CASE("one value fills a list of one") {
  CHECK(made(observation("  identifier: OBR-3\n"), "OBR|||F1^HOSP") ==
        R"({"identifier":[{"system":"urn:id:HOSP","value":"F1"}]})");
  CHECK(made(observation("  note:\n    text: OBX-5\n"), "OBR|1\rOBX|1|TX|||hello") == R"({"note":[{"text":"hello"}]})");
}

TEST_CASE("numbers are JSON numbers, whatever the sender wrote") {
  const std::string map = observation("  valueQuantity:\n    value: OBX-5\n    unit: OBX-6\n");
  CHECK(made(map, "OBR|1\rOBX|1|NM|||+007.50|mSv") == R"({"valueQuantity":{"value":7.50,"unit":"mSv"}})");
  CHECK(refused_by(map, "OBR|1\rOBX|1|NM|||1},\"x\":{").code == 102);
  CHECK(made(observation("  valueInteger: OBX-5\n"), "OBR|1\rOBX|1|NM|||012") == R"({"valueInteger":12})");
  CHECK(made(observation("  valueBoolean: OBX-5\n"), "OBR|1\rOBX|1|ID|||Y") == R"({"valueBoolean":true})");
}

TEST_CASE("a status outside the required binding is refused when the message comes") {
  const Fault fault =
      refused_by(resource("Observation", "  status: OBR-25\n  code: OBR-4\n"), "OBR||||A|||||||||||||||||||||FINAL");
  CHECK(fault.code == 103);
  CHECK(fault.field == "OBR-25");
  CHECK(fault.text.starts_with("status: \"FINAL\" is not a status; it takes "));
}

TEST_CASE("no value becomes JSON structure") {
  Maps maps;
  const Map map = maps.map(observation("  note:\n    - text: OBX-5\n"));
  const json::Value out =
      built_json(map, Received(message("OBR||||A\rOBX|1|TX|||\"}],\"status\":\"amended\",\"x\":[{\"\\E\\\\X0A\\")));
  const auto read = json::Value::parse(out.write());
  REQUIRE(read);
  CHECK(read->text_of("status") == "final");
  CHECK(read->find("note")->items()[0].text_of("text") == "\"}],\"status\":\"amended\",\"x\":[{\"\\\n");
  CHECK(read->members().size() == 4);
}

TEST_CASE("an object of a record must have the elements of its type") {
  Maps maps;
  const Map map = maps.map(observation("  subject: item.subject\n"));
  Received good(message("OBR||||A"));
  good.know("item", R"({"subject":{"reference":"Patient/1"}})");
  CHECK(built_json(map, good).find("subject")->write() == R"({"reference":"Patient/1"})");
  Received bad(message("OBR||||A"));
  bad.know("item", R"({"subject":{"refrence":"Patient/1"}})");
  CHECK(fault_of(map, bad).text == "subject: a Reference has no refrence");
}

TEST_CASE("a resource without a required element is not complete") {
  Maps maps;
  const Map map = maps.map(resource("Observation", "  status: final\n  code: OBR-4\n"));
  Received received(message("OBR|1"));
  const auto complete = map.complete(built(map, received));
  REQUIRE_FALSE(complete);
  CHECK(complete.fault().text.starts_with("code is required"));
}
