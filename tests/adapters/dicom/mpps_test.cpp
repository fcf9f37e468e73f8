#include <catch2/catch.hpp>
#include <set>

#include "adapters/dicom/inlet.h"
#include "engine/dicom/dictionary.h"
#include "engine/ports/store.h"
#include "engine/records/performed_iod.h"
#include "tests/adapters/dicom/modality.h"
#include "tests/adapters/dicom/recording_counter.h"

using namespace pons;
using dicom::Dataset;

namespace {

struct StandingClock final : Clock {
  Instant now() const override { return *from_rfc3339("2026-11-24T10:00:00Z"); }
};

struct OneStep final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>& take) override {
    take({R"({"AccessionNumber":"A1"})", "{}"});
  }
};

struct Engine {
  explicit Engine(std::set<std::string> strict = {})
      : inlet({.stations = {{"CT1", "CT"}}, .strict_mpps = std::move(strict)}, worklist, counter, clock) {}

  OneStep worklist;
  RecordingCounter counter;
  StandingClock clock;
  DicomInlet inlet;
};

/// An engine that answers with this status about these attributes.
Receipt about(std::uint16_t status, std::vector<std::uint32_t> attributes) {
  Receipt receipt;
  receipt.message = 42;
  receipt.outcome = status == 0x0107 ? Receipt::Outcome::done : Receipt::Outcome::refused;
  receipt.dicom_status = status;
  receipt.dicom_attributes = std::move(attributes);
  return receipt;
}

Receipt receipt(Receipt::Outcome outcome, std::uint16_t status = 0, std::uint16_t error_id = 0) {
  Receipt receipt;
  receipt.message = 42;
  receipt.outcome = outcome;
  receipt.dicom_status = status;
  receipt.dicom_error_id = error_id;
  return receipt;
}

Dataset in_progress() {
  return *Dataset::from_json(
      R"({"PatientName":"Müller^Anna","PerformedProcedureStepID":"P1","PerformedProcedureStepStatus":"IN PROGRESS"})");
}

Dataset completed() {
  return *Dataset::from_json(R"({"PerformedProcedureStepStatus":"COMPLETED"})");
}

}  // namespace

TEST_CASE("an examination that begins and ends enters the engine as two messages") {
  Engine engine;
  Modality modality(engine.inlet.port());
  const Answer created = modality.create("1.2.3", in_progress());
  CHECK(created.status() == 0);
  CHECK(created.uid() == "1.2.3");
  CHECK(created.number(DCM_CommandField) == DIMSE_N_CREATE_RSP);
  const Answer changed = modality.set("1.2.3", completed());
  CHECK(changed.status() == 0);
  CHECK(changed.number(DCM_CommandField) == DIMSE_N_SET_RSP);

  REQUIRE(engine.counter.envelopes.size() == 2);
  const Envelope& first = engine.counter.envelopes[0];
  CHECK(first.kind == Envelope::Kind::mpps_create);
  CHECK(first.inlet == "dicom");
  CHECK(first.peer == "CT1@127.0.0.1");
  CHECK(first.arrived == engine.clock.now());
  CHECK(engine.counter.attribute(0, "sop_instance_uid") == "1.2.3");
  CHECK(engine.counter.attribute(0, "calling") == "CT1");
  CHECK(Dataset::from_bytes(*first.bytes)->text("PatientName") == "Müller^Anna");
  const Envelope& second = engine.counter.envelopes[1];
  CHECK(second.kind == Envelope::Kind::mpps_set);
  CHECK(engine.counter.attribute(1, "sop_instance_uid") == "1.2.3");
  CHECK(Dataset::from_bytes(*second.bytes)->text("PerformedProcedureStepStatus") == "COMPLETED");
}

TEST_CASE("the received bytes are kept as they came, whatever the transfer syntax") {
  Engine engine;
  Modality(engine.inlet.port()).create("1.2.3", in_progress());
  CHECK(engine.counter.attribute(0, "transfer_syntax") == UID_LittleEndianExplicitTransferSyntax);
  CHECK(*engine.counter.envelopes[0].bytes == in_progress().to_bytes());
  Modality(engine.inlet.port(), UID_LittleEndianImplicitTransferSyntax).create("1.2.4", in_progress());
  CHECK(engine.counter.attribute(1, "transfer_syntax") == UID_LittleEndianImplicitTransferSyntax);
  CHECK(*engine.counter.envelopes[1].bytes != in_progress().to_bytes());
  CHECK(Dataset::from_bytes(*engine.counter.envelopes[1].bytes)->text("PatientName") == "Müller^Anna");
}

TEST_CASE("a modality without a UID is told the one that it got, and the same again is the same step") {
  Engine engine;
  Modality modality(engine.inlet.port());
  const std::string uid = modality.create("", in_progress()).uid();
  CHECK(uid.substr(0, 5) == "2.25.");
  CHECK(engine.counter.attribute(0, "sop_instance_uid") == uid);
  CHECK(modality.create("", in_progress()).uid() == uid);
  CHECK(modality.create("", completed()).uid() != uid);
}

