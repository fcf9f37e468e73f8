#include "adapters/dicom/commitment_scp.h"

#include <catch2/catch.hpp>
#include <future>

#include "adapters/dicom/call.h"
#include "adapters/dicom/inlet.h"
#include "adapters/dicom/outlet.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/archive.h"
#include "tests/adapters/dicom/recording_counter.h"

using namespace pons;
using dicom::Dataset;

namespace {

const std::string kRequest = Dataset::from_json(
                                 R"({"TransactionUID":"1.2.7","ReferencedSOPSequence":[
  {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.1"},
  {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.2"}]})")
                                 ->to_bytes();
const std::string kResult = Dataset::from_json(
                                R"({"TransactionUID":"1.2.7","ReferencedSOPSequence":[
  {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.1"}]})")
                                ->to_bytes();
const std::string kFailure = Dataset::from_json(
                                 R"({"TransactionUID":"1.2.7","FailedSOPSequence":[
  {"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2","ReferencedSOPInstanceUID":"1.4.1","FailureReason":"274"}]})")
                                 ->to_bytes();

struct NoSteps final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>&) override {}
};

struct Engine {
  NoSteps worklist;
  RecordingCounter counter;
  SystemClock clock;
  std::shared_ptr<AskingAssociations> asking = std::make_shared<AskingAssociations>();
  DicomInlet inlet{
      {.stations = {{"CT1", "CT"}, {"CT2", "CT"}}, .committing = {"CT1"}, .archives = {"PACS"}, .asking = asking},
      worklist,
      counter,
      clock};

  DicomCall call(const std::string& calling, bool as_provider = false) {
    return DicomCall({"127.0.0.1", inlet.port(), "PONS", calling}, nullptr, 5, UID_StorageCommitmentPushModelSOPClass,
                     as_provider);
  }
};

/// The status of the one answer.
int answer_of(DicomCall& call) {
  T_DIMSE_Message response{};
  T_ASC_PresentationContextID context = 0;
  REQUIRE(receive_command(call.association(), 10, context, response).good());
  if (response.CommandField == DIMSE_N_ACTION_RSP) return response.msg.NActionRSP.DimseStatus;
  REQUIRE(response.CommandField == DIMSE_N_EVENT_REPORT_RSP);
  return response.msg.NEventReportRSP.DimseStatus;
}

int ask(DicomCall& call, const std::string& request = kRequest, DIC_US type = 1,
        const char* instance = UID_StorageCommitmentPushModelSOPInstance) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_ACTION_RQ;
  auto& action = message.msg.NActionRQ;
  action.MessageID = 1;
  action.DataSetType = DIMSE_DATASET_PRESENT;
  action.ActionTypeID = type;
  OFStandard::strlcpy(action.RequestedSOPClassUID, UID_StorageCommitmentPushModelSOPClass,
                      sizeof action.RequestedSOPClassUID);
  OFStandard::strlcpy(action.RequestedSOPInstanceUID, instance, sizeof action.RequestedSOPInstanceUID);
  REQUIRE(call.send(message, Dataset::native_from_bytes(request)->get()));
  return answer_of(call);
}

void send_report(T_ASC_Association* association, DIC_US type, const std::string& result) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_EVENT_REPORT_RQ;
  auto& report = message.msg.NEventReportRQ;
  report.MessageID = 7;
  report.DataSetType = DIMSE_DATASET_PRESENT;
  report.EventTypeID = type;
  OFStandard::strlcpy(report.AffectedSOPClassUID, UID_StorageCommitmentPushModelSOPClass,
                      sizeof report.AffectedSOPClassUID);
  OFStandard::strlcpy(report.AffectedSOPInstanceUID, UID_StorageCommitmentPushModelSOPInstance,
                      sizeof report.AffectedSOPInstanceUID);
  const auto native = Dataset::native_from_bytes(result);
  DIMSE_sendMessageUsingMemoryData(association, 1, &message, nullptr, native->get(), nullptr, nullptr);
}

Parcel parcel(const char* content_type, const std::string& document) {
  Parcel made;
  made.content_type = content_type;
  made.control_id = "1.2.7";
  made.document = document;
  return made;
}

/// An endpoint that sends to it, and the engine behind.
struct Sending {
  RecordingCounter counter;
  SystemClock clock;
  Delivery send(const Parcel& parcel, std::uint16_t port, Duration result_within = std::chrono::milliseconds(100)) {
    DicomOutlet outlet({.to = {.host = "127.0.0.1", .port = port, .called = "PACS"},
                        .reply_within = std::chrono::seconds(10),
                        .result_within = result_within},
                       counter, clock);
    return outlet.send(parcel);
  }
};

}  // namespace

