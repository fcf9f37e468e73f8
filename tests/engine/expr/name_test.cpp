#include <catch2/catch.hpp>

#include "tests/engine/expr/desk.h"

using namespace pons;
using pons::test::Desk;

namespace {

const std::string kReport =
    "MSH|^~\\&|RIS|NORTH|||20261124100000||ORU^R01|M1|P|2.5.1\n"
    "PID|1||M1^^^HOSP^MR~99^^^NHS&1.2.3&ISO^NH~\"\"^^^X^MR\n"
    "OBR|1||F1\n"
    "OBX|1|CE|A||x^alpha|||N|||F\n"
    "OBX|2|TX|B||beta~gamma\n";

std::vector<Value> items_of(Desk& desk, const Each& each) {
  return *each.items(desk.scope);
}

Each loop(Desk& desk, const std::string& text) {
  const auto each = Each::compile(desk.scalar(text), desk.vocabulary, desk.findings);
  if (!each) throw std::runtime_error(to_text(desk.findings));
  return *each;
}

/// What the expression gives for each item, one after the other.
std::string walk(Desk& desk, const std::string& loop_text, const std::string& text) {
  const Each each = loop(desk, loop_text);
  const Expr expr = desk.compile(text, each.inside(desk.vocabulary));
  std::string out;
  for (const Value& item : items_of(desk, each)) {
    Scope inner = desk.scope;
    inner.bind(each.variable(), item);
    out += (out.empty() ? "" : " ") + Desk::shown(expr.value(inner));
  }
  return out;
}

}  // namespace

TEST_CASE("a name gives its members, the last binding of a name wins", "[expr]") {
  Desk desk(kReport);
  desk.bind("order", R"({"AccessionNumber":"OLD"})");
  desk.bind("order", R"({"placer":{"value":"P1","authority":"RIS"},"AccessionNumber":"A1","status":null})");
  CHECK(desk.result("order.AccessionNumber") == "A1");
  CHECK(desk.result("order.placer") == R"({"value":"P1","authority":"RIS"})");
  CHECK(desk.value("order.placer")->as_text() == "P1");
  CHECK(desk.result("order.placer.authority") == "RIS");
  CHECK(desk.result("order.status") == "(null)");
  CHECK(desk.result("order.filler") == "(absent)");
  CHECK(desk.result("step.status") == "(absent)");
  CHECK(desk.result("order.filler else order.AccessionNumber") == "A1");
}

TEST_CASE("members are counted from 1, and no number means the first", "[expr]") {
  Desk desk(kReport);
  desk.bind("report", R"({"subject":{"identifier":[{"value":"M1"},{"value":"M2"}]},"code":["a","b"],"none":[]})");
  CHECK(desk.result("report.subject.identifier[2].value") == "M2");
  CHECK(desk.result("report.subject.identifier.value") == "M1");
  CHECK(desk.result("report.subject.identifier[3].value") == "(absent)");
  CHECK(desk.result("report.code") == "[a, b]");
  CHECK(desk.result("report.code[2]") == "b");
  CHECK(desk.result("report.none") == "(absent)");
  CHECK(desk.result("report.code.deeper") == "(absent)");
}

TEST_CASE("a step's attributes are found in its worklist item, by keyword, path and tag", "[expr]") {
  Desk desk(kReport);
  desk.bind("item", R"({"PatientID":"M1","ScheduledProcedureStepSequence":[{"Modality":"CT"}]})");
  CHECK(desk.result("item.Modality") == "CT");
  CHECK(desk.result("item.PatientID") == "M1");
  CHECK(desk.result("item.ScheduledProcedureStepSequence[1].Modality") == "CT");
  CHECK(desk.result("item.0040,0100[1].0008,0060") == "CT");
  CHECK(desk.holds("item.Modality in (CT, MR)"));
}

TEST_CASE("JSON's numbers are texts, and its false does not hold", "[expr]") {
  Desk desk(kReport);
  desk.bind("patient", R"({"created":false,"PatientID":"M1"})");
  desk.bind("study", R"({"instances":412})");
  CHECK(desk.result("study.instances") == "412");
  CHECK(desk.result("patient.created") == "false");
  CHECK_FALSE(desk.holds("patient.created"));
  CHECK(desk.holds("not patient.created"));
  CHECK(desk.holds("patient"));
  CHECK(desk.holds("patient.PatientID"));
}

