#pragma once

struct T_ASC_Association;

namespace pons {

/// Answers a proposal for the Modality Worklist (PS3.4 K.5.1) before the association is acknowledged: fuzzy semantic
/// matching of names as proposed, and so timezone query adjustment where all steps are of one zone. Dates and times are
/// one interval whether it is proposed or not. What was not proposed gets no answer.
void answer_worklist_negotiation(T_ASC_Association* association, bool has_one_zone);

/// Whether fuzzy semantic matching of names was proposed and answered so.
bool has_fuzzy_names(T_ASC_Association* association);
/// The same of timezone query adjustment.
bool has_time_zones(T_ASC_Association* association);

}  // namespace pons
