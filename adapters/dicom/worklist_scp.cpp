#include "adapters/dicom/worklist_scp.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "adapters/dicom/worklist_answer.h"
#include "engine/base/text.h"
#include "engine/dicom/character_set.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

constexpr int kDataTimeout = 30;  // seconds for the identifier, once its command came

std::vector<std::string> character_sets(DcmDataset& dataset) {
  OFString joined;
  dataset.findAndGetOFStringArray(DCM_SpecificCharacterSet, joined);
  std::vector<std::string> sets;
  if (!joined.empty())
    for (const auto each : split({joined.c_str(), joined.size()}, '\\')) sets.emplace_back(trim(each));
  return sets;
}

/// Answers one request; the connection's condition is kept, so that nothing is sent after it broke.
class Answers {
 public:
  Answers(T_ASC_Association* association, T_ASC_PresentationContextID context, const T_DIMSE_C_FindRQ& request)
      : association_(association), context_(context), request_(request) {}

  bool pending(DcmDataset& answer, bool ignored_keys) {
    send(ignored_keys ? STATUS_FIND_Pending_WarningUnsupportedOptionalKeys : STATUS_Pending, &answer);
    return condition_.good();
  }
  void final(DIC_US status) {
    if (condition_.good()) send(status, nullptr);
  }
  bool is_cancelled() const { return DIMSE_checkForCancelRQ(association_, context_, request_.MessageID).good(); }
  OFCondition condition() const { return condition_; }

 private:
  void send(DIC_US status, DcmDataset* identifier) {
    T_DIMSE_C_FindRSP response{};
    response.DimseStatus = status;
    condition_ = DIMSE_sendFindResponse(association_, context_, &request_, &response, identifier, nullptr);
  }

  T_ASC_Association* association_;
  T_ASC_PresentationContextID context_;
  const T_DIMSE_C_FindRQ& request_;
  OFCondition condition_ = EC_Normal;
};

bool has_no_key(const WorklistQuery& query) {
  return query.patient_name.empty() && query.patient_id.empty() && query.accession_number.empty() &&
         query.requested_procedure_id.empty() && query.scheduled_procedure_step_id.empty() &&
         query.scheduled_performing_physician.empty() && query.study_instance_uids.empty() &&
         query.modalities.empty() && query.stations.empty() && query.start.first_date.empty() &&
         query.start.last_date.empty();
}

void answer(Answers& answers, const dicom::Dataset& identifier, const std::vector<std::string>& sets, ReadQuery read,
            Worklist& worklist, std::size_t limit) {
  read.query.limit = limit;
  std::size_t sent = 0;
  bool cancelled = false;
  worklist.find(read.query, [&](const WorklistItem& item) {
    if ((cancelled = answers.is_cancelled())) return false;
    const auto filled = worklist_answer(identifier, item);
    if (!filled) throw std::logic_error("a stored worklist item cannot be read");
    const auto encoded = dicom::encode_text(filled->native(), sets);
    ++sent;
    return answers.pending(*encoded, read.ignored_keys);
  });
  if (sent == limit)
    spdlog::warn("worklist: a query{} was answered with the first {} items",
                 has_no_key(read.query) ? " without a key" : "", limit);
  answers.final(cancelled ? STATUS_FIND_Cancel_MatchingTerminatedDueToCancelRequest : STATUS_Success);
}

}  // namespace

OFCondition answer_worklist(T_ASC_Association* association, T_ASC_PresentationContextID context,
                            const T_DIMSE_C_FindRQ& request, Worklist& worklist, const KnownStations& stations,
                            std::size_t limit) {
  DcmDataset* received = nullptr;
  T_ASC_PresentationContextID data_context = context;
  if (request.DataSetType != DIMSE_DATASET_NULL) {
    const OFCondition condition = DIMSE_receiveDataSetInMemory(association, DIMSE_NONBLOCKING, kDataTimeout,
                                                               &data_context, &received, nullptr, nullptr);
    if (condition.bad()) return condition;
  }
  std::unique_ptr<DcmDataset> native(received ? received : new DcmDataset);
  const auto sets = character_sets(*native);
  Answers answers(association, context, request);
  const auto identifier = dicom::Dataset::from_native(std::move(native));
  const auto read = identifier ? read_worklist_query(*identifier, stations) : Result<ReadQuery>(identifier.fault());
  if (!read) {
    answers.final(STATUS_FIND_Error_DataSetDoesNotMatchSOPClass);
    return answers.condition();
  }
  try {
    answer(answers, *identifier, sets, *read, worklist, limit);
  } catch (const StoreLost& lost) {
    spdlog::error("worklist: {}", lost.what());
    answers.final(STATUS_FIND_Refused_OutOfResources);
  }
  return answers.condition();
}

}  // namespace pons
