#include "engine/dicom/character_set.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcbytstr.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcstack.h>

#include <map>

#include "engine/base/text.h"

namespace pons::dicom {
namespace {

constexpr const char* kUtf8 = "ISO_IR 192";
constexpr const char* kLatin1 = "ISO_IR 100";

std::string declared_set(DcmDataset& dataset) {
  OFString value;
  dataset.findAndGetOFStringArray(DCM_SpecificCharacterSet, value);
  return std::string(value.c_str(), value.size());
}

void label(DcmDataset& dataset, const std::string& set) {
  if (set.empty()) {
    dataset.findAndDeleteElement(DCM_SpecificCharacterSet);
  } else {
    dataset.putAndInsertString(DCM_SpecificCharacterSet, set.c_str());
  }
}

bool is_well_formed(DcmDataset& dataset) {
  DcmStack stack;
  while (dataset.nextObject(stack, OFTrue).good()) {
    auto* object = stack.top();
    if (!object->isLeaf() || !object->isAffectedBySpecificCharacterSet()) continue;
    OFString value;
    if (dynamic_cast<DcmElement&>(*object).getOFStringArray(value, OFFalse).good() &&
        !is_utf8({value.c_str(), value.size()})) {
      return false;
    }
  }
  return true;
}

/// A date, a number, a code or a UID is ASCII in every character set (PS3.5 6.1.2.2). Other bytes become question
/// marks.
void mend_ascii_values(DcmDataset& dataset) {
  if (!dataset.containsExtendedCharacters(OFTrue)) return;
  DcmStack stack;
  while (dataset.nextObject(stack, OFTrue).good()) {
    auto* text = dynamic_cast<DcmByteString*>(stack.top());
    if (!text || text->isAffectedBySpecificCharacterSet() || !text->containsExtendedCharacters(OFTrue)) continue;
    OFString value;
    text->getOFStringArray(value, OFFalse);
    for (char& c : value)
      if (static_cast<unsigned char>(c) > 0x7e) c = '?';
    text->putOFStringArray(value);
  }
}

/// The conversion stops at the first text that it cannot take, half done: so it is tried on a copy.
std::unique_ptr<DcmDataset> converted(const DcmDataset& dataset, const std::string& from, const std::string& to) {
  auto copy = std::make_unique<DcmDataset>(dataset);
  if (copy->convertCharacterSet(from.c_str(), to.c_str(), 0).bad()) return nullptr;
  label(*copy, to);
  return copy;
}

/// In code extensions, the plain ASCII of the first value or escape sequences that are ASCII bytes themselves.
bool may_hold_escapes(const std::string& set) {
  return set.find('\\') != std::string::npos || set.find("2022") != std::string::npos;
}

/// The character sets into which dcmdata can encode, by every defined term that asks for them (PS3.3 C.12.1.1.2): a
/// device that takes code extensions takes the same set without them.
const std::map<std::string, std::string>& encodable_sets() {
  static const std::map<std::string, std::string> sets = {
      {"", ""},
      {"ISO_IR 6", ""},
      {"ISO 2022 IR 6", ""},
      {"ISO_IR 13", "ISO_IR 13"},
      {"ISO 2022 IR 13", "ISO_IR 13"},
      {"ISO_IR 100", "ISO_IR 100"},
      {"ISO 2022 IR 100", "ISO_IR 100"},
      {"ISO_IR 101", "ISO_IR 101"},
      {"ISO 2022 IR 101", "ISO_IR 101"},
      {"ISO_IR 109", "ISO_IR 109"},
      {"ISO 2022 IR 109", "ISO_IR 109"},
      {"ISO_IR 110", "ISO_IR 110"},
      {"ISO 2022 IR 110", "ISO_IR 110"},
      {"ISO_IR 126", "ISO_IR 126"},
      {"ISO 2022 IR 126", "ISO_IR 126"},
      {"ISO_IR 127", "ISO_IR 127"},
      {"ISO 2022 IR 127", "ISO_IR 127"},
      {"ISO_IR 138", "ISO_IR 138"},
      {"ISO 2022 IR 138", "ISO_IR 138"},
      {"ISO_IR 144", "ISO_IR 144"},
      {"ISO 2022 IR 144", "ISO_IR 144"},
      {"ISO_IR 148", "ISO_IR 148"},
      {"ISO 2022 IR 148", "ISO_IR 148"},
      {"ISO_IR 166", "ISO_IR 166"},
      {"ISO 2022 IR 166", "ISO_IR 166"},
      {"ISO_IR 192", "ISO_IR 192"},
      {"GB18030", "GB18030"},
      {"GBK", "GBK"},
  };
  return sets;
}

/// What to write into (0008,0005) when every text is ASCII: what was asked for, so that the device reads what it knows.
std::string label_for_ascii(const std::vector<std::string>& wanted) {
  for (const std::string& term : wanted) {
    auto known = encodable_sets().find(term);
    if (known != encodable_sets().end() && !known->second.empty()) return known->second;
  }
  return "";
}

}  // namespace

bool to_utf8(std::unique_ptr<DcmDataset>& dataset) {
  mend_ascii_values(*dataset);
  std::string declared = declared_set(*dataset);
  if (!dataset->containsExtendedCharacters() && !may_hold_escapes(declared)) {
    if (!declared.empty()) label(*dataset, kUtf8);
    return true;
  }
  for (const std::string& from : {declared, std::string(kUtf8), std::string(kLatin1)}) {
    auto copy = converted(*dataset, from, kUtf8);
    if (!copy || !is_well_formed(*copy)) continue;
    dataset = std::move(copy);
    return true;
  }
  return false;
}

std::unique_ptr<DcmDataset> encode_text(const DcmDataset& dataset, const std::vector<std::string>& wanted) {
  auto copy = std::make_unique<DcmDataset>(dataset);
  if (!copy->containsExtendedCharacters()) {
    label(*copy, label_for_ascii(wanted));
    return copy;
  }
  for (const std::string& term : wanted) {
    auto known = encodable_sets().find(term);
    // ASCII cannot hold it, or the copy would not be here.
    if (known == encodable_sets().end() || known->second.empty()) continue;
    if (known->second == kUtf8) break;
    if (auto encoded = converted(dataset, kUtf8, known->second)) return encoded;
  }
  label(*copy, kUtf8);
  return copy;
}

std::vector<std::string> encodable_character_sets() {
  std::vector<std::string> terms;
  for (const auto& [term, set] : encodable_sets())
    if (term == set && !term.empty()) terms.push_back(term);
  return terms;
}

}  // namespace pons::dicom
