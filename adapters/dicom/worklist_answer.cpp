#include "adapters/dicom/worklist_answer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <memory>

namespace pons {

namespace {

void fill(DcmItem& answer, DcmItem& asked, DcmItem& known);

/// Items filled as the first requested item says; none when nothing is known, but a step is never without its item.
void fill_sequence(DcmItem& answer, DcmSequenceOfItems& asked, DcmItem& known) {
  auto filled = std::make_unique<DcmSequenceOfItems>(asked.getTag());
  DcmSequenceOfItems* found = nullptr;
  known.findAndGetSequence(asked.getTag(), found);
  for (unsigned long i = 0; found && i < found->card(); ++i) {
    auto item = std::make_unique<DcmItem>();
    fill(*item, *asked.getItem(0), *found->getItem(i));
    filled->append(item.release());
  }
  answer.insert(filled.release(), OFTrue);
}

void fill_element(DcmItem& answer, DcmElement& asked, DcmItem& known) {
  DcmElement* found = nullptr;
  if (known.findAndGetElement(asked.getTag(), found).good() && found) {
    answer.insert(dynamic_cast<DcmElement*>(found->clone()), OFTrue);
    return;
  }
  DcmElement* empty = nullptr;
  if (DcmItem::newDicomElement(empty, asked.getTag()).good()) answer.insert(empty, OFTrue);
}

void fill(DcmItem& answer, DcmItem& asked, DcmItem& known) {
  for (unsigned long i = 0; i < asked.card(); ++i) {
    DcmElement& element = *asked.getElement(i);
    if (element.getETag() == 0 || element.getTag() == DCM_SpecificCharacterSet) continue;
    auto* sequence = element.ident() == EVR_SQ ? dynamic_cast<DcmSequenceOfItems*>(&element) : nullptr;
    if (sequence && sequence->card() > 0 && sequence->getItem(0)->card() > 0)
      fill_sequence(answer, *sequence, known);
    else
      fill_element(answer, element, known);
  }
}

}  // namespace

Result<dicom::Dataset> known_item(const WorklistItem& item) {
  auto known = dicom::Dataset::from_json(item.item);
  if (!known) return known.fault();
  const auto patient = dicom::Dataset::from_json(item.patient);
  if (!patient) return patient.fault();
  known->merge(*patient);
  if (!item.status.empty() && known->items("ScheduledProcedureStepSequence") > 0)
    if (auto put = known->put("ScheduledProcedureStepSequence.ScheduledProcedureStepStatus", item.status); !put)
      return put.fault();
  return known;
}

Result<dicom::Dataset> worklist_answer(const dicom::Dataset& identifier, const dicom::Dataset& known) {
  auto answer = std::make_unique<DcmDataset>();
  fill(*answer, identifier.native(), known.native());
  answer->putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
  return dicom::Dataset::from_native(std::move(answer));
}

}  // namespace pons
