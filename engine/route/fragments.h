#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/hl7/message.h"
#include "engine/message/envelope.h"

namespace pons {

/// How long a fragment waits for the rest.
inline constexpr Duration kFragmentPatience = std::chrono::hours(1);

/// The lane in which the fragment with this pointer (DSC-1) waits: the listener's, MSH-3's and MSH-4's own.
std::string fragment_lane(const std::string& inlet, const hl7::Message& message, const std::string& pointer);

/// What comes beside the bytes of a whole: from which messages it was joined, the lanes in which they wait, and what
/// tells the last fragment, should it come again.
std::map<std::string, std::string> attributes_of_whole(const std::vector<std::int64_t>& messages,
                                                       const std::vector<std::string>& lanes,
                                                       const std::string& last_fragment);
/// The lanes of such a whole; none for any other envelope.
std::vector<std::string> lanes_of_whole(const Envelope& envelope);
/// SHA-256 of what was received last; empty for any other envelope.
std::string hash_of_last_fragment(const Envelope& envelope);

}  // namespace pons