TEST_CASE("a station's request for storage commitment is answered when it is durable") {
  Engine engine;
  DicomCall station = engine.call("CT1");
  CHECK(ask(station) == 0);
  REQUIRE(engine.counter.envelopes.size() == 1);
  CHECK(engine.counter.envelopes[0].kind == Envelope::Kind::commitment_request);
  CHECK(engine.counter.attribute(0, "calling") == "CT1");
  CHECK(Dataset::from_bytes(*engine.counter.envelopes[0].bytes)->text("TransactionUID") == "1.2.7");
  engine.counter.decide = [](const Envelope&) -> Receipt { throw StoreLost("away"); };
  CHECK(ask(station) == 0x0110);
}

TEST_CASE("what is no request for storage commitment is refused before anybody counts it") {
  Engine engine;
  DicomCall station = engine.call("CT1");
  CHECK(ask(station, kRequest, 2) == 0x0123);
  CHECK(ask(station, kRequest, 1, "1.2.3") == 0x0112);
  CHECK(engine.counter.envelopes.empty());
}

TEST_CASE("a station for which no archive commits is not offered storage commitment") {
  Engine engine;
  CHECK(engine.call("CT1").takes_class());
  CHECK_FALSE(engine.call("CT2").takes_class());
}

TEST_CASE("an archive calls to report, as the provider that it is") {
  Engine engine;
  DicomCall archive = engine.call("PACS", true);
  REQUIRE(archive.takes_class());
  send_report(archive.association(), 1, kResult);
  CHECK(answer_of(archive) == 0);
  CHECK(engine.counter.envelopes.at(0).kind == Envelope::Kind::commitment_result);
  CHECK(engine.counter.attribute(0, "calling") == "PACS");
  send_report(archive.association(), 9, kResult);
  CHECK(answer_of(archive) == 0x0113);
}

TEST_CASE("an archive is asked for commitment, and may report on the same association") {
  Archive archive({UID_StorageCommitmentPushModelSOPClass});
  archive.afterwards = [](T_ASC_Association* association, const Asked&) { send_report(association, 2, kFailure); };
  Sending ours;
  CHECK(ours.send(parcel(Parcel::kCommitment, kRequest), archive.port(), std::chrono::seconds(10)).outcome ==
        Delivery::Outcome::delivered);
  const Asked asked = archive.asked(1).at(0);
  CHECK(asked.command == DIMSE_N_ACTION_RQ);
  CHECK(asked.type == 1);
  CHECK(asked.sop_instance == UID_StorageCommitmentPushModelSOPInstance);
  CHECK(Dataset::from_bytes(asked.data_set)->items("ReferencedSOPSequence") == 2);
  REQUIRE(ours.counter.envelopes.size() == 1);
  CHECK(ours.counter.envelopes[0].kind == Envelope::Kind::commitment_result);
  CHECK(ours.counter.attribute(0, "calling") == "PACS");
}

TEST_CASE("an archive that will call later has taken the request all the same") {
  Archive archive({UID_StorageCommitmentPushModelSOPClass});
  Sending ours;
  CHECK(ours.send(parcel(Parcel::kCommitment, kRequest), archive.port()).outcome == Delivery::Outcome::delivered);
  CHECK(ours.counter.envelopes.empty());
}

TEST_CASE("an archive that refuses the request commits to nothing, and whoever asked is told so") {
  Archive archive({UID_StorageCommitmentPushModelSOPClass});
  archive.answers = [](const Asked&) { return 0x0110; };
  Sending ours;
  CHECK(ours.send(parcel(Parcel::kCommitment, kRequest), archive.port()).outcome == Delivery::Outcome::refused);
  REQUIRE(ours.counter.envelopes.size() == 1);
  CHECK(ours.counter.envelopes[0].kind == Envelope::Kind::commitment_result);
  const auto told = Dataset::from_bytes(*ours.counter.envelopes[0].bytes);
  CHECK(told->text("TransactionUID") == "1.2.7");
  CHECK(told->items("FailedSOPSequence") == 2);
  CHECK(told->text("FailedSOPSequence[2].ReferencedSOPInstanceUID") == "1.4.2");
  CHECK(told->text("FailedSOPSequence[2].FailureReason") == "272");
  ours.counter.decide = [](const Envelope&) -> Receipt { throw StoreLost("away"); };
  CHECK(ours.send(parcel(Parcel::kCommitment, kRequest), archive.port()).outcome == Delivery::Outcome::unavailable);
}

TEST_CASE("a result goes to the station in the provider's role, and says by its type whether all is committed") {
  Archive station({UID_StorageCommitmentPushModelSOPClass});
  Sending ours;
  CHECK(ours.send(parcel(Parcel::kCommitmentResult, kResult), station.port()).outcome == Delivery::Outcome::delivered);
  CHECK(ours.send(parcel(Parcel::kCommitmentResult, kFailure), station.port()).outcome == Delivery::Outcome::delivered);
  const auto asked = station.asked(2);
  CHECK(asked.at(0).command == DIMSE_N_EVENT_REPORT_RQ);
  CHECK(asked[0].type == 1);
  CHECK(asked[0].as_scu_of_events);
  CHECK(asked[0].sop_instance == UID_StorageCommitmentPushModelSOPInstance);
  CHECK(asked.at(1).type == 2);
}

