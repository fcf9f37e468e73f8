#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

class DcmDataset;

namespace pons {

/// What stands beside the status in a response's command (PS3.7 annex C). The comment ends in other people's logs: no
/// patient data in it; 64 characters (LO), the rest is cut. `attributes`: tags for the Attribute Identifier List.
/// Nothing to say: nullptr.
std::unique_ptr<DcmDataset> status_detail(const std::string& error_comment, std::uint16_t error_id = 0,
                                          const std::vector<std::uint32_t>& attributes = {});

}  // namespace pons
