#include "adapters/dicom/worklist_negotiation.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <algorithm>
#include <array>

namespace pons {

namespace {

// Reserved, always 1; reserved, always 1 (for queries of images: combined dates and times); fuzzy names; time zones.
constexpr std::array<unsigned char, 4> kMost{1, 1, 1, 1};
constexpr std::size_t kFuzzyNames = 2, kTimeZones = 3;

bool is_worklist(const SOPClassExtendedNegotiationSubItem& item) {
  return item.sopClassUID == UID_FINDModalityWorklistInformationModel;
}

/// The worklist's item, nullptr where there is none with a byte in it.
const SOPClassExtendedNegotiationSubItem* worklist_item(const SOPClassExtendedNegotiationSubItemList* items) {
  if (!items) return nullptr;
  const auto found = std::find_if(items->begin(), items->end(), [](const auto* each) { return is_worklist(*each); });
  return found == items->end() || (*found)->serviceClassAppInfoLength == 0 ? nullptr : *found;
}

unsigned char byte_of(const SOPClassExtendedNegotiationSubItem& item, std::size_t i) {
  return i < item.serviceClassAppInfoLength ? item.serviceClassAppInfo[i] : 0;
}

/// As many bytes as were proposed, and no more.
SOPClassExtendedNegotiationSubItem* answer_to(const SOPClassExtendedNegotiationSubItem& proposal, bool has_one_zone) {
  auto* answer = new SOPClassExtendedNegotiationSubItem;
  answer->sopClassUID = proposal.sopClassUID;
  const auto length = std::min<std::size_t>(proposal.serviceClassAppInfoLength, kMost.size());
  answer->serviceClassAppInfo = new unsigned char[length];
  std::copy_n(kMost.begin(), length, answer->serviceClassAppInfo);
  for (const std::size_t i : {kFuzzyNames, kTimeZones})
    if (length > i && (byte_of(proposal, i) != 1 || (i == kTimeZones && !has_one_zone)))
      answer->serviceClassAppInfo[i] = 0;
  answer->serviceClassAppInfoLength = static_cast<unsigned short>(length);
  return answer;
}

bool is_answered(T_ASC_Association* association, std::size_t i) {
  SOPClassExtendedNegotiationSubItemList* answers = nullptr;
  ASC_getAcceptedExtNegList(association->params, &answers);
  const auto* answer = worklist_item(answers);
  return answer && byte_of(*answer, i) == 1;
}

}  // namespace

// The association owns the list that it is given.
void answer_worklist_negotiation(T_ASC_Association* association, bool has_one_zone) {
  SOPClassExtendedNegotiationSubItemList* proposals = nullptr;
  ASC_getRequestedExtNegList(association->params, &proposals);
  const auto* proposal = worklist_item(proposals);
  if (!proposal) return;
  auto* answers = new SOPClassExtendedNegotiationSubItemList;
  answers->push_back(answer_to(*proposal, has_one_zone));
  ASC_setAcceptedExtNegList(association->params, answers);
}

bool has_fuzzy_names(T_ASC_Association* association) {
  return is_answered(association, kFuzzyNames);
}

bool has_time_zones(T_ASC_Association* association) {
  return is_answered(association, kTimeZones);
}

}  // namespace pons
