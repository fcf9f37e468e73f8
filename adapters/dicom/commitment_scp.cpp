#include "adapters/dicom/commitment_scp.h"

#include <dcmtk/dcmdata/dcuid.h>

#include <string>
#include <utility>

#include "adapters/dicom/data_set.h"
#include "adapters/dicom/dimse_answer.h"
#include "adapters/dicom/hand_in.h"
#include "adapters/dicom/peer.h"
#include "adapters/dicom/status_detail.h"
#include "adapters/dicom/verdict.h"
#include "engine/dicom/dataset.h"

namespace pons {

namespace {

constexpr DIC_US kNoSuchAction = 0x0123, kNoSuchEvent = 0x0113;  // PS3.7 annex C
constexpr DIC_US kAsk = 1, kCommitted = 1, kFailuresExist = 2;   // PS3.4 tables J.3-1, J.3-2

DimseAnswer check(std::string_view sop_class, std::string_view sop_instance) {
  if (sop_class != UID_StorageCommitmentPushModelSOPClass)
    return {STATUS_N_NoSuchSOPClass, 0, "only the Storage Commitment Push Model is served"};
  if (sop_instance != UID_StorageCommitmentPushModelSOPInstance)
    return {STATUS_N_NoSuchSOPInstance, 0, "not the well-known instance of storage commitment"};
  return {};
}

Envelope envelope_of(const T_ASC_Association& association, Envelope::Kind kind, std::string calling,
                     const std::string& bytes, Instant now) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.inlet = "dicom";
  envelope.peer = peer_of(association).text();
  envelope.bytes = std::make_shared<const std::string>(bytes);
  envelope.arrived = now;
  envelope.attributes = {{"calling", std::move(calling)}};
  return envelope;
}

template <class Response>
OFCondition respond(T_ASC_Association* association, T_ASC_PresentationContextID context, T_DIMSE_Message& message,
                    Response& response, DIC_US to, const DimseAnswer& answer) {
  response.MessageIDBeingRespondedTo = to;
  response.DimseStatus = answer.status;
  response.DataSetType = DIMSE_DATASET_NULL;
  OFStandard::strlcpy(response.AffectedSOPClassUID, UID_StorageCommitmentPushModelSOPClass,
                      sizeof response.AffectedSOPClassUID);
  OFStandard::strlcpy(response.AffectedSOPInstanceUID, UID_StorageCommitmentPushModelSOPInstance,
                      sizeof response.AffectedSOPInstanceUID);
  const auto detail = status_detail(answer.comment, answer.error_id, answer.attributes);
  return DIMSE_sendMessageUsingMemoryData(association, context, &message, detail.get(), nullptr, nullptr, nullptr);
}

std::string transaction_of(const std::string& bytes) {
  const auto dataset = dicom::Dataset::from_bytes(bytes);
  return dataset ? dataset->text_or_empty("TransactionUID") : "";
}

}  // namespace

OFCondition CommitmentScp::act(T_ASC_Association* association, T_ASC_PresentationContextID context,
                               const T_DIMSE_N_ActionRQ& request, AskingAssociations::Line& line) const {
  std::string bytes;
  if (const auto received = receive_data_set(association, context, request.DataSetType, bytes); received.bad())
    return received;
  DimseAnswer answer = check(request.RequestedSOPClassUID, request.RequestedSOPInstanceUID);
  if (answer.status == 0 && request.ActionTypeID != kAsk) answer = {kNoSuchAction, 0, "the action type is not 1"};
  if (answer.status == 0)
    answer = hand_in(counter_,
                     envelope_of(*association, Envelope::Kind::commitment_request, peer_of(*association).ae_title,
                                 bytes, clock_.now()),
                     STATUS_N_ProcessingFailure);
  if (answer.status == 0) line.asked(transaction_of(bytes));
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_ACTION_RSP;
  auto& response = message.msg.NActionRSP;
  response.ActionTypeID = request.ActionTypeID;
  response.opts = O_NACTION_AFFECTEDSOPCLASSUID | O_NACTION_AFFECTEDSOPINSTANCEUID | O_NACTION_ACTIONTYPEID;
  return respond(association, context, message, response, request.MessageID, answer);
}

