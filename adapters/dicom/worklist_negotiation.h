#pragma once

struct T_ASC_Association;

namespace pons {

/// Answers a proposal for the Modality Worklist (PS3.4 K.5.1) before the association is acknowledged: neither fuzzy
/// matching of names nor adjustment of time zones. Dates and times are one interval whether it is proposed or not. What
/// was not proposed gets no answer.
void answer_worklist_negotiation(T_ASC_Association* association);

}  // namespace pons