TEST_CASE("a modality reads the status that the engine decided, with where to look it up") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) { return receipt(Receipt::Outcome::refused, 0x0111); };
  Modality modality(engine.inlet.port());
  const Answer answer = modality.create("1.2.3", in_progress());
  CHECK(answer.status() == 0x0111);
  CHECK(answer.uid() == "1.2.3");
  CHECK(answer.text(DCM_ErrorComment) == "refused, journal 42");
  CHECK(answer.number(DCM_ErrorID) == -1);
}

TEST_CASE("a change after the end reads 0110H with error ID A710H, on the wire") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) { return receipt(Receipt::Outcome::refused, 0x0110, 0xA710); };
  Modality modality(engine.inlet.port());
  const Answer answer = modality.set("1.2.3", completed());
  CHECK(answer.status() == 0x0110);
  CHECK(answer.uid() == "1.2.3");
  CHECK(answer.text(DCM_ErrorComment) == "Performed Procedure Step Object may no longer be updated");
  const std::string element("\x00\x00\x03\x09\x02\x00\x00\x00\x10\xa7", 10);  // (0000,0903) US A710H, implicit VR
  CHECK(answer.bytes.find(element) != std::string::npos);
}

TEST_CASE("an examination that the engine could not store fails, and the association goes on") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) -> Receipt { throw StoreLost("away"); };
  Modality modality(engine.inlet.port());
  const Answer answer = modality.create("1.2.3", in_progress());
  CHECK(answer.status() == 0x0110);
  CHECK(answer.bytes.find("Anna") == std::string::npos);
  engine.counter.decide = [](const Envelope&) { return Receipt{}; };
  CHECK(modality.create("1.2.3", in_progress()).status() == 0);
}

TEST_CASE("what took effect or keeps its place is a success to the modality, nothing else is") {
  using Outcome = Receipt::Outcome;
  for (const auto outcome : {Outcome::done, Outcome::held, Outcome::waiting, Outcome::dropped})
    CHECK(dimse_answer(receipt(outcome)).status == 0);
  for (const auto outcome : {Outcome::refused, Outcome::parked, Outcome::unrouted})
    CHECK(dimse_answer(receipt(outcome)).status == 0x0110);
  Receipt with_patient = receipt(Outcome::refused);
  with_patient.text = "Müller is unknown";
  with_patient.faults.push_back(refused("Müller is unknown"));
  CHECK(dimse_answer(with_patient).comment == "refused, journal 42");
}

TEST_CASE("one association carries as many examinations as the modality likes") {
  Engine engine;
  Modality modality(engine.inlet.port());
  for (const std::string uid : {"1.2.3", "1.2.4", "1.2.5"}) CHECK(modality.create(uid, in_progress()).uid() == uid);
  CHECK(modality.find(*Dataset::from_json(R"({"AccessionNumber":""})")).status() == 0xFF00);
  CHECK(modality.next().status() == 0);
  for (const std::string uid : {"1.2.5", "1.2.3", "1.2.4"}) CHECK(modality.set(uid, completed()).uid() == uid);
  CHECK(engine.counter.envelopes.size() == 6);
}

TEST_CASE("an examination without attributes is the engine's to judge") {
  Engine engine;
  Modality modality(engine.inlet.port());
  CHECK(modality.create("1.2.3", Dataset()).status() == 0);
  CHECK(*engine.counter.envelopes[0].bytes == "");
}

TEST_CASE("what is no MPPS is refused by its SOP Class or its UID, and reaches nobody") {
  Engine engine;
  Modality modality(engine.inlet.port());
  CHECK(modality.create("1.2.3", in_progress(), UID_CTImageStorage).status() == 0x0118);
  CHECK(modality.set("1.2.3", completed(), UID_VerificationSOPClass).status() == 0x0119);
  CHECK(modality.create("1.2.x", in_progress()).status() == 0x0117);
  CHECK(modality.set("12", completed()).status() == 0x0117);
  CHECK(modality.create("1.2.03", in_progress()).status() == 0);  // devices in use send leading zeros
  CHECK(engine.counter.envelopes.size() == 1);
}

TEST_CASE("an operation that nobody agreed on is told so, and the association goes on") {
  Engine engine;
  Modality modality(engine.inlet.port());
  const Answer action = modality.act(completed());
  CHECK(action.status() == 0x0211);
  CHECK(action.number(DCM_CommandField) == DIMSE_N_ACTION_RSP);
  CHECK(modality.find(completed(), 1).status() == 0x0122);
  CHECK(modality.create("1.2.3", in_progress()).status() == 0);
}

TEST_CASE("a deflated association is not accepted") {
  Engine engine;
  CHECK(Modality(engine.inlet.port()).may_send_mpps());
  CHECK(Modality(engine.inlet.port(), UID_LittleEndianImplicitTransferSyntax).may_send_mpps());
  const Modality deflated(engine.inlet.port(), UID_DeflatedExplicitVRLittleEndianTransferSyntax);
  CHECK_FALSE(deflated.may_send_mpps());
  CHECK_FALSE(deflated.may_find());
}

