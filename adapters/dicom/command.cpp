#include "adapters/dicom/command.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <chrono>
#include <memory>
#include <string>

#include "engine/dicom/dataset.h"

namespace pons {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kLimit = 16 * 1024;             // bytes; a command is a few hundred
constexpr auto kDeadline = std::chrono::seconds(30);  // from the first fragment to the last
constexpr int kFragmentTimeout = 30;                  // seconds of silence
constexpr std::size_t kMostFragments = 64;

OFCondition receive_fragment(T_ASC_Association* association, int seconds, DUL_PDV& fragment) {
  if (DUL_NextPDV(&association->DULassociation, &fragment).good()) return EC_Normal;
  if (!ASC_dataWaiting(association, seconds)) return DIMSE_NODATAAVAILABLE;
  const OFCondition received = DUL_ReadPDVs(&association->DULassociation, nullptr, DUL_NOBLOCK, kFragmentTimeout);
  if (received != DUL_PDATAPDUARRIVED) return received.good() ? DIMSE_READPDVFAILED : received;
  return DUL_NextPDV(&association->DULassociation, &fragment);
}

OFCondition receive_bytes(T_ASC_Association* association, int seconds, T_ASC_PresentationContextID& context,
                          std::string& bytes) {
  DUL_PDV fragment{};
  if (const auto first = receive_fragment(association, seconds, fragment); first.bad()) return first;
  context = fragment.presentationContextID;
  const auto deadline = Steady::now() + kDeadline;
  for (std::size_t fragments = 1;; ++fragments) {
    const bool is_ours = fragment.pdvType == DUL_COMMANDPDV && fragment.presentationContextID == context;
    if (!is_ours || fragments > kMostFragments || bytes.size() + fragment.fragmentLength > kLimit ||
        Steady::now() > deadline)
      return DIMSE_RECEIVEFAILED;
    bytes.append(static_cast<const char*>(fragment.data), fragment.fragmentLength);
    if (fragment.lastPDV) return EC_Normal;
    const auto next = receive_fragment(association, kFragmentTimeout, fragment);
    if (next.bad()) return next == DIMSE_NODATAAVAILABLE ? DIMSE_RECEIVEFAILED : next;
  }
}

/// A command's elements (PS3.7 E.1); `is_whole` is what the reading ends with.
class Command {
 public:
  explicit Command(DcmDataset& dataset) : dataset_(dataset) {}

  DIC_US number(const DcmTagKey& tag) {
    Uint16 value = 0;
    is_whole &= dataset_.findAndGetUint16(tag, value).good();
    return value;
  }
  T_DIMSE_DataSetType data_set() {
    return number(DCM_CommandDataSetType) == DIMSE_DATASET_NULL ? DIMSE_DATASET_NULL : DIMSE_DATASET_PRESENT;
  }
  void uid(const DcmTagKey& tag, DIC_UI& place) {
    is_whole &= dataset_.tagExists(tag);
    optional_uid(tag, place);
  }
  bool optional_uid(const DcmTagKey& tag, DIC_UI& place) {
    OFString value;
    dataset_.findAndGetOFString(tag, value);
    is_whole &= value.size() < sizeof(DIC_UI);
    OFStandard::strlcpy(place, value.c_str(), sizeof(DIC_UI));
    return !value.empty();
  }

  /// Tags as pairs of numbers.
  void list(const DcmTagKey& tag, std::vector<DIC_US>& numbers) {
    DcmElement* element = nullptr;
    Uint16* values = nullptr;
    if (dataset_.findAndGetElement(tag, element).bad() || element->getUint16Array(values).bad() || !values) return;
    numbers.assign(values, values + 2 * element->getVM());
  }

  bool is_whole = true;

