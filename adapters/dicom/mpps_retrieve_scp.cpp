#include "adapters/dicom/mpps_retrieve_scp.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>

#include "adapters/dicom/data_set.h"
#include "adapters/dicom/dimse_answer.h"
#include "adapters/dicom/peer.h"
#include "adapters/dicom/status_detail.h"
#include "engine/base/text.h"
#include "engine/dicom/character_set.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/store.h"
#include "engine/records/performed_iod.h"

namespace pons {

struct MppsRetrieveScp::Answer {
  DIC_US status = STATUS_Success;
  std::string comment = {};
  std::unique_ptr<DcmDataset> dataset = nullptr;
};

namespace {

constexpr DIC_US kNotSupported = 0x0001;  // PS3.4 table F.8.2-2: requested optional attributes are not supported

bool is_type_2(const DcmTagKey& tag) {
  const auto attributes = performed_attributes();
  const std::uint32_t number = std::uint32_t{tag.getGroup()} << 16 | tag.getElement();
  return std::any_of(attributes.begin(), attributes.end(), [&](const PerformedAttribute& each) {
    return each.depth == 0 && each.tag == number && each.create == "2/2";
  });
}

/// False: there is no such attribute.
bool copy(DcmDataset& from, const DcmTagKey& tag, DcmDataset& to) {
  if (tag == DCM_SpecificCharacterSet) return true;  // goes along where it says anything
  DcmElement* found = nullptr;
  if (from.findAndGetElement(tag, found, OFFalse, OFTrue).good()) return to.insert(found, OFTrue).good();
  return is_type_2(tag) && to.insertEmptyElement(tag).good();
}

/// All of it where the request lists nothing. `complete`: everything that it lists is there.
std::unique_ptr<DcmDataset> selected(DcmDataset& whole, const T_DIMSE_N_GetRQ& request, bool& complete) {
  if (request.ListCount == 0) return std::make_unique<DcmDataset>(whole);
  auto some = std::make_unique<DcmDataset>();
  for (int i = 0; i + 1 < request.ListCount; i += 2)
    complete &=
        copy(whole, DcmTagKey(request.AttributeIdentifierList[i], request.AttributeIdentifierList[i + 1]), *some);
  return some;
}

}  // namespace

MppsRetrieveScp::Answer MppsRetrieveScp::answer(const T_DIMSE_N_GetRQ& request) const {
  if (request.RequestedSOPClassUID != std::string_view(UID_ModalityPerformedProcedureStepRetrieveSOPClass))
    return {STATUS_N_NoSuchSOPClass, "only Modality Performed Procedure Step Retrieve is served"};
  const std::string uid(trim(request.RequestedSOPInstanceUID));
  if (!is_uid(uid)) return {STATUS_N_InvalidSOPInstance, "the SOP Instance UID is not a UID"};
  const auto json = steps_.performed_dataset(uid);
  if (!json) return {STATUS_N_NoSuchSOPInstance};
  const auto stored = dicom::Dataset::from_json(*json);
  if (!stored) return {STATUS_N_ProcessingFailure, "the stored step cannot be read"};
  bool complete = true;
  const auto some = selected(stored->native(), request, complete);
  return {complete ? DIC_US{STATUS_Success} : kNotSupported, "", dicom::encode_text(*some, {})};
}

OFCondition MppsRetrieveScp::get(T_ASC_Association* association, T_ASC_PresentationContextID context,
                                 const T_DIMSE_N_GetRQ& request) const {
  if (request.DataSetType != DIMSE_DATASET_NULL)
    if (const auto skipped = skip_data_set(association); skipped.bad()) return skipped;
  Answer answer;
  try {
    answer = this->answer(request);
  } catch (const StoreLost& lost) {
    spdlog::error("mpps: {} is told to ask again: {}", peer_of(*association).text(), lost.what());
    answer = {STATUS_N_ProcessingFailure, "the database is away: ask again"};
  }
  // DCMTK sends no data set in which nothing has a value, and would end the association.
  if (answer.dataset && answer.dataset->isEmpty())
    answer.dataset->putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_GET_RSP;
  auto& response = message.msg.NGetRSP;
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.DimseStatus = answer.status;
  response.DataSetType = answer.dataset ? DIMSE_DATASET_PRESENT : DIMSE_DATASET_NULL;
  response.opts = O_NGET_AFFECTEDSOPCLASSUID | O_NGET_AFFECTEDSOPINSTANCEUID;
  OFStandard::strlcpy(response.AffectedSOPClassUID, request.RequestedSOPClassUID, sizeof response.AffectedSOPClassUID);
  OFStandard::strlcpy(response.AffectedSOPInstanceUID, request.RequestedSOPInstanceUID,
                      sizeof response.AffectedSOPInstanceUID);
  const auto detail = status_detail(answer.comment);
  return DIMSE_sendMessageUsingMemoryData(association, context, &message, detail.get(), answer.dataset.get(), nullptr,
                                          nullptr);
}

}  // namespace pons
