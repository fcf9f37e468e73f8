#pragma once

#include <map>
#include <vector>

#include "engine/mapping/target_field.h"

namespace pons {

using ZSegments = std::map<std::string, std::map<int, std::string>>;

/// Checks the paths against the message structure and the segments' fields. `z_segments`: what a format declares; may
/// be null.
void check_hl7(std::vector<TargetField>& fields, const Target& target, const ZSegments* z_segments, Findings& findings);

/// Begins with the working message (its head and this group) or with an MSH alone, then writes the fields. What comes
/// out is UTF-8, unless the map sets MSH-18 to another character set.
Result<hl7::Message> build_hl7(const std::vector<TargetField>& fields, const Target& target, bool starts_with_copy,
                               const Scope& scope, std::vector<Mapped>* mapped);

}  // namespace pons
