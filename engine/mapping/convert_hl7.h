#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/expr/value.h"
#include "engine/hl7/message.h"
#include "engine/hl7/path.h"

namespace pons {

/// Writes a value at a place of a message in UTF-8, by the place's data type ("XPN", "CWE"; empty: not known, "varies":
/// OBX-5). What came as a structure of that type stays one; a text is one value, whatever is in it. Absent changes
/// nothing. `version` says what the data types hold.
Result<void> write_hl7(hl7::Message& message, const hl7::Path& path, const Value& value, std::string_view datatype,
                       std::string_view version);

}  // namespace pons
