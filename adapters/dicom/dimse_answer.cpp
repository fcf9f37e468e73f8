#include "adapters/dicom/dimse_answer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dimse.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/dicom/dictionary.h"

namespace pons {

namespace {

constexpr std::uint16_t kNoLongerUpdatable = 0xA710;  // PS3.4 F.7.2.2.4

bool is_served(std::string_view sop_class) {
  return sop_class == UID_VerificationSOPClass || sop_class == UID_FINDModalityWorklistInformationModel ||
         sop_class == UID_ModalityPerformedProcedureStepSOPClass ||
         sop_class == UID_InstanceAvailabilityNotificationSOPClass;
}

/// ": PatientID and 2 more".
std::string label(const DimseAnswer& answer) {
  if (answer.attributes.empty()) return {};
  const std::uint32_t tag = answer.attributes.front();
  const auto known = dicom::find_attribute({static_cast<std::uint16_t>(tag >> 16), static_cast<std::uint16_t>(tag)});
  const std::size_t more = answer.attributes.size() - 1;
  return ": " + (known ? known->keyword : fmt::format("{:08X}", tag)) + (more ? fmt::format(" and {} more", more) : "");
}

}  // namespace

bool is_uid(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  const auto components = split(text, '.');
  return components.size() > 1 && std::all_of(components.begin(), components.end(), [](std::string_view each) {
           return !each.empty() && each.find_first_not_of("0123456789") == each.npos;
         });
}

bool DimseAnswer::sends_back() const {
  return status == STATUS_N_InvalidAttributeValue || status == STATUS_N_MissingAttributeValue;
}

DimseAnswer dimse_answer(const Receipt& receipt) {
  DimseAnswer answer{receipt.dicom_status, receipt.dicom_error_id, "", receipt.dicom_attributes};
  if (answer.status == 0 && !receipt.took_effect()) answer.status = STATUS_N_ProcessingFailure;
  if (answer.error_id == kNoLongerUpdatable)
    answer.comment = "Performed Procedure Step Object may no longer be updated";  // the standard's words
  else if (answer.status != 0)
    answer.comment = fmt::format("{}, journal {}{}", to_text(receipt.outcome), receipt.message, label(answer));
  return answer;
}

DimseAnswer check_instance(std::string_view agreed, std::string_view sop_class, std::string_view sop_instance) {
  if (sop_class != agreed && is_served(sop_class))
    return {STATUS_N_ClassInstanceConflict, 0, "the instance is of another SOP Class"};
  if (sop_class != agreed) return {STATUS_N_NoSuchSOPClass, 0, "this SOP Class is not served"};
  if (!is_uid(sop_instance)) return {STATUS_N_InvalidSOPInstance, 0, "the SOP Instance UID is not a UID"};
  return {};
}

}  // namespace pons
