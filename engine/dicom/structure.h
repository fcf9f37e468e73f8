#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace pons::dicom {

enum class Syntax { explicit_vr, implicit_vr };  // both Little Endian

/// What dcmdata takes on trust and must not: it makes room for a value's declared length before the value is there, and
/// descends as deep as the sequences go. Refuses lengths that reach beyond what holds them, an undefined length of what
/// is no sequence, sequences over 16 deep, and more than 500,000 elements.
Result<void> check_structure(std::string_view bytes, Syntax syntax);

}  // namespace pons::dicom
