#pragma once

#include <string>
#include <vector>

#include "engine/records/rows.h"

namespace pons {

/// How a study's series are kept: [{"series_uid":…,"modality":…,"instances":…,"availability":…,"retrieve_ae":…}], the
/// last two where somebody told.
std::string to_json(const std::vector<Series>& series);
std::vector<Series> series_from_json(const std::string& json);

}  // namespace pons
