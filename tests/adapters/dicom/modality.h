#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/dicom/dataset.h"

namespace pons {

/// A response's command.
struct Answer {
  std::string bytes;     // the command as it came over the network
  std::string data_set;  // what came with it
  std::shared_ptr<DcmDataset> command = std::make_shared<DcmDataset>();

  int number(const DcmTagKey& tag) const {
    Uint16 value = 0;
    return command->findAndGetUint16(tag, value).good() ? value : -1;
  }
  int status() const { return number(DCM_Status); }
  std::string text(const DcmTagKey& tag) const {
    OFString value;
    command->findAndGetOFString(tag, value);
    return value.c_str();
  }
  std::string uid() const { return text(DCM_AffectedSOPInstanceUID); }
};

/// A modality on an association of its own; each of its calls waits for the answer.
class Modality {
 public:
  /// `tls`: null: in the clear. `proposals`: an extended negotiation, which the association comes to own.
  explicit Modality(std::uint16_t port, const char* syntax = UID_LittleEndianExplicitTransferSyntax,
                    DcmTransportLayer* tls = nullptr, SOPClassExtendedNegotiationSubItemList* proposals = nullptr) {
    const std::string address = "127.0.0.1:" + std::to_string(port);
    ASC_initializeNetwork(NET_REQUESTOR, 0, 5, &network_);
    T_ASC_Parameters* parameters = nullptr;
    ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU);
    if (tls) ASC_setTransportLayer(network_, tls, 0), ASC_setTransportLayerType(parameters, OFTrue);
    ASC_setAPTitles(parameters, "CT1", "PONS", nullptr);
    ASC_setPresentationAddresses(parameters, "127.0.0.1", address.c_str());
    const char* syntaxes[] = {syntax};
    ASC_addPresentationContext(parameters, kMppsContext, UID_ModalityPerformedProcedureStepSOPClass, syntaxes, 1);
    ASC_addPresentationContext(parameters, kFindContext, UID_FINDModalityWorklistInformationModel, syntaxes, 1);
    ASC_addPresentationContext(parameters, kRetrieveContext, UID_ModalityPerformedProcedureStepRetrieveSOPClass,
                               syntaxes, 1);
    ASC_addPresentationContext(parameters, kAvailabilityContext, UID_InstanceAvailabilityNotificationSOPClass, syntaxes,
                               1);
    if (proposals) ASC_setRequestedExtNegList(parameters, proposals);
    is_accepted_ = ASC_requestAssociation(network_, parameters, &association_).good();
  }
  ~Modality() {
    if (is_accepted_) ASC_releaseAssociation(association_);
    ASC_destroyAssociation(&association_);
    ASC_dropNetwork(&network_);
  }

  bool is_accepted() const { return is_accepted_; }
  bool may_send_mpps() const {
    return ASC_findAcceptedPresentationContextID(association_, UID_ModalityPerformedProcedureStepSOPClass) ==
           kMppsContext;
  }

  bool may_find() const {
    return ASC_findAcceptedPresentationContextID(association_, UID_FINDModalityWorklistInformationModel) ==
           kFindContext;
  }

  /// What is answered to the extended negotiation; null: nothing.
  const SOPClassExtendedNegotiationSubItem* negotiated() const {
    SOPClassExtendedNegotiationSubItemList* answers = nullptr;
    ASC_getAcceptedExtNegList(association_->params, &answers);
    return answers && !answers->empty() ? answers->front() : nullptr;
  }

