#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/dicom/dataset.h"
#include "engine/hl7/read.h"
#include "engine/json/value.h"
#include "tests/engine/route/sites.h"

namespace pons {

inline const Instant kMorning = *from_rfc3339("2026-11-24T10:00:00Z");

/// The parts of a small hospital; a test adds the route that it is about.
inline SiteFiles hospital() {
  return {
      {"routes/endpoints.yaml", R"(endpoints:
  ris-mllp: {listen: "mllp://127.0.0.1:2575", authority: HOSP}
  quiet-mllp: {listen: "mllp://127.0.0.1:2576", unrouted: drop, fragments: ignore}
  stored-mllp: {listen: "mllp://127.0.0.1:2577", authority: HOSP, ack: stored}
  numbered-mllp: {listen: "mllp://127.0.0.1:2579", authority: HOSP, sequence: yes}
  later-mllp: {listen: "mllp://127.0.0.1:2580", authority: HOSP, application_ack_to: ehr-mllp}
  unheard-mllp: {listen: "mllp://127.0.0.1:2581", application_ack_to: nowhere}
  known-mllp:
    listen: "mllp://127.0.0.1:2578"
    authority: HOSP
    certificate: server.pem
    key: server.key
    clients: clients.pem
    from: {10.1.2.0/24: RIS|NORTH, 10.9.9.9: [], CN=his: [HIS, LAB|SOUTH]}
  pacs: {send: "mllp://pacs:2575"}
  ehr-mllp: {send: "mllp://ehr:6661"}
  lab: {send: "mllp://lab:2575", answers_at: ris-mllp}
  ehr-fhir: {send: "https://ehr/fhir"}
  desk: {send: "https://desk"}
  archive: {send: "dicom://archive:104/PACS"}
  ct1: {send: "dicom://ct1:104/CT1"}
  nowhere: {send: "mllp://${env:NOWHERE}:2575"}
stations:
  CT1: {modality: CT, commitment: {from: archive, to: ct1}}
  CT2: CT
)"},
      {"mappings/adt-to-patient.yaml", R"(map: adt-to-patient
in: hl7 ADT
out: patient
fields:
  PatientID: PID-3[5 = MR].1
  IssuerOfPatientID: PID-3[5 = MR].4
  PatientName: PID-5
  PatientBirthDate: PID-7
  PatientSex: PID-8
)"},
      {"mappings/order-to-item.yaml", R"(map: order-to-item
in: hl7 ORM^O01
out: dicom worklist
fields:
  PatientName: PID-5
  PatientID: PID-3[5 = MR].1
  IssuerOfPatientID: PID-3[5 = MR].4
  StudyInstanceUID: uid_from(order)
  RequestedProcedureID: OBR-19
  AccessionNumber: OBR-18
  RequestedProcedureDescription: OBR-4.2
  RequestedProcedureComments: NTE-3
  ScheduledProcedureStepSequence:
    Modality: OBR-24
    ScheduledProcedureStepStartDate: ORC-7.4
    ScheduledProcedureStepStartTime: ORC-7.4
    ScheduledProcedureStepID: OBR-20
    ScheduledStationAETitle: OBR-21
    ScheduledProcedureStepStatus: SCHEDULED
)"},
      {"mappings/to-oru.yaml", R"(map: to-oru
in: hl7 ORU^R01
out: hl7 ORU^R01 v2.5.1
start: copy
fields:
  MSH-10: new_control_id()
  OBR-13: OBR-4.2
)"},
      {"mappings/study-to-oru.yaml", R"(map: study-to-oru
in: study
out: hl7 ORU^R01 v2.5.1
start: empty
fields:
  PID-3.1: study.PatientID
  OBR-4.1: study.StudyInstanceUID
  OBR-25: I
)"},
      {"mappings/to-report.yaml", R"(map: to-report
in: hl7 ORU^R01
out: fhir R4 DiagnosticReport
identity: OBR-3
fields:
  identifier:
    - system: urn:hosp:filler
      value: OBR-3.1
  status: final
  code:
    text: OBR-4.2
  subject: patient_ref(PID-3[5 = MR])
  conclusion: OBR-4.2
)"},
  };
}

/// `reconcile: patient` as every route here writes it.
inline const std::string kPatient = "  - reconcile: patient\n    match: PID-3[5 = MR]\n    with: adt-to-patient\n";
inline const std::string kToWorklist =
    "steps:\n  - split: OBR\n" + kPatient +
    "  - reconcile: order\n  - map: order-to-item\n    as: item\nto:\n  - endpoint: worklist\n    send: item\n";

/// A site and its records in memory: what arrives, and what is decided about it.
class Bench {
 public:
  /// The routes by their names, without `route:`.
  explicit Bench(const std::map<std::string, std::string>& routes) {
    SiteFiles files = hospital();
    for (const auto& [name, text] : routes) files["routes/" + name + ".yaml"] = "route: " + name + "\n" + text;
    site_ = load(files);
  }
  Bench(const Bench&) = delete;

