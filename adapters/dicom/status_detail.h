#pragma once

#include <cstdint>
#include <memory>
#include <string>

class DcmDataset;

namespace pons {

/// What stands beside the status in a response's command (PS3.7 annex C). The comment ends in other people's logs: no
/// patient data in it; 64 characters (LO), the rest is cut. Nothing to say: nullptr.
std::unique_ptr<DcmDataset> status_detail(const std::string& error_comment, std::uint16_t error_id = 0);

}  // namespace pons
