#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

class DcmDataset;

namespace pons::dicom {

/// Makes every text UTF-8. Where (0008,0005) is missing or wrong, the bytes decide: UTF-8 if they are well-formed, else
/// ISO_IR 100, which is what devices send that say nothing. What is ASCII by its type and does not keep to it loses
/// those bytes. False: the bytes are none of these.
bool to_utf8(std::unique_ptr<DcmDataset>& dataset);

/// A copy of a UTF-8 dataset in the character set that the other side asked for, its (0008,0005) as it came (several
/// values: code extensions of ISO 2022). No character is ever lost: what cannot be represented goes as ISO_IR 192.
std::unique_ptr<DcmDataset> encode_text(const DcmDataset& dataset, const std::vector<std::string>& wanted);

/// The defined terms (PS3.3 C.12.1.1.2) of the character sets that encode_text() can write.
std::vector<std::string> encodable_character_sets();

}  // namespace pons::dicom
