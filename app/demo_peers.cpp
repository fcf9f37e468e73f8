#include "app/demo_peers.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/ofstd/ofstd.h>

#include <chrono>
#include <stdexcept>

#include "adapters/mllp/connection.h"
#include "app/commands.h"
#include "engine/hl7/ack.h"
#include "engine/json/value.h"

namespace pons {

namespace {

constexpr int kBacklog = 64;

constexpr int kTimeout = 10;  // seconds for an answer
constexpr T_ASC_PresentationContextID kFind = 1, kMpps = 3;

void take_item(void* items, T_DIMSE_C_FindRQ*, int, T_DIMSE_C_FindRSP*, DcmDataset* identifier) {
  auto item = dicom::Dataset::from_native(std::make_unique<DcmDataset>(*identifier));
  if (item) static_cast<std::vector<dicom::Dataset>*>(items)->push_back(*std::move(item));
}

/// {"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"200"}}…]}
std::string transaction_response(const std::string& bundle) {
  json::Value response;
  response["resourceType"] = "Bundle";
  response["type"] = "transaction-response";
  response["entry"] = json::Value::array();
  const auto received = json::Value::parse(bundle);
  const json::Value* entries = received ? received->find("entry") : nullptr;
  for (std::size_t i = 0; entries && i < entries->items().size(); ++i)
    response["entry"].push({})["response"]["status"] = "200";
  return response.write();
}

class TakeBundle final : public Poco::Net::HTTPRequestHandler {
 public:
  explicit TakeBundle(Mailbox& mailbox) : mailbox_(mailbox) {}
  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    std::string body;
    Poco::StreamCopier::copyToString(request.stream(), body);
    mailbox_.put(body);
    const std::string answer = transaction_response(body);
    response.setContentType("application/fhir+json");
    response.sendBuffer(answer.data(), answer.size());
  }

 private:
  Mailbox& mailbox_;
};

class TakeBundles final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit TakeBundles(Mailbox& mailbox) : mailbox_(mailbox) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new TakeBundle(mailbox_);  // Poco owns it
  }

 private:
  Mailbox& mailbox_;
};

}  // namespace

std::string DemoSender::send(const std::string& message) {
  send_framed(socket_, message);
  Deframer deframer(16u << 20);
  return read_answer(socket_, deframer);
}

DemoModality::DemoModality(std::uint16_t port, const std::string& ae_title) {
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const char* syntax[] = {UID_LittleEndianExplicitTransferSyntax};
  ASC_initializeNetwork(NET_REQUESTOR, 0, kTimeout, &network_);
  T_ASC_Parameters* parameters = nullptr;
  ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU);
  ASC_setAPTitles(parameters, ae_title.c_str(), "PONS", nullptr);
  ASC_setPresentationAddresses(parameters, "127.0.0.1", address.c_str());
  ASC_addPresentationContext(parameters, kFind, UID_FINDModalityWorklistInformationModel, syntax, 1);
  ASC_addPresentationContext(parameters, kMpps, UID_ModalityPerformedProcedureStepSOPClass, syntax, 1);
  is_connected_ = ASC_requestAssociation(network_, parameters, &association_).good();
}

DemoModality::~DemoModality() {
  if (is_connected_) ASC_releaseAssociation(association_);
  ASC_destroyAssociation(&association_);
  ASC_dropNetwork(&network_);
}

std::vector<dicom::Dataset> DemoModality::worklist(const std::string& modality) {
  std::vector<dicom::Dataset> items;
  if (!is_connected_) return items;
  dicom::Dataset keys;
  for (const char* key : {"PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID"})
    static_cast<void>(keys.put_empty(key));
  for (const char* key : {"ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime",
                          "ScheduledStationAETitle", "ScheduledProcedureStepID"})
    static_cast<void>(keys.put_empty(std::string("ScheduledProcedureStepSequence.") + key));
  static_cast<void>(keys.put("ScheduledProcedureStepSequence.Modality", modality));
  T_DIMSE_C_FindRQ request{};
  request.MessageID = ++last_message_;
  OFStandard::strlcpy(request.AffectedSOPClassUID, UID_FINDModalityWorklistInformationModel,
                      sizeof request.AffectedSOPClassUID);
  request.DataSetType = DIMSE_DATASET_PRESENT;
  T_DIMSE_C_FindRSP response{};
  DcmDataset* detail = nullptr;
  int count = 0;
  DIMSE_findUser(association_, kFind, &request, &keys.native(), count, take_item, &items, DIMSE_NONBLOCKING, kTimeout,
                 &response, &detail);
  delete detail;
  return items;
}

