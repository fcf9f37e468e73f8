#include "adapters/dicom/unrecognized.h"

#include "adapters/dicom/data_set.h"

namespace pons {

namespace {

constexpr unsigned kResponseBit = 0x8000;  // PS3.7 E.1: a response's command field is its request's with this bit

/// True: a data set follows the request.
template <class Request, class Response>
bool fill(const Request& request, Response& response) {
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.DataSetType = DIMSE_DATASET_NULL;
  response.DimseStatus = STATUS_N_UnrecognizedOperation;
  return request.DataSetType != DIMSE_DATASET_NULL;
}

}  // namespace

OFCondition answer_unrecognized(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                const T_DIMSE_Message& request) {
  T_DIMSE_Message response{};
  response.CommandField = static_cast<T_DIMSE_Command>(request.CommandField | kResponseBit);
  const auto& asked = request.msg;
  auto& answer = response.msg;
  bool has_data_set = false;
  switch (request.CommandField) {
    case DIMSE_C_STORE_RQ:
      has_data_set = fill(asked.CStoreRQ, answer.CStoreRSP);
      break;
    case DIMSE_C_FIND_RQ:
      has_data_set = fill(asked.CFindRQ, answer.CFindRSP);
      answer.CFindRSP.DimseStatus = STATUS_FIND_Refused_SOPClassNotSupported;
      break;
    case DIMSE_C_GET_RQ:
      has_data_set = fill(asked.CGetRQ, answer.CGetRSP);
      break;
    case DIMSE_C_MOVE_RQ:
      has_data_set = fill(asked.CMoveRQ, answer.CMoveRSP);
      break;
    case DIMSE_N_EVENT_REPORT_RQ:
      has_data_set = fill(asked.NEventReportRQ, answer.NEventReportRSP);
      break;
    case DIMSE_N_GET_RQ:
      has_data_set = fill(asked.NGetRQ, answer.NGetRSP);
      break;
    case DIMSE_N_SET_RQ:
      has_data_set = fill(asked.NSetRQ, answer.NSetRSP);
      break;
    case DIMSE_N_ACTION_RQ:
      has_data_set = fill(asked.NActionRQ, answer.NActionRSP);
      break;
    case DIMSE_N_CREATE_RQ:
      has_data_set = fill(asked.NCreateRQ, answer.NCreateRSP);
      break;
    case DIMSE_N_DELETE_RQ:
      has_data_set = fill(asked.NDeleteRQ, answer.NDeleteRSP);
      break;
    default:
      return DIMSE_BADCOMMANDTYPE;
  }
  if (has_data_set)
    if (const OFCondition skipped = skip_data_set(association); skipped.bad()) return skipped;
  return DIMSE_sendMessageUsingMemoryData(association, context, &response, nullptr, nullptr, nullptr, nullptr);
}

}  // namespace pons
