#pragma once

#include <string_view>
#include <vector>

#include "engine/hl7/dictionary.h"
#include "engine/hl7/path.h"

namespace pons {

/// The version itself when it has that segment, else the next higher one that has it, else the next lower one; empty
/// when no version has it. A map reads TQ1 and IPC also for a partner who never sends them.
std::string_view version_with_segment(std::string_view version, std::string_view segment);
/// The components of a composite data type, of the nearest version that has it; null: simple or not known.
const std::vector<hl7::Element>* components_of(std::string_view version, std::string_view datatype);
/// True for the types that the standard leaves open, or that have no components to count: "varies", "CM".
bool is_open(std::string_view datatype);

/// The data type of a component and subcomponent (0: of the whole); empty: not known.
std::string_view datatype_of_part(std::string_view version, std::string_view datatype, int component, int subcomponent);
/// The data type of what the path reads; empty: not known.
std::string_view datatype_of(std::string_view version, const hl7::Path& path);

}  // namespace pons
