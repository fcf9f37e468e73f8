#include <catch2/catch.hpp>

#include "engine/base/digest.h"
#include "tests/engine/expr/desk.h"

using namespace pons;
using pons::test::Desk;

namespace {

const std::string kOrder =
    "MSH|^~\\&|ACMERIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|M0001|P|2.3.1\n"
    "PID|1||M1^^^HOSP^MR~99^^^NHS^NH||DOE^JANE||19800102|F\n"
    "PV1|1|I|RADX|||||D1^WHO^ALAN\n"
    "ORC|NW|P1|F1||SC||^^^20261125093000\n"
    "OBR|1|P1|F1|CT1^CT head^L||||||||||||||A1001|R1|S1||||CT\n"
    "ORC|NW|P2|F2||SC||^^^20261125100000\n"
    "OBR|2|P2|F2|MR1^MR head^L||||||||||||||A1002|R2|S2||||MRI\n";

const std::string kReport =
    "MSH|^~\\&|REPORTS|NORTH|IMAGING|HOSP|20261124120000||ORU^R01|M0200|P|2.5\n"
    "PID|1||M1^^^HOSP^MR||DOE^JANE\n"
    "OBR|1|P1|F1|CT1^CT head^L|||20261124093000|||||||||||A1001||||20261124115900|||F|||||||R1&SMITH&ANN\n"
    "OBX|1|TX|59776-5^Findings^LN||FINDINGS~No bleed.~IMPRESSION~Normal.||||||F\n";

const std::string kMerge =
    "MSH|^~\\&|HIS|NORTH|IMAGING|HOSP|20261124110000||ADT^A40^ADT_A39|M0100|P|2.5\n"
    "EVN||20261124110000\n"
    "PID|1||M1^^^HOSP^MR||DOE^JANE||19800102|F\n"
    "MRG|M2^^^HOSP^MR||||||DOE^J\n";

const char* const kTables[] = {
    "table: modality-codes\nkey: [facility, section]\nvalue: dicom Modality\nmissing: error\nrows:\n"
    "  - [ \"*\", CT, CT ]\n  - [ \"*\", MRI, MR ]\n  - [ \"*\", XR, DX ]\n  - [ \"*\", RAD, DX ]\n"
    "  - [ SOUTH, XR, CR ]\nreverse:\n  DX: XR\n",
    "table: order-status\nkey: [control, status]\nvalue: dicom ScheduledProcedureStepStatus\nmissing: error\nrows:\n"
    "  - [ NW, \"*\", SCHEDULED ]\n  - [ SC, CM, COMPLETED ]\n  - [ SC, DC, DISCONTINUED ]\n  - [ CA, \"*\", CANCELED "
    "]\n",
    "table: stations\nkey: [facility, section, ward]\nvalue: dicom AE\nmissing: empty\nrows:\n"
    "  - [ NORTH, CT, \"*\", CT1 ]\n  - [ NORTH, CT, ED, CT2 ]\n  - [ \"*\", MRI, \"*\", MR1 ]\n",
    "table: sex\nkey: HL7 0001\nvalue: dicom PatientSex\nmissing: empty\nrows: {M: M, F: F, O: O, A: O, U: O}\n",
    "table: pregnancy\nkey: acme pregnancy code\nvalue: dicom PregnancyStatus\nmissing: empty\nrows: {N: 1, P: 2, Y: "
    "3}\n",
    "table: report-status\nkey: HL7 0123\nvalue: fhir DiagnosticReport.status\nmissing: error\n"
    "rows: {P: preliminary, F: final, C: corrected, X: cancelled}\n"};

struct Example {
  std::string written, gives;
};

void prepare(Desk& desk) {
  for (const char* table : kTables) desk.table(table);
  desk.scope.version = hl7::text_at(*desk.message, "MSH-12");
  desk.bind("study", R"({"StudyInstanceUID":"1.2.3","PatientID":"M1","IssuerOfPatientID":"HOSP","Modality":"DX",)"
                     R"("series":[{"SeriesInstanceUID":"1.2.3.4"}],"instances":3})");
}

void check_all(Desk& desk, const std::vector<Example>& examples) {
  for (const auto& [written, gives] : examples) {
    INFO(written);
    CHECK(desk.result(written) == gives);
  }
}

}  // namespace