int DemoModality::begin(const std::string& uid, const dicom::Dataset& performed) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_CREATE_RQ;
  auto& request = message.msg.NCreateRQ;
  request.MessageID = ++last_message_;
  OFStandard::strlcpy(request.AffectedSOPClassUID, UID_ModalityPerformedProcedureStepSOPClass,
                      sizeof request.AffectedSOPClassUID);
  OFStandard::strlcpy(request.AffectedSOPInstanceUID, uid.c_str(), sizeof request.AffectedSOPInstanceUID);
  request.opts = O_NCREATE_AFFECTEDSOPINSTANCEUID;
  request.DataSetType = DIMSE_DATASET_PRESENT;
  const auto answer = ask(message, performed);
  return answer ? answer->msg.NCreateRSP.DimseStatus : -1;
}

int DemoModality::end(const std::string& uid, const dicom::Dataset& performed) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_SET_RQ;
  auto& request = message.msg.NSetRQ;
  request.MessageID = ++last_message_;
  OFStandard::strlcpy(request.RequestedSOPClassUID, UID_ModalityPerformedProcedureStepSOPClass,
                      sizeof request.RequestedSOPClassUID);
  OFStandard::strlcpy(request.RequestedSOPInstanceUID, uid.c_str(), sizeof request.RequestedSOPInstanceUID);
  request.DataSetType = DIMSE_DATASET_PRESENT;
  const auto answer = ask(message, performed);
  return answer ? answer->msg.NSetRSP.DimseStatus : -1;
}

std::optional<T_DIMSE_Message> DemoModality::ask(T_DIMSE_Message& request, const dicom::Dataset& performed) {
  if (!is_connected_ ||
      DIMSE_sendMessageUsingMemoryData(association_, kMpps, &request, nullptr, &performed.native(), nullptr, nullptr)
          .bad())
    return {};
  T_DIMSE_Message answer{};
  T_ASC_PresentationContextID context = 0;
  DcmDataset* detail = nullptr;
  if (DIMSE_receiveCommand(association_, DIMSE_NONBLOCKING, kTimeout, &context, &answer, &detail).bad()) return {};
  delete detail;
  const bool has_attributes = answer.CommandField == DIMSE_N_CREATE_RSP
                                  ? answer.msg.NCreateRSP.DataSetType != DIMSE_DATASET_NULL
                                  : answer.msg.NSetRSP.DataSetType != DIMSE_DATASET_NULL;
  if (!has_attributes) return answer;
  DcmDataset* attributes = nullptr;
  DIMSE_receiveDataSetInMemory(association_, DIMSE_NONBLOCKING, kTimeout, &context, &attributes, nullptr, nullptr);
  delete attributes;
  return answer;
}

void Mailbox::put(std::string letter) {
  std::lock_guard lock(mutex_);
  letters_.push_back(std::move(letter));
}

std::vector<std::string> Mailbox::letters() const {
  std::lock_guard lock(mutex_);
  return letters_;
}

bool Mailbox::has(std::size_t count) const {
  using namespace std::chrono_literals;
  for (int i = 0; i < 200; ++i) {
    if (letters().size() >= count) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

DemoEhr::DemoEhr(std::uint16_t port) : listening_(listen("127.0.0.1", port, kBacklog)) {
  thread_ = std::thread([this] { serve(); });
}

DemoEhr::~DemoEhr() {
  stopping_ = true;
  thread_.join();
}

void DemoEhr::serve() {
  std::vector<std::thread> connections;
  while (!stopping_)
    if (listening_.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ))
      connections.emplace_back([this, socket = listening_.acceptConnection()] { answer(socket); });
  for (std::thread& each : connections) each.join();
}

void DemoEhr::answer(Poco::Net::StreamSocket socket) {
  Deframer deframer(16u << 20);
  char buffer[8192];
  while (!stopping_) {
    if (!socket.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ)) continue;
    const int count = socket.receiveBytes(buffer, sizeof buffer);
    if (count <= 0) return;
    deframer.feed({buffer, static_cast<std::size_t>(count)});
    while (const auto bytes = deframer.next()) {
      const auto message = hl7::Message::parse(*bytes);
      if (!message) return;
      received_.put(*bytes);
      const std::string ack = frame(hl7::build_ack(*message, {"AA", "", {}}, "EHR1", "20261125120000"));
      socket.sendBytes(ack.data(), static_cast<int>(ack.size()));
    }
  }
}

DemoFhir::DemoFhir(std::uint16_t port)
    : server_(std::make_unique<Poco::Net::HTTPServer>(new TakeBundles(received_), listen("127.0.0.1", port, kBacklog),
                                                      new Poco::Net::HTTPServerParams)) {
  server_->start();
}

DemoFhir::~DemoFhir() {
  server_->stopAll(true);
}

}  // namespace pons
