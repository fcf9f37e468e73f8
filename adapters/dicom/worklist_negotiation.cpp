#include "adapters/dicom/worklist_negotiation.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <algorithm>
#include <array>

namespace pons {

namespace {

// Reserved, always 1; reserved, always 1 (for queries of images: combined dates and times); fuzzy names; time zones.
constexpr std::array<unsigned char, 4> kAnswer{1, 1, 0, 0};

bool is_worklist(const SOPClassExtendedNegotiationSubItem& proposal) {
  return proposal.sopClassUID == UID_FINDModalityWorklistInformationModel;
}

/// As many bytes as were proposed, and no more.
SOPClassExtendedNegotiationSubItem* answer_to(const SOPClassExtendedNegotiationSubItem& proposal) {
  auto* answer = new SOPClassExtendedNegotiationSubItem;
  answer->sopClassUID = proposal.sopClassUID;
  const auto length = std::min<std::size_t>(proposal.serviceClassAppInfoLength, kAnswer.size());
  answer->serviceClassAppInfo = new unsigned char[length];
  std::copy_n(kAnswer.begin(), length, answer->serviceClassAppInfo);
  answer->serviceClassAppInfoLength = static_cast<unsigned short>(length);
  return answer;
}

}  // namespace

// The association owns the list that it is given.
void answer_worklist_negotiation(T_ASC_Association* association) {
  SOPClassExtendedNegotiationSubItemList* proposals = nullptr;
  ASC_getRequestedExtNegList(association->params, &proposals);
  if (!proposals) return;
  const auto proposal =
      std::find_if(proposals->begin(), proposals->end(), [](const auto* each) { return is_worklist(*each); });
  if (proposal == proposals->end() || (*proposal)->serviceClassAppInfoLength == 0) return;
  auto* answers = new SOPClassExtendedNegotiationSubItemList;
  answers->push_back(answer_to(**proposal));
  ASC_setAcceptedExtNegList(association->params, answers);
}

}  // namespace pons