OFCondition CommitmentScp::report(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                  const T_DIMSE_N_EventReportRQ& request, const std::string& archive) const {
  std::string bytes;
  if (const auto received = receive_data_set(association, context, request.DataSetType, bytes); received.bad())
    return received;
  DimseAnswer answer = check(request.AffectedSOPClassUID, request.AffectedSOPInstanceUID);
  if (answer.status == 0 && request.EventTypeID != kCommitted && request.EventTypeID != kFailuresExist)
    answer = {kNoSuchEvent, 0, "the event type is neither 1 nor 2"};
  if (answer.status == 0)
    answer =
        hand_in(counter_, envelope_of(*association, Envelope::Kind::commitment_result, archive, bytes, clock_.now()),
                STATUS_N_ProcessingFailure);
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_EVENT_REPORT_RSP;
  auto& response = message.msg.NEventReportRSP;
  response.EventTypeID = request.EventTypeID;
  response.opts =
      O_NEVENTREPORT_AFFECTEDSOPCLASSUID | O_NEVENTREPORT_AFFECTEDSOPINSTANCEUID | O_NEVENTREPORT_EVENTTYPEID;
  return respond(association, context, message, response, request.MessageID, answer);
}

OFCondition CommitmentScp::tell(T_ASC_Association* association, AskingAssociations::Line& line) {
  const Parcel* result = line.next();
  if (!result) return EC_Normal;
  const auto context = ASC_findAcceptedPresentationContextID(association, UID_StorageCommitmentPushModelSOPClass);
  auto dataset = dicom::Dataset::native_from_bytes(result->document);
  if (!dataset) return DIMSE_PARSEFAILED;
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_EVENT_REPORT_RQ;
  auto& report = message.msg.NEventReportRQ;
  report.MessageID = association->nextMsgID++;
  report.DataSetType = DIMSE_DATASET_PRESENT;
  report.EventTypeID = commitment_event(result->document);
  OFStandard::strlcpy(report.AffectedSOPClassUID, UID_StorageCommitmentPushModelSOPClass,
                      sizeof report.AffectedSOPClassUID);
  OFStandard::strlcpy(report.AffectedSOPInstanceUID, UID_StorageCommitmentPushModelSOPInstance,
                      sizeof report.AffectedSOPInstanceUID);
  return DIMSE_sendMessageUsingMemoryData(association, context, &message, nullptr, dataset->get(), nullptr, nullptr);
}

OFCondition CommitmentScp::told(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                const T_DIMSE_N_EventReportRSP& response, AskingAssociations::Line& line) {
  std::string reply;  // which means nothing to us
  if (response.DataSetType != DIMSE_DATASET_NULL)
    if (const auto received = receive_data_set(association, context, response.DataSetType, reply); received.bad())
      return received;
  return line.answered(dicom_verdict(response.DimseStatus)) ? OFCondition(EC_Normal)
                                                            : OFCondition(DIMSE_BADCOMMANDTYPE);
}

DIC_US commitment_event(const std::string& result) {
  const auto dataset = dicom::Dataset::from_bytes(result);
  return dataset && dataset->items("FailedSOPSequence") > 0 ? kFailuresExist : kCommitted;
}

std::string failed_commitment(const std::string& request) {
  const auto asked = dicom::Dataset::from_bytes(request);
  dicom::Dataset result;
  if (!asked) return {};
  static_cast<void>(result.put("TransactionUID", asked->text_or_empty("TransactionUID")));
  for (std::size_t i = 1; i <= asked->items("ReferencedSOPSequence"); ++i) {
    dicom::Dataset item = *asked->item("ReferencedSOPSequence", i);
    static_cast<void>(item.put("FailureReason", std::to_string(STATUS_N_ProcessingFailure)));
    static_cast<void>(result.append_item("FailedSOPSequence", item));
  }
  return result.to_bytes();
}

}  // namespace pons
