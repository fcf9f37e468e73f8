#pragma once

#include <vector>

#include "engine/mapping/target_field.h"

namespace pons {

/// Looks every name up in the data dictionary (PS3.6) and checks what can be known before a message comes. `out`: the
/// place of the map's `out:`.
void check_dicom(std::vector<TargetField>& fields, Target::Kind kind, Span out, Findings& findings);

/// The object, JSON by keyword: absent is missing, null is null.
Result<json::Value> build_dicom(const std::vector<TargetField>& fields, Target::Kind kind, const Scope& scope,
                                std::vector<Mapped>* mapped);

/// Targets that a worklist item (PS3.4 K.6.1.2.2, type 1) or a patient cannot do without, as paths.
const std::vector<std::string>& required_targets(Target::Kind kind);

bool is_sequence(const TargetField& field);
/// A value, not only a block, fills it.
bool is_code_sequence(const TargetField& field);

}  // namespace pons