  Answer create(const std::string& uid, const dicom::Dataset& dataset,
                const char* sop_class = UID_ModalityPerformedProcedureStepSOPClass,
                T_ASC_PresentationContextID context = kMppsContext) {
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_N_CREATE_RQ;
    auto& request = message.msg.NCreateRQ;
    request.MessageID = ++message_id_;
    OFStandard::strlcpy(request.AffectedSOPClassUID, sop_class, sizeof request.AffectedSOPClassUID);
    OFStandard::strlcpy(request.AffectedSOPInstanceUID, uid.c_str(), sizeof request.AffectedSOPInstanceUID);
    if (!uid.empty()) request.opts = O_NCREATE_AFFECTEDSOPINSTANCEUID;
    request.DataSetType = dataset.empty() ? DIMSE_DATASET_NULL : DIMSE_DATASET_PRESENT;
    return call(context, message, dataset);
  }
  /// Instance Availability Notification.
  Answer notify(const std::string& uid, const dicom::Dataset& dataset,
                const char* sop_class = UID_InstanceAvailabilityNotificationSOPClass) {
    return create(uid, dataset, sop_class, kAvailabilityContext);
  }
  Answer set(const std::string& uid, const dicom::Dataset& dataset,
             const char* sop_class = UID_ModalityPerformedProcedureStepSOPClass) {
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_N_SET_RQ;
    auto& request = message.msg.NSetRQ;
    request.MessageID = ++message_id_;
    OFStandard::strlcpy(request.RequestedSOPClassUID, sop_class, sizeof request.RequestedSOPClassUID);
    OFStandard::strlcpy(request.RequestedSOPInstanceUID, uid.c_str(), sizeof request.RequestedSOPInstanceUID);
    request.DataSetType = DIMSE_DATASET_PRESENT;
    return call(kMppsContext, message, dataset);
  }
  /// Tags of the attributes; none: all of them.
  Answer get(const std::string& uid, const std::vector<DcmTagKey>& attributes = {},
             const char* sop_class = UID_ModalityPerformedProcedureStepRetrieveSOPClass) {
    std::vector<DIC_US> list;
    for (const DcmTagKey& each : attributes) list.insert(list.end(), {each.getGroup(), each.getElement()});
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_N_GET_RQ;
    auto& request = message.msg.NGetRQ;
    request.MessageID = ++message_id_;
    OFStandard::strlcpy(request.RequestedSOPClassUID, sop_class, sizeof request.RequestedSOPClassUID);
    OFStandard::strlcpy(request.RequestedSOPInstanceUID, uid.c_str(), sizeof request.RequestedSOPInstanceUID);
    request.DataSetType = DIMSE_DATASET_NULL;
    request.ListCount = static_cast<int>(list.size());
    request.AttributeIdentifierList = list.data();
    return call(kRetrieveContext, message, dicom::Dataset());
  }
  Answer act(const dicom::Dataset& dataset) {
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_N_ACTION_RQ;
    auto& request = message.msg.NActionRQ;
    request.MessageID = ++message_id_;
    OFStandard::strlcpy(request.RequestedSOPClassUID, UID_ModalityPerformedProcedureStepSOPClass,
                        sizeof request.RequestedSOPClassUID);
    OFStandard::strlcpy(request.RequestedSOPInstanceUID, "1.2.3", sizeof request.RequestedSOPInstanceUID);
    request.ActionTypeID = 1;
    request.DataSetType = DIMSE_DATASET_PRESENT;
    return call(kMppsContext, message, dataset);
  }
  Answer find(const dicom::Dataset& identifier, T_ASC_PresentationContextID context = kFindContext) {
    ask(identifier, context);
    return next();
  }
  /// Both before it reads the first answer. `before`: the cancel is of so many requests before this one.
  Answer find_and_cancel(const dicom::Dataset& identifier, int before = 0) {
    ask(identifier, kFindContext);
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_C_CANCEL_RQ;
    message.msg.CCancelRQ = {static_cast<DIC_US>(message_id_ - before), DIMSE_DATASET_NULL};
    send(kFindContext, message, dicom::Dataset());
    return next();
  }
  /// A C-FIND whose identifier is there, and has no byte. DCMTK would not send it.
  Answer find_everything() {
    DcmDataset command;
    command.putAndInsertUint32(DCM_CommandGroupLength, 0);
    command.putAndInsertString(DCM_AffectedSOPClassUID, UID_FINDModalityWorklistInformationModel);
    command.putAndInsertUint16(DCM_CommandField, DIMSE_C_FIND_RQ);
    command.putAndInsertUint16(DCM_MessageID, ++message_id_);
    command.putAndInsertUint16(DCM_Priority, 0);
    command.putAndInsertUint16(DCM_CommandDataSetType, 1);
    command.computeGroupLengthAndPadding(EGL_withGL, EPD_noChange, EXS_LittleEndianImplicit);
    std::string bytes(4096, '\0');
    DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    command.transferInit();
    command.write(stream, EXS_LittleEndianImplicit, EET_ExplicitLength, nullptr, EGL_withGL);
    command.transferEnd();
    bytes.resize(static_cast<std::size_t>(stream.tell()));
    write(DUL_COMMANDPDV, bytes);
    write(DUL_DATASETPDV, "");
    return next();
  }
  /// The next response, read from the network without DCMTK's understanding of it.
  Answer next() {
    Answer answer;
    DUL_PDV fragment{};
    do {
      fragment = read();
      answer.bytes.append(static_cast<const char*>(fragment.data), fragment.fragmentLength);
    } while (!fragment.lastPDV);
    DcmInputBufferStream stream;
    stream.setBuffer(answer.bytes.data(), static_cast<offile_off_t>(answer.bytes.size()));
    stream.setEos();
    answer.command->transferInit();
    answer.command->read(stream, EXS_LittleEndianImplicit);
    answer.command->transferEnd();
    if (answer.number(DCM_CommandDataSetType) == DIMSE_DATASET_NULL) return answer;
    do {
      fragment = read();
      answer.data_set.append(static_cast<const char*>(fragment.data), fragment.fragmentLength);
    } while (!fragment.lastPDV);
    return answer;
  }
  /// A piece of a command, or the last one, whatever is in it.
  void write_command(const std::string& bytes, bool is_last) { write(DUL_COMMANDPDV, bytes, is_last); }