  Decision send(const std::string& bytes, const std::string& inlet = "ris-mllp",
                const std::map<std::string, std::string>& attributes = {}, const std::string& peer = "") {
    Envelope envelope;
    envelope.message = static_cast<std::int64_t>(envelopes_.size()) + 1;
    envelope.inlet = inlet;
    envelope.arrived = now;
    envelope.bytes = std::make_shared<const std::string>(bytes);
    envelope.attributes = attributes;
    envelope.peer = peer;
    return decide(envelope);
  }

  /// What CT1 says about the examination 1.2.9, as JSON by keyword.
  Decision mpps(Envelope::Kind kind, const std::string& dataset, std::map<std::string, std::string> attributes = {}) {
    Envelope envelope;
    envelope.message = static_cast<std::int64_t>(envelopes_.size()) + 1;
    envelope.kind = kind;
    envelope.inlet = "dicom";
    envelope.arrived = now;
    envelope.attributes = std::move(attributes);
    envelope.attributes.try_emplace("sop_instance_uid", "1.2.9");
    envelope.attributes.try_emplace("calling", "CT1");
    envelope.bytes = std::make_shared<const std::string>(dicom::Dataset::from_json(dataset)->to_bytes());
    return decide(envelope);
  }

  /// The run that message `number` left behind starts again; nothing when it has ended.
  std::optional<Decision> again(std::int64_t number) {
    const PendingRun* run = book.runs.first([&](const PendingRun& each) { return each.message == number; });
    REQUIRE(run);
    Envelope envelope = envelopes_.at(static_cast<std::size_t>(number - 1));
    envelope.pending = run->id;
    return site_->decide(envelope, book, now);
  }

  const PendingRun& run_of(std::int64_t number) const {
    return *book.runs.first([&](const PendingRun& each) { return each.message == number; });
  }
  std::vector<const PendingRun*> set_aside() const {
    return book.runs.all([](const PendingRun& each) { return each.state != PendingRun::State::ended; });
  }
  std::vector<const Patient*> patients() const {
    return book.patients.all([](const Patient&) { return true; });
  }
  std::vector<const Step*> steps() const {
    return book.steps.all([](const Step&) { return true; });
  }

  std::int64_t know_patient(const std::string& number, std::optional<std::int64_t> merged_into = {}) {
    Patient patient;
    patient.id = book.new_id();
    patient.identifiers = {{number, "HOSP", "MR"}};
    patient.name = "DOE^JANE";
    patient.merged_into = merged_into;
    book.patients.put(patient);
    book.keep();
    return patient.id;
  }
  void know_study(const std::string& accession, std::int64_t patient = 0) {
    Study study;
    study.id = book.new_id();
    study.patient = patient;
    study.study_uid = "1.2.3." + std::to_string(study.id);
    study.accession = {accession, "HOSP", ""};
    book.studies.put(study);
    book.keep();
  }

  const Site& site() const { return *site_; }

  Instant now = kMorning;
  Book book{[this] { return ++last_id_; }};

 private:
  Decision decide(const Envelope& envelope) {
    envelopes_.push_back(envelope);
    return site_->decide(envelope, book, now).value();
  }

  std::shared_ptr<const Site> site_;
  std::vector<Envelope> envelopes_;
  std::int64_t last_id_ = 0;
};

inline std::string word(const Decision& decision) {
  return to_text(decision.receipt.outcome);
}
inline const Fault& fault(const Decision& decision) {
  REQUIRE_FALSE(decision.receipt.faults.empty());
  return decision.receipt.faults.front();
}
inline json::Value trace(const Decision& decision) {
  return *json::Value::parse(decision.trace);
}
/// "pacs ehr-mllp": where the parcels go.
inline std::string outlets(const Decision& decision) {
  std::string all;
  for (const Parcel& each : decision.parcels) all += (all.empty() ? "" : " ") + each.outlet;
  return all;
}

}  // namespace pons