TEST_CASE("the sample hospital's orders become its worklist", "[expr]") {
  Desk desk(kOrder);
  prepare(desk);
  const auto groups = *hl7::split(*desk.message, "OBR");
  desk.scope.group = &groups[1];
  desk.bind("order", R"({"placer":{"value":"P2","authority":"RIS"},"filler":{"value":"F2","authority":"LAB"}})");
  desk.bind("item", R"({"ScheduledProcedureStepSequence":[{"Modality":"MR"}]})");
  check_all(desk, {{"PatientID", "PatientID"},
                   {"PID-3[5 = MR].1", "M1"},
                   {"PID-3[5 = MR].4", "HOSP"},
                   {"PID-8 | lookup(sex)", "F"},
                   {"IPC-1 else OBR-18 else order.AccessionNumber", "A1002"},
                   {"IPC-3 else ZDS-1.1 else order.StudyInstanceUID else uid_from(order)", uid_from("F2^LAB")},
                   {"IPC-2 else OBR-19 else order.RequestedProcedureID else OBR-4.1", "R2"},
                   {"OBR-44.2 else OBR-4.2", "MR head"},
                   {"OBX[3.1 = ALERT]-5[*] | join(\", \")", "(absent)"},
                   {"OBX[3.1 = PREG]-5 | lookup(pregnancy)", "(absent)"},
                   {"NTE-3[*] | join(\"\\n\") | left(10240)", "(absent)"},
                   {"IPC-5 else (MSH-4, OBR-24) | lookup(modality-codes)", "MR"},
                   {"IPC-9 else (MSH-4, OBR-24, PV1-3.1) | lookup(stations)", "MR1"},
                   {"TQ1-7 else ORC-7.4 else OBR-27.4 else step.StartDateTime", "20261125100000"},
                   {"IPC-4 else OBR-20 else step.ScheduledProcedureStepID else text(\"{ORC-3.1}-{OBR-1}\")", "S2"},
                   {"OBR-34.1", "(absent)"},
                   {"(ORC-1, ORC-5) | lookup(order-status)", "SCHEDULED"},
                   {"text(\"Portable\") when OBR-30 = PORT", "(absent)"}});
  for (const char* condition :
       {"MSH-9.1 in (ORM, OMG, OMI) and MSH-4 in (NORTH, SOUTH)", "PID-3[5 = MR].1",
        "ORC-1 in (NW, XO, SC, CA, DC, OC)", "(TQ1-9.1 else ORC-7.6 else S) = S and item.Modality in (CT, MR)"}) {
    INFO(condition);
    CHECK(desk.holds(condition));
  }
  CHECK_FALSE(desk.holds("(TQ1-9.1 else ORC-7.6) = S and item.Modality in (CT, MR)"));
}

TEST_CASE("the sample hospital's reports become FHIR and HL7", "[expr]") {
  Desk desk(kReport);
  prepare(desk);
  const auto groups = *hl7::split(*desk.message, "OBR");
  desk.scope.group = &groups[0];
  desk.bind("order", R"({"placer":{"value":"P1","authority":"RIS"},"filler":{"value":"F1","authority":"LAB"}})");
  check_all(desk,
            {{"text(\"urn:hosp:filler:{OBR-3.2}\")", "urn:hosp:filler:"},
             {"coding(http://terminology.hl7.org/CodeSystem/v2-0203, ACSN)",
              R"({"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"ACSN"})"},
             {"order_ref(order)", R"({"reference":"ServiceRequest?identifier=urn:id:LAB|F1"})"},
             {"OBR-25 | lookup(report-status)", "final"},
             {"OBR-4", "CT1"},
             {"patient_ref(PID-3[5 = MR])", R"({"reference":"Patient?identifier=urn:id:HOSP|M1"})"},
             {"OBR-32 | person_name", "ANN SMITH"},
             {"text(\"urn:oid:{study.StudyInstanceUID}\")", "urn:oid:1.2.3"},
             {"script.impression else OBX[3.1 = 59776-5]-5[*] | join(\"|\")", "FINDINGS|No bleed.|IMPRESSION|Normal."},
             {"OBX[2 = TX]-5[*]", "[FINDINGS, No bleed., IMPRESSION, Normal.]"},
             {"OBR[*]-3", "[F1]"},
             {"count(study.series)", "1"},
             {"study.instances", "3"},
             {"study.Modality | reverse(modality-codes, section)", "XR"}});
  desk.bind("script", R"({"critical":"yes"})");
  CHECK(desk.holds("OBR-25 in (P, F, C, X)"));
  CHECK(desk.holds("script.critical = yes and OBR-25 in (P, F, C)"));
}

TEST_CASE("the sample hospital's merges name two patients", "[expr]") {
  Desk desk(kMerge);
  prepare(desk);
  check_all(desk, {{"PID[*]-3[5 = MR].1", "[M1]"}, {"MRG[*]-1[5 = MR].1", "[M2]"}, {"PID-5[7 = L] else PID-5", "DOE"}});
  CHECK(desk.holds("MSH-9.2 not in (A18, A34, A40) or PID-3[5 = MR].1 != MRG-1[5 = MR].1"));
  CHECK(desk.holds("MSH-9.2 in (A18, A34, A40)"));
  CHECK_FALSE(desk.holds("MSH-9.2 in (A01, A04, A05, A08, A28, A31)"));
}