namespace {

/// The engine's outlet to the station, at a port where nobody listens unless the test says so.
struct ToStation {
  explicit ToStation(const Engine& engine, std::uint16_t port = 1)
      : outlet({.to = {.host = "127.0.0.1", .port = port, .called = "CT1"}, .asking = engine.asking}, counter, clock) {}

  std::future<Delivery> sends(const std::string& result) {
    Parcel parcel;
    parcel.content_type = Parcel::kCommitmentResult;
    parcel.control_id = "1.2.7";
    parcel.document = result;
    return std::async(std::launch::async, [this, parcel] { return outlet.send(parcel); });
  }

  RecordingCounter counter;
  SystemClock clock;
  DicomOutlet outlet;
};

T_DIMSE_N_EventReportRQ receive_report(DicomCall& call, std::string& result) {
  T_DIMSE_Message request{};
  T_ASC_PresentationContextID context = 0;
  REQUIRE(receive_command(call.association(), 10, context, request).good());
  REQUIRE(request.CommandField == DIMSE_N_EVENT_REPORT_RQ);
  REQUIRE(receive_data_set(call.association(), context, DIMSE_DATASET_PRESENT, result).good());
  return request.msg.NEventReportRQ;
}

void answer_report(DicomCall& call, const T_DIMSE_N_EventReportRQ& request, DIC_US status) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_EVENT_REPORT_RSP;
  auto& response = message.msg.NEventReportRSP;
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.DimseStatus = status;
  response.DataSetType = DIMSE_DATASET_NULL;
  REQUIRE(call.send(message, nullptr));
}

}  // namespace

TEST_CASE("a result goes back on the association on which it was asked for, and that one goes on") {
  Engine engine;
  auto call = engine.call("CT1");
  REQUIRE(ask(call) == 0);
  ToStation station(engine);
  auto delivery = station.sends(kFailure);
  std::string result;
  const auto report = receive_report(call, result);
  CHECK(report.EventTypeID == 2);
  CHECK(report.AffectedSOPInstanceUID == std::string(UID_StorageCommitmentPushModelSOPInstance));
  CHECK(Dataset::from_bytes(result)->text("TransactionUID") == "1.2.7");
  answer_report(call, report, 0);
  CHECK(delivery.get().outcome == Delivery::Outcome::delivered);
  CHECK(ask(call) == 0);
}

TEST_CASE("what the station says to its result is the answer to it") {
  Engine engine;
  auto call = engine.call("CT1");
  REQUIRE(ask(call) == 0);
  ToStation station(engine);
  auto delivery = station.sends(kResult);
  std::string result;
  const auto report = receive_report(call, result);
  CHECK(report.EventTypeID == 1);
  answer_report(call, report, 0x0110);
  const Delivery said = delivery.get();
  CHECK(said.outcome == Delivery::Outcome::refused);
  CHECK(said.text == "status 0110H");
}

TEST_CASE("a station that has left is called, and one that leaves with its result leaves open what became of it") {
  Engine engine;
  {
    auto call = engine.call("CT1");
    REQUIRE(ask(call) == 0);
    ToStation station(engine);
    auto delivery = station.sends(kResult);
    std::string result;
    receive_report(call, result);
    call.give_up();
    ASC_abortAssociation(call.association());
    CHECK(delivery.get().outcome == Delivery::Outcome::unknown);
  }
  {
    auto call = engine.call("CT1");
    REQUIRE(ask(call) == 0);
  }
  Archive at_home({UID_StorageCommitmentPushModelSOPClass});
  ToStation station(engine, at_home.port());
  CHECK(station.sends(kResult).get().outcome == Delivery::Outcome::delivered);
  CHECK(at_home.asked(1).size() == 1);
}

TEST_CASE("a station without a silent moment is called, and an answer to nothing ends its association") {
  Engine engine;
  auto call = engine.call("CT1");
  REQUIRE(ask(call) == 0);
  Archive at_home({UID_StorageCommitmentPushModelSOPClass});
  ToStation station(engine, at_home.port());
  auto delivery = station.sends(kResult);
  const std::string another = Dataset::from_json(R"({"TransactionUID":"1.2.8"})")->to_bytes();
  while (delivery.wait_for(std::chrono::milliseconds(200)) != std::future_status::ready) CHECK(ask(call, another) == 0);
  CHECK(delivery.get().outcome == Delivery::Outcome::delivered);
  CHECK(at_home.asked(1).size() == 1);
  answer_report(call, {}, 0);
  T_DIMSE_Message nothing{};
  T_ASC_PresentationContextID context = 0;
  CHECK(receive_command(call.association(), 10, context, nothing) == DUL_PEERABORTEDASSOCIATION);
}
