#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/zone.h"
#include "engine/dicom/dictionary.h"
#include "engine/expr/value.h"
#include "engine/json/value.h"

namespace pons {

/// A value as the values of an attribute that is no sequence, by its VR (PS3.5 6.2); none: absent. What does not fit is
/// refused (HL7 0357: 102, of a coded attribute 103), never cut.
Result<std::vector<std::string>> dicom_values(const dicom::Attribute& attribute, const Value& value, const Zone& zone);

/// A value as items of a code sequence; none: absent.
Result<std::vector<json::Value>> code_items(const Value& value);

/// "PatientName (0010,0010)".
std::string described(const dicom::Attribute& attribute);

}  // namespace pons