TEST_CASE("a list bound to a name is walked and indexed", "[expr]") {
  Desk desk(kReport);
  desk.bind("merge", R"({"studies":[{"StudyInstanceUID":"1.1"},{"StudyInstanceUID":"1.2"}]})");
  CHECK(walk(desk, "s in merge.studies", "s.StudyInstanceUID") == "1.1 1.2");
  CHECK(desk.result("merge.studies[2].StudyInstanceUID") == "1.2");
  CHECK(desk.result("count(merge.studies)") == "2");
  CHECK(walk(desk, "s in merge.orders", "s") == "");
}

TEST_CASE("$each walks every repetition that fits, with its components", "[expr]") {
  Desk desk(kReport);
  CHECK(walk(desk, "id in PID-3[5 = MR]", "id.1") == "M1 (null)");
  CHECK(walk(desk, "id in PID-3[5 != MR]", "id.1") == "99");
  CHECK(walk(desk, "id in PID-3[*]", "id.4") == "HOSP NHS X");
  CHECK(walk(desk, "id in PID-3[*]", "id.4.2 else none") == "none 1.2.3 none");
  CHECK(walk(desk, "id in PID-3[*]", "id.6") == "(absent) (absent) (absent)");
  CHECK(walk(desk, "id in PID-3[*]", "text(\"{id.1}@{id.4}\") when id.4 != X") == "M1@HOSP 99@NHS (absent)");
}

TEST_CASE("$each walks segments, with their fields", "[expr]") {
  Desk desk(kReport);
  CHECK(walk(desk, "obx in OBX[*]", "obx-3") == "A B");
  CHECK(walk(desk, "obx in OBX[2 = TX]", "obx-5[*] | join(\"+\")") == "beta+gamma");
  CHECK(walk(desk, "obx in OBX[*]", "obx-5.2") == "alpha (absent)");
  CHECK(walk(desk, "obx in OBX[*]", "obx-5[2]") == "(absent) gamma");
  CHECK(walk(desk, "obx in OBX[*]", "obx-8 else none") == "N none");
}

TEST_CASE("every value that was read knows its place in the message", "[expr]") {
  Desk desk(kReport);
  const std::string& bytes = desk.message->bytes();
  const auto at = [&](const Value& value) {
    const hl7::Place* place = value.origin();
    return place == nullptr ? "nowhere" : place->path() + " " + bytes.substr(place->offset, place->length);
  };
  CHECK(at(*desk.value("PID-3[5 = NH].4.2")) == "PID-3[2].4.2 1.2.3");
  CHECK(at(*desk.value("OBX[2]-5 | upper")) == "OBX[2]-5 beta");
  CHECK(at(*desk.value("OBX[*]-3 | join(\"-\")")) == "OBX-3 A");
  CHECK(at(*desk.value("text(\"x\")")) == "nowhere");
  const Each ids = loop(desk, "id in PID-3[*]");
  Scope inner = desk.scope;
  inner.bind("id", items_of(desk, ids)[1]);
  CHECK(at(*desk.compile("id.4.1", ids.inside(desk.vocabulary)).value(inner)) == "PID-3[2].4.1 NHS");
  const Each segments = loop(desk, "obx in OBX[*]");
  inner.bind("obx", items_of(desk, segments)[1]);
  CHECK(at(*desk.compile("obx-5[2]", segments.inside(desk.vocabulary)).value(inner)) == "OBX[2]-5[2] gamma");
}

TEST_CASE("received. reads what came, whatever the working copy says now", "[expr]") {
  Desk desk(kReport);
  const auto groups = *hl7::split(*desk.message, "OBR");
  auto changed = *desk.message;
  changed.replace_segment(2, "OBR|1||CHANGED");
  desk.message = changed;
  desk.scope.message = &*desk.message;
  desk.scope.group = &groups[0];
  CHECK(desk.result("OBR-3") == "CHANGED");
  CHECK(desk.result("received.OBR-3") == "F1");
  CHECK(desk.value("OBR-3")->origin() == nullptr);
  CHECK(desk.value("OBR-3")->path() == "OBR-3");
}

TEST_CASE("without a message a path is absent, and names still have values", "[expr]") {
  Desk desk;
  desk.vocabulary.hl7 = false;
  desk.bind("event", R"({"type":"study-complete"})");
  CHECK(desk.holds("event.type = study-complete"));
  CHECK(desk.result("PID") == "PID");
  desk.vocabulary.hl7 = true;
  CHECK(desk.result("PID-3") == "(absent)");
}
