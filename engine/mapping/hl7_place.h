#pragma once

#include <cstddef>
#include <string_view>

#include "engine/hl7/dictionary.h"
#include "engine/hl7/message.h"

namespace pons {

/// Before which segment a further one of that name goes in a message of this structure: after what the structure puts
/// before it, and after those of its name with what belongs to them. A segment that stands in several places goes to
/// the first after the OBR; one that the structure does not know goes to the end.
std::size_t place_in(const hl7::Message& message, const hl7::StructureNode& structure, std::string_view name);

/// True when the structure has such a segment.
bool has_segment(const hl7::StructureNode& structure, std::string_view name);

}  // namespace pons