TEST_CASE("a command that goes on without end, or declares what does not come, ends its association alone") {
  Engine engine;
  Modality endless(engine.inlet.port());
  CHECK_THROWS([&] {
    for (int i = 0; i < 1000; ++i)
      endless.write_command("\x00\x00\x00\x10\x00\x10\x00\x00" + std::string(4096, 'x'), false);
    endless.next();
  }());
  Modality boastful(engine.inlet.port());
  boastful.write_command(std::string("\x00\x00\x02\x00\xf0\xff\xff\x7f", 8) + "1.2.840.", true);
  CHECK_THROWS(boastful.next());
  CHECK(Modality(engine.inlet.port()).create("1.2.3", in_progress()).status() == 0);
}

TEST_CASE("a modality never waits for the others, however many keep their associations open") {
  Engine engine;
  std::vector<std::unique_ptr<Modality>> idle;
  for (int i = 0; i < 40; ++i) idle.push_back(std::make_unique<Modality>(engine.inlet.port()));
  CHECK(Modality(engine.inlet.port()).create("1.2.3", in_progress()).status() == 0);
}

TEST_CASE("a modality reads which attributes are missing, unknown or were not set, as a list of tags") {
  Engine engine;
  Modality modality(engine.inlet.port());
  const auto status = GENERATE(0x0105, 0x0107, 0x0120);
  engine.counter.decide = [&](const Envelope&) {
    return about(static_cast<std::uint16_t>(status), {0x00100020, 0x00400241});
  };
  const Answer answer = modality.create("1.2.3", in_progress());
  CHECK(answer.status() == status);
  CHECK(answer.text(DCM_ErrorComment) ==
        std::string(status == 0x0107 ? "done" : "refused") + ", journal 42: PatientID and 1 more");
  const std::string list("\x00\x00\x05\x10\x08\x00\x00\x00\x10\x00\x20\x00\x40\x00\x41\x02", 16);
  CHECK(answer.bytes.find(list) != std::string::npos);
  CHECK(answer.number(DCM_CommandDataSetType) == DIMSE_DATASET_NULL);
}

TEST_CASE("a modality gets back the values that are wrong, and nothing else of what it sent") {
  Engine engine;
  Modality modality(engine.inlet.port());
  const auto status = GENERATE(0x0106, 0x0121);
  engine.counter.decide = [&](const Envelope&) {
    return about(static_cast<std::uint16_t>(status), {0x00400252, 0x0020000D});
  };
  const Answer answer = modality.set("1.2.3", in_progress());
  CHECK(answer.status() == status);
  CHECK(answer.number(DCM_CommandDataSetType) == DIMSE_DATASET_PRESENT);
  const auto back = Dataset::from_bytes(answer.data_set);
  REQUIRE(back);
  CHECK(back->to_json() == R"({"PerformedProcedureStepStatus":"IN PROGRESS"})");
}

TEST_CASE("strict rules hold for the stations that are named, or for all") {
  const auto [strict, is_strict] = GENERATE(
      table<std::set<std::string>, bool>({{std::set<std::string>{}, false}, {{"MR1"}, false}, {{"CT1", "MR1"}, true}}));
  Engine engine(strict);
  Modality(engine.inlet.port()).create("1.2.3", in_progress());
  CHECK(engine.counter.envelopes.at(0).attributes.contains("strict") == is_strict);
}

TEST_CASE("the table of MPPS attributes names them as the data dictionary does") {
  for (const PerformedAttribute& each : performed_attributes()) {
    const auto known = dicom::find_attribute(each.keyword);
    INFO(each.keyword);
    REQUIRE(known);
    CHECK((std::uint32_t{known->tag.group} << 16 | known->tag.element) == each.tag);
  }
}

TEST_CASE("an archive's availability notification enters the engine as what it is") {
  Engine engine;
  Modality archive(engine.inlet.port());
  const Dataset notice = *Dataset::from_json(R"({"StudyInstanceUID":"1.2.1"})");
  const Answer answer = archive.notify("1.2.9", notice);
  CHECK(answer.status() == 0);
  CHECK(answer.uid() == "1.2.9");
  CHECK(answer.text(DCM_AffectedSOPClassUID) == UID_InstanceAvailabilityNotificationSOPClass);
  REQUIRE(engine.counter.envelopes.size() == 1);
  CHECK(engine.counter.envelopes[0].kind == Envelope::Kind::availability);
  CHECK(*engine.counter.envelopes[0].bytes == notice.to_bytes());
  CHECK(archive.notify("1.2.9", notice, UID_ModalityPerformedProcedureStepSOPClass).status() == 0x0119);
  CHECK(archive.create("1.2.9", notice, UID_InstanceAvailabilityNotificationSOPClass).status() == 0x0119);
  CHECK(archive.notify("1.2.9", notice, UID_CTImageStorage).status() == 0x0118);
  CHECK(engine.counter.envelopes.size() == 1);
}
