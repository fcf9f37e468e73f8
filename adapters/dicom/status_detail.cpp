#include "adapters/dicom/status_detail.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>

namespace pons {

std::unique_ptr<DcmDataset> status_detail(const std::string& error_comment, std::uint16_t error_id) {
  if (error_comment.empty() && error_id == 0) return nullptr;
  auto detail = std::make_unique<DcmDataset>();
  if (!error_comment.empty()) detail->putAndInsertString(DCM_ErrorComment, error_comment.substr(0, 64).c_str());
  if (error_id != 0) detail->putAndInsertUint16(DCM_ErrorID, error_id);
  return detail;
}

}  // namespace pons