 private:
  DcmDataset& dataset_;
};

/// What every request has.
template <class Request>
Request& begin(Command& command, Request& request) {
  request.MessageID = command.number(DCM_MessageID);
  request.DataSetType = command.data_set();
  return request;
}

void fill(Command& command, T_DIMSE_N_CreateRQ& request) {
  begin(command, request);
  command.uid(DCM_AffectedSOPClassUID, request.AffectedSOPClassUID);
  if (command.optional_uid(DCM_AffectedSOPInstanceUID, request.AffectedSOPInstanceUID))
    request.opts = O_NCREATE_AFFECTEDSOPINSTANCEUID;
}

void fill(Command& command, T_DIMSE_C_StoreRQ& request) {
  begin(command, request);
  command.uid(DCM_AffectedSOPClassUID, request.AffectedSOPClassUID);
  command.uid(DCM_AffectedSOPInstanceUID, request.AffectedSOPInstanceUID);
}

void fill(Command& command, T_DIMSE_N_SetRQ& request) {
  begin(command, request);
  command.uid(DCM_RequestedSOPClassUID, request.RequestedSOPClassUID);
  command.uid(DCM_RequestedSOPInstanceUID, request.RequestedSOPInstanceUID);
}

void fill(Command& command, T_DIMSE_N_ActionRQ& request) {
  begin(command, request);
  command.uid(DCM_RequestedSOPClassUID, request.RequestedSOPClassUID);
  command.uid(DCM_RequestedSOPInstanceUID, request.RequestedSOPInstanceUID);
  request.ActionTypeID = command.number(DCM_ActionTypeID);
}

void fill(Command& command, T_DIMSE_N_EventReportRQ& request) {
  begin(command, request);
  command.uid(DCM_AffectedSOPClassUID, request.AffectedSOPClassUID);
  command.uid(DCM_AffectedSOPInstanceUID, request.AffectedSOPInstanceUID);
  request.EventTypeID = command.number(DCM_EventTypeID);
}

/// What every response has.
template <class Response>
void begin_response(Command& command, Response& response) {
  response.MessageIDBeingRespondedTo = command.number(DCM_MessageIDBeingRespondedTo);
  response.DataSetType = command.data_set();
  response.DimseStatus = command.number(DCM_Status);
}

void fill(Command& command, T_DIMSE_N_GetRQ& request, std::vector<DIC_US>* attributes) {
  begin(command, request);
  command.uid(DCM_RequestedSOPClassUID, request.RequestedSOPClassUID);
  command.uid(DCM_RequestedSOPInstanceUID, request.RequestedSOPInstanceUID);
  if (!attributes) return;
  command.list(DCM_AttributeIdentifierList, *attributes);
  request.ListCount = static_cast<int>(attributes->size());
  request.AttributeIdentifierList = attributes->data();
}

void fill(Command& command, T_DIMSE_Message& message, std::vector<DIC_US>* attributes) {
  auto& request = message.msg;
  switch (message.CommandField) {
    case DIMSE_C_ECHO_RQ:
      return command.uid(DCM_AffectedSOPClassUID, begin(command, request.CEchoRQ).AffectedSOPClassUID);
    case DIMSE_C_FIND_RQ:
      return command.uid(DCM_AffectedSOPClassUID, begin(command, request.CFindRQ).AffectedSOPClassUID);
    case DIMSE_C_CANCEL_RQ:
      request.CCancelRQ = {command.number(DCM_MessageIDBeingRespondedTo), command.data_set()};
      return;
    case DIMSE_N_CREATE_RQ:
      return fill(command, request.NCreateRQ);
    case DIMSE_N_SET_RQ:
      return fill(command, request.NSetRQ);
    case DIMSE_C_STORE_RQ:
      return fill(command, request.CStoreRQ);
    case DIMSE_C_GET_RQ:
      return void(begin(command, request.CGetRQ));
    case DIMSE_C_MOVE_RQ:
      return void(begin(command, request.CMoveRQ));
    case DIMSE_N_EVENT_REPORT_RQ:
      return fill(command, request.NEventReportRQ);
    case DIMSE_N_GET_RQ:
      return fill(command, request.NGetRQ, attributes);
    case DIMSE_N_ACTION_RQ:
      return fill(command, request.NActionRQ);
    case DIMSE_N_DELETE_RQ:
      return void(begin(command, request.NDeleteRQ));
    case DIMSE_C_FIND_RSP:
      return begin_response(command, request.CFindRSP);
    case DIMSE_N_CREATE_RSP:
      return begin_response(command, request.NCreateRSP);
    case DIMSE_N_SET_RSP:
      return begin_response(command, request.NSetRSP);
    case DIMSE_N_ACTION_RSP:
      return begin_response(command, request.NActionRSP);
    case DIMSE_N_EVENT_REPORT_RSP:
      return begin_response(command, request.NEventReportRSP);
    default:
      return;  // no request; whoever answers it will say so
  }
}

OFCondition receive_elements(T_ASC_Association* association, int seconds, T_ASC_PresentationContextID& context,
                             std::unique_ptr<DcmDataset>& elements) {
  std::string bytes;
  if (const auto received = receive_bytes(association, seconds, context, bytes); received.bad()) return received;
  T_ASC_PresentationContext agreed{};
  if (const auto found = ASC_findAcceptedPresentationContext(association->params, context, &agreed); found.bad())
    return found;
  auto read = dicom::Dataset::command_from_bytes(bytes);
  if (!read) return DIMSE_PARSEFAILED;
  elements = *std::move(read);
  return EC_Normal;
}

OFCondition read_message(DcmDataset& elements, T_DIMSE_Message& message, std::vector<DIC_US>* attributes) {
  Command command(elements);
  message.CommandField = static_cast<T_DIMSE_Command>(command.number(DCM_CommandField));
  fill(command, message, attributes);
  return command.is_whole ? OFCondition(EC_Normal) : OFCondition(DIMSE_PARSEFAILED);
}

}  // namespace

OFCondition receive_command(T_ASC_Association* association, int seconds, T_ASC_PresentationContextID& context,
                            T_DIMSE_Message& request, std::vector<DIC_US>* attributes) {
  std::unique_ptr<DcmDataset> elements;
  const auto received = receive_elements(association, seconds, context, elements);
  return received.good() ? read_message(*elements, request, attributes) : received;
}

OFCondition receive_response(T_ASC_Association* association, int seconds, T_ASC_PresentationContextID& context,
                             T_DIMSE_Message& response, std::string& comment) {
  std::unique_ptr<DcmDataset> elements;
  if (const auto received = receive_elements(association, seconds, context, elements); received.bad()) return received;
  OFString text;
  elements->findAndGetOFString(DCM_ErrorComment, text);
  comment = text.c_str();
  return read_message(*elements, response, nullptr);
}

}  // namespace pons