 private:
  static constexpr T_ASC_PresentationContextID kMppsContext = 1;
  static constexpr T_ASC_PresentationContextID kFindContext = 3;
  static constexpr T_ASC_PresentationContextID kRetrieveContext = 5;
  static constexpr T_ASC_PresentationContextID kAvailabilityContext = 7;

  void ask(const dicom::Dataset& identifier, T_ASC_PresentationContextID context) {
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_C_FIND_RQ;
    auto& request = message.msg.CFindRQ;
    request.MessageID = ++message_id_;
    OFStandard::strlcpy(request.AffectedSOPClassUID, UID_FINDModalityWorklistInformationModel,
                        sizeof request.AffectedSOPClassUID);
    request.DataSetType = DIMSE_DATASET_PRESENT;
    send(context, message, identifier);
  }
  Answer call(T_ASC_PresentationContextID context, T_DIMSE_Message& message, const dicom::Dataset& dataset) {
    send(context, message, dataset);
    return next();
  }
  void send(T_ASC_PresentationContextID context, T_DIMSE_Message& message, const dicom::Dataset& dataset) {
    const auto native = dataset.empty() ? nullptr : dataset.to_native();
    const OFCondition sent =
        DIMSE_sendMessageUsingMemoryData(association_, context, &message, nullptr, native.get(), nullptr, nullptr);
    if (sent.bad()) throw std::runtime_error(sent.text());
  }
  DUL_PDV read() {
    DUL_PDV fragment{};
    if (DUL_NextPDV(&association_->DULassociation, &fragment).good()) return fragment;
    const OFCondition received = DUL_ReadPDVs(&association_->DULassociation, nullptr, DUL_NOBLOCK, 10);
    if (received != DUL_PDATAPDUARRIVED) throw std::runtime_error(received.text());
    DUL_NextPDV(&association_->DULassociation, &fragment);
    return fragment;
  }
  void write(DUL_DATAPDV type, std::string bytes, bool is_last = true) {
    DUL_PDV fragment{};
    fragment.presentationContextID = kFindContext;
    fragment.pdvType = type;
    fragment.lastPDV = is_last;
    fragment.fragmentLength = bytes.size();
    fragment.data = bytes.data();
    DUL_PDVLIST list{};
    list.count = 1;
    list.pdv = &fragment;
    if (const OFCondition sent = DUL_WritePDVs(&association_->DULassociation, &list); sent.bad())
      throw std::runtime_error(sent.text());
  }

  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  bool is_accepted_ = false;
  DIC_US message_id_ = 0;
};

}  // namespace pons
