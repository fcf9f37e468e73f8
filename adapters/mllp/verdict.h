#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/message/parcel.h"

namespace pons {

/// What an acknowledgement says about the message with this control id: delivered for an MSA-1 in `accept`, refused for
/// AE, AR, CE and CR, with the codes of ERR as text. Nothing: it is no acknowledgement, speaks of another message, or
/// says neither.
std::optional<Delivery> verdict(const std::string& answer, std::string_view control_id,
                                const std::vector<std::string>& accept);

}  // namespace pons
