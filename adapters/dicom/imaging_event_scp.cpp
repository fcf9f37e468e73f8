#include "adapters/dicom/imaging_event_scp.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <utility>

#include "adapters/dicom/data_set.h"
#include "adapters/dicom/hand_in.h"
#include "adapters/dicom/peer.h"
#include "adapters/dicom/status_detail.h"
#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/dicom/dataset.h"

namespace pons {

namespace {

T_ASC_PresentationContext agreed_on(T_ASC_Association& association, T_ASC_PresentationContextID context) {
  T_ASC_PresentationContext agreed{};
  ASC_findAcceptedPresentationContext(association.params, context, &agreed);
  return agreed;
}

/// What of the request's own attributes was wrong, as it came; nullptr: nothing at its top.
std::unique_ptr<DcmDataset> sent_back(const std::string& request, const std::vector<std::uint32_t>& attributes) {
  auto received = dicom::Dataset::native_from_bytes(request);
  if (!received) return nullptr;
  auto back = std::make_unique<DcmDataset>();
  for (const std::uint32_t tag : attributes) {
    std::unique_ptr<DcmElement> element((*received)->remove(DcmTagKey(tag >> 16, tag & 0xFFFF)));
    if (element && back->insert(element.get()).good()) static_cast<void>(element.release());
  }
  return back->isEmpty() ? nullptr : std::move(back);
}

/// Fills what both responses have, and sends. `bytes`: the request's data set.
template <class Response>
OFCondition respond(T_ASC_Association* association, T_ASC_PresentationContextID context, T_DIMSE_Message& message,
                    Response& response, const std::string& uid, const std::string& bytes, const DimseAnswer& answer) {
  const auto data_set = answer.sends_back() ? sent_back(bytes, answer.attributes) : nullptr;
  response.DataSetType = data_set ? DIMSE_DATASET_PRESENT : DIMSE_DATASET_NULL;
  response.DimseStatus = answer.status;
  OFStandard::strlcpy(response.AffectedSOPClassUID, agreed_on(*association, context).abstractSyntax,
                      sizeof response.AffectedSOPClassUID);
  OFStandard::strlcpy(response.AffectedSOPInstanceUID, uid.c_str(), sizeof response.AffectedSOPInstanceUID);
  const auto detail = status_detail(answer.comment, answer.error_id,
                                    answer.sends_back() ? std::vector<std::uint32_t>{} : answer.attributes);
  return DIMSE_sendMessageUsingMemoryData(association, context, &message, detail.get(), data_set.get(), nullptr,
                                          nullptr);
}

}  // namespace

OFCondition ImagingEventScp::create(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                    const T_DIMSE_N_CreateRQ& request) const {
  std::string bytes;
  if (const auto received = receive_data_set(association, context, request.DataSetType, bytes); received.bad())
    return received;
  std::string uid(trim(request.AffectedSOPInstanceUID));
  if (uid.empty()) uid = uid_from("mpps|" + peer_of(*association).ae_title + "|" + bytes);
  const std::string agreed = agreed_on(*association, context).abstractSyntax;
  DimseAnswer answer = check_instance(agreed, request.AffectedSOPClassUID, uid);
  if (answer.status == 0) {
    Envelope created = envelope(*association, context, uid, bytes);
    created.kind = agreed == UID_InstanceAvailabilityNotificationSOPClass ? Envelope::Kind::availability
                                                                          : Envelope::Kind::mpps_create;
    answer = hand_in(counter_, std::move(created), STATUS_N_ProcessingFailure);
  }
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_CREATE_RSP;
  auto& response = message.msg.NCreateRSP;
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.opts = O_NCREATE_AFFECTEDSOPCLASSUID | O_NCREATE_AFFECTEDSOPINSTANCEUID;
  return respond(association, context, message, response, uid, bytes, answer);
}

OFCondition ImagingEventScp::set(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                 const T_DIMSE_N_SetRQ& request) const {
  std::string bytes;
  if (const auto received = receive_data_set(association, context, request.DataSetType, bytes); received.bad())
    return received;
  const std::string uid(trim(request.RequestedSOPInstanceUID));
  DimseAnswer answer = check_instance(UID_ModalityPerformedProcedureStepSOPClass, request.RequestedSOPClassUID, uid);
  if (answer.status == 0) {
    Envelope changed = envelope(*association, context, uid, bytes);
    changed.kind = Envelope::Kind::mpps_set;
    answer = hand_in(counter_, std::move(changed), STATUS_N_ProcessingFailure);
  }
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_SET_RSP;
  auto& response = message.msg.NSetRSP;
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.opts = O_NSET_AFFECTEDSOPCLASSUID | O_NSET_AFFECTEDSOPINSTANCEUID;
  return respond(association, context, message, response, uid, bytes, answer);
}

Envelope ImagingEventScp::envelope(T_ASC_Association& association, T_ASC_PresentationContextID context, std::string uid,
                                   std::string bytes) const {
  const Peer peer = peer_of(association);
  Envelope envelope;
  envelope.inlet = "dicom";
  envelope.peer = peer.text();
  envelope.bytes = std::make_shared<const std::string>(std::move(bytes));
  envelope.arrived = clock_.now();
  envelope.attributes = {{"sop_instance_uid", std::move(uid)},
                         {"calling", peer.ae_title},
                         {"transfer_syntax", agreed_on(association, context).acceptedTransferSyntax}};
  if (strict_.contains(peer.ae_title)) envelope.attributes["strict"] = "yes";
  return envelope;
}

}  // namespace pons
