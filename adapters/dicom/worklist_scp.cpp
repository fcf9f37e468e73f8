#include "adapters/dicom/worklist_scp.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "adapters/dicom/command.h"
#include "adapters/dicom/data_set.h"
#include "adapters/dicom/peer.h"
#include "adapters/dicom/status_detail.h"
#include "adapters/dicom/worklist_answer.h"
#include "adapters/dicom/worklist_negotiation.h"
#include "adapters/dicom/worklist_zone.h"
#include "engine/base/text.h"
#include "engine/dicom/character_set.h"
#include "engine/ports/store.h"

namespace pons {

/// Answers one request; the connection's condition is kept, so that nothing is sent after it broke.
class WorklistScp::Answers {
 public:
  Answers(T_ASC_Association* association, T_ASC_PresentationContextID context, const T_DIMSE_C_FindRQ& request)
      : association_(association), context_(context), request_(request) {}

  bool pending(DcmDataset& answer, DIC_US status) {
    if (condition_.good()) send(status, &answer, "");
    return condition_.good();
  }
  void final(DIC_US status, const std::string& comment = "") {
    if (condition_.good()) send(status, nullptr, comment);
  }
  /// What comes before the last answer can only be a cancel: anything else ends the association.
  bool is_cancelled() {
    T_DIMSE_Message message{};
    T_ASC_PresentationContextID context = 0;
    const OFCondition received = receive_command(association_, 0, context, message);
    if (received == DIMSE_NODATAAVAILABLE) return false;
    const bool is_cancel = received.good() && context == context_ && message.CommandField == DIMSE_C_CANCEL_RQ;
    if (!is_cancel && condition_.good()) condition_ = received.good() ? OFCondition(DIMSE_BADCOMMANDTYPE) : received;
    // One that came too late for an earlier query says nothing about this one.
    return is_cancel && message.msg.CCancelRQ.MessageIDBeingRespondedTo == request_.MessageID;
  }
  OFCondition condition() const { return condition_; }

 private:
  void send(DIC_US status, DcmDataset* identifier, const std::string& comment) {
    T_DIMSE_C_FindRSP response{};
    response.DimseStatus = status;
    const auto detail = status_detail(comment);
    condition_ = DIMSE_sendFindResponse(association_, context_, &request_, &response, identifier, detail.get());
  }

  T_ASC_Association* association_;
  T_ASC_PresentationContextID context_;
  const T_DIMSE_C_FindRQ& request_;
  OFCondition condition_ = EC_Normal;
};

namespace {

bool has_no_key(const WorklistQuery& query) {
  return query.keys.empty() && query.stations.empty() && query.start.first_date.empty() &&
         query.start.last_date.empty();
}

std::vector<std::string> character_sets(DcmDataset& dataset) {
  OFString joined;
  dataset.findAndGetOFStringArray(DCM_SpecificCharacterSet, joined);
  std::vector<std::string> sets;
  if (!joined.empty())
    for (const auto each : split({joined.c_str(), joined.size()}, '\\')) sets.emplace_back(trim(each));
  return sets;
}

/// With the zone that it names, where that counts.
Result<ReadQuery> read_query(const dicom::Dataset& identifier, const KnownStations& stations, const std::string& caller,
                             bool has_zones) {
  auto read = read_worklist_query(identifier, stations, caller);
  if (!read || !has_zones) return read;
  const auto offset = query_offset(identifier);
  if (!offset) return offset.fault();
  read->offset = *offset;
  return read;
}

std::string cannot_read(const Fault& fault) {
  return fault.field.empty() ? "the identifier cannot be read" : fault.field + " cannot be read";
}

}  // namespace

OFCondition WorklistScp::find(T_ASC_Association* association, T_ASC_PresentationContextID context,
                              const T_DIMSE_C_FindRQ& request) const {
  std::string bytes;
  if (const auto received = receive_data_set(association, context, request.DataSetType, bytes); received.bad())
    return received;
  Answers answers(association, context, request);
  auto native = dicom::Dataset::native_from_bytes(bytes);
  auto sets = native ? character_sets(**native) : std::vector<std::string>();
  const auto identifier = native ? dicom::Dataset::from_native(*std::move(native)) : native.fault();
  const std::string caller = peer_of(*association).ae_title;
  const WorklistPolicy& policy = policy_of(caller);
  auto read = identifier ? read_query(*identifier, settings_.stations, policy.station_from_caller ? caller : "",
                                      has_time_zones(association))
                         : Result<ReadQuery>(identifier.fault());
  if (!read) {
    answers.final(STATUS_FIND_Error_DataSetDoesNotMatchSOPClass, cannot_read(read.fault()));
    return answers.condition();
  }
  read->query.visible_modalities = policy.modalities;
  read->query.visible_stations = policy.stations;
  read->query.fuzzy_names = has_fuzzy_names(association);
  read->query.limit = settings_.limit ? settings_.limit + 1 : 0;  // one more tells that there are more
  if (!policy.charset.empty()) sets = {policy.charset};
  const DIC_US status = read->ignored_keys && policy.tell_ignored_keys
                            ? STATUS_FIND_Pending_WarningUnsupportedOptionalKeys
                            : STATUS_FIND_Pending_MatchesAreContinuing;
  try {
    answer(answers, *identifier, sets, *read, status);
  } catch (const StoreLost& lost) {
    spdlog::error("worklist: {}", lost.what());
    answers.final(STATUS_FIND_Refused_OutOfResources);
  }
  return answers.condition();
}

const WorklistPolicy& WorklistScp::policy_of(const std::string& caller) const {
  const auto own = settings_.callers.find(caller);
  return own == settings_.callers.end() ? settings_.policy : own->second;
}

void WorklistScp::answer(Answers& answers, const dicom::Dataset& identifier,
                         const std::vector<std::string>& character_sets, const ReadQuery& read, DIC_US status) const {
  std::size_t sent = 0;
  bool is_cancelled = false;
  worklist_.find(read.offset ? widened(read.query) : read.query, [&](const WorklistItem& item) {
    if ((is_cancelled = answers.is_cancelled())) return false;
    auto known = known_item(item);
    if (known && read.offset) {
      move_to_offset(*known, *read.offset, settings_.zone);
      if (!is_within(read.query, *known)) return true;
    }
    if (settings_.limit && sent == settings_.limit) {
      spdlog::warn("worklist: a query{} matches more than {} items, which were answered",
                   has_no_key(read.query) ? " without a key" : "", settings_.limit);
      return false;
    }
    const auto filled = known ? worklist_answer(identifier, *known) : known.fault();
    if (!filled) {
      spdlog::error("worklist: a stored item cannot be read, and is left out");
      return true;
    }
    const auto encoded = dicom::encode_text(filled->native(), character_sets);
    // DCMTK sends no data set in which nothing has a value, and would end the association.
    if (encoded->isEmpty()) encoded->putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
    ++sent;
    return answers.pending(*encoded, status);
  });
  answers.final(is_cancelled ? STATUS_FIND_Cancel_MatchingTerminatedDueToCancelRequest : STATUS_Success);
}

}  // namespace pons
