#include "adapters/dicom/status_detail.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcvrat.h>

namespace pons {

namespace {

void put_list(DcmDataset& detail, const std::vector<std::uint32_t>& attributes) {
  auto list = std::make_unique<DcmAttributeTag>(DCM_AttributeIdentifierList);
  for (unsigned long i = 0; i < attributes.size(); ++i)
    list->putTagVal(DcmTagKey(attributes[i] >> 16, attributes[i] & 0xFFFF), i);
  if (detail.insert(list.get()).good()) static_cast<void>(list.release());  // now the data set's
}

}  // namespace

std::unique_ptr<DcmDataset> status_detail(const std::string& error_comment, std::uint16_t error_id,
                                          const std::vector<std::uint32_t>& attributes) {
  if (error_comment.empty() && error_id == 0 && attributes.empty()) return nullptr;
  auto detail = std::make_unique<DcmDataset>();
  if (!error_comment.empty()) detail->putAndInsertString(DCM_ErrorComment, error_comment.substr(0, 64).c_str());
  if (error_id != 0) detail->putAndInsertUint16(DCM_ErrorID, error_id);
  if (!attributes.empty()) put_list(*detail, attributes);
  return detail;
}

}  // namespace pons
