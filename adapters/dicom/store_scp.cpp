#include "adapters/dicom/store_scp.h"

#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <set>
#include <string>
#include <utility>

#include "adapters/dicom/data_set.h"
#include "adapters/dicom/dimse_answer.h"
#include "adapters/dicom/hand_in.h"
#include "adapters/dicom/peer.h"
#include "adapters/dicom/status_detail.h"
#include "engine/base/text.h"
#include "engine/dicom/header.h"

namespace pons {

namespace {

using dicom::HeaderFilter;

constexpr std::uint16_t kOutOfResources = 0xA700, kNotOfItsClass = 0xA900,
                        kCannotUnderstand = 0xC000;  // PS3.4 table B.2-1

dicom::Syntax syntax_of(const T_ASC_PresentationContext& agreed) {
  const bool is_implicit = agreed.acceptedTransferSyntax == std::string_view(UID_LittleEndianImplicitTransferSyntax);
  return is_implicit ? dicom::Syntax::implicit_vr : dicom::Syntax::explicit_vr;
}

Envelope envelope_of(const T_ASC_Association& association, const T_ASC_PresentationContext& agreed,
                     const std::string& uid, HeaderFilter& filter, Instant now) {
  const Peer peer = peer_of(association);
  Envelope envelope;
  envelope.kind = Envelope::Kind::stored;
  envelope.inlet = "dicom";
  envelope.peer = peer.text();
  envelope.bytes = std::make_shared<const std::string>(filter.header());
  envelope.arrived = now;
  envelope.attributes = {
      {"sop_instance_uid", uid}, {"calling", peer.ae_title}, {"transfer_syntax", agreed.acceptedTransferSyntax}};
  if (filter.left_out() > 0) envelope.attributes["left_out"] = std::to_string(filter.left_out());
  return envelope;
}

DimseAnswer check(const T_ASC_PresentationContext& agreed, const T_DIMSE_C_StoreRQ& request, const std::string& uid) {
  if (agreed.abstractSyntax != std::string_view(request.AffectedSOPClassUID))
    return {kNotOfItsClass, 0, "another SOP Class than was agreed on"};
  if (!is_uid(uid)) return {STATUS_N_InvalidSOPInstance, 0, "the SOP Instance UID is not a UID"};
  return {};
}

OFCondition respond(T_ASC_Association* association, T_ASC_PresentationContextID context,
                    const T_DIMSE_C_StoreRQ& request, const DimseAnswer& answer) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_C_STORE_RSP;
  auto& response = message.msg.CStoreRSP;
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.DimseStatus = answer.status;
  response.DataSetType = DIMSE_DATASET_NULL;
  response.opts = O_STORE_AFFECTEDSOPCLASSUID | O_STORE_AFFECTEDSOPINSTANCEUID;
  OFStandard::strlcpy(response.AffectedSOPClassUID, request.AffectedSOPClassUID, sizeof response.AffectedSOPClassUID);
  OFStandard::strlcpy(response.AffectedSOPInstanceUID, request.AffectedSOPInstanceUID,
                      sizeof response.AffectedSOPInstanceUID);
  const auto detail = status_detail(answer.comment);
  return DIMSE_sendMessageUsingMemoryData(association, context, &message, detail.get(), nullptr, nullptr, nullptr);
}

}  // namespace

OFCondition StoreScp::store(T_ASC_Association* association, T_ASC_PresentationContextID context,
                            const T_DIMSE_C_StoreRQ& request) const {
  T_ASC_PresentationContext agreed{};
  ASC_findAcceptedPresentationContext(association->params, context, &agreed);
  HeaderFilter filter(syntax_of(agreed));
  if (request.DataSetType != DIMSE_DATASET_NULL) {
    const OFCondition received =
        receive_pieces(association, context, [&](std::string_view piece) { filter.take(piece); });
    if (received.bad()) return received;
  }
  const std::string uid(trim(request.AffectedSOPInstanceUID));
  DimseAnswer answer = check(agreed, request, uid);
  if (answer.status == 0 && !filter.is_whole()) answer = {kCannotUnderstand, 0, "the data set breaks off"};
  if (answer.status == 0)
    answer = hand_in(counter_, envelope_of(*association, agreed, uid, filter, clock_.now()), kOutOfResources);
  return respond(association, context, request, answer);
}

bool is_storage(std::string_view sop_class) {
  static const auto classes = storage_classes();
  static const std::set<std::string_view> all(classes.begin(), classes.end());
  return all.contains(sop_class);
}

std::vector<const char*> storage_classes() {
  return {dcmAllStorageSOPClassUIDs, dcmAllStorageSOPClassUIDs + numberOfDcmAllStorageSOPClassUIDs};
}

std::vector<const char*> storage_syntaxes() {
  std::vector<const char*> syntaxes{UID_LittleEndianExplicitTransferSyntax, UID_LittleEndianImplicitTransferSyntax};
  for (int each = EXS_JPEGProcess1; each <= EXS_HEVCMain10ProfileLevel5_1; ++each) {
    const DcmXfer syntax(static_cast<E_TransferSyntax>(each));
    if (syntax.isEncapsulated() && syntax.getStreamCompression() == ESC_none) syntaxes.push_back(syntax.getXferID());
  }
  return syntaxes;
}

}  // namespace pons
