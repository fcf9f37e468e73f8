#include "engine/dicom/dataset.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <fmt/format.h>

#include "engine/base/text.h"
#include "engine/dicom/character_set.h"
#include "engine/dicom/dataset_path.h"
#include "engine/dicom/structure.h"

namespace pons::dicom {
namespace {

constexpr E_TransferSyntax kStored = EXS_LittleEndianExplicit;

/// Explicit VR puts two letters behind the first tag. Implicit VR puts a length there, which would have to be 16,705 or
/// more, and spell a VR, to look like them: what comes first in a worklist query or an MPPS is short.
Syntax syntax_of(std::string_view bytes) {
  if (bytes.size() < 8) return Syntax::explicit_vr;
  const DcmVR vr(std::string(bytes.substr(4, 2)).c_str());
  return vr.isStandard() ? Syntax::explicit_vr : Syntax::implicit_vr;
}

E_TransferSyntax named(Syntax syntax) {
  return syntax == Syntax::explicit_vr ? EXS_LittleEndianExplicit : EXS_LittleEndianImplicit;
}

DcmTagKey key_of(const PathStep& step) {
  return DcmTagKey(step.tag.group, step.tag.element);
}

DcmTag tag_of(const PathStep& step) {
  return step.vr.empty() ? DcmTag(key_of(step)) : DcmTag(key_of(step), DcmVR(step.vr.c_str()));
}

/// The item that holds the last step's attribute; nullptr when the way there does not exist.
DcmItem* holder_of(DcmDataset& dataset, const std::vector<PathStep>& steps) {
  DcmItem* item = &dataset;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    DcmItem* next = nullptr;
    auto number = static_cast<signed long>(steps[i].number.value_or(1)) - 1;
    if (item->findAndGetSequenceItem(key_of(steps[i]), next, number).bad()) return nullptr;
    item = next;
  }
  return item;
}

DcmElement* element_at(DcmDataset& dataset, std::string_view path) {
  auto steps = parse_path(path);
  if (!steps) return nullptr;
  DcmItem* holder = holder_of(dataset, *steps);
  DcmElement* element = nullptr;
  if (holder) holder->findAndGetElement(key_of(steps->back()), element);
  return element;
}

DcmSequenceOfItems* sequence_at(DcmDataset& dataset, std::string_view path) {
  return dynamic_cast<DcmSequenceOfItems*>(element_at(dataset, path));
}

/// As holder_of, and makes what is missing on the way: the sequence, and the item after the last one.
Result<DcmItem*> make_holder(DcmDataset& dataset, const std::vector<PathStep>& steps, std::string_view path) {
  DcmItem* item = &dataset;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    DcmSequenceOfItems* sequence = nullptr;
    item->findAndGetSequence(key_of(steps[i]), sequence);
    std::size_t count = sequence ? sequence->card() : 0;
    std::size_t number = steps[i].number.value_or(1);
    if (number > count + 1) {
      return refused(fmt::format("item {} cannot be made: there are {}", number, count), std::string(path));
    }
    DcmItem* next = nullptr;
    if (item->findOrCreateSequenceItem(tag_of(steps[i]), next, static_cast<signed long>(number) - 1).bad()) {
      return refused("no such sequence", std::string(path));
    }
    item = next;
  }
  return item;
}

bool is_long_text(const std::string& vr) {
  return vr == "ST" || vr == "LT" || vr == "UT";
}

/// A value never becomes structure: no backslash that would make it two, no control character (PS3.5 6.1.2.4, 6.2).
Result<void> check_value(const std::string& vr, std::string_view value, std::string_view path) {
  for (unsigned char c : value) {
    if (c == '\\' && !is_long_text(vr) && vr != "UR") {
      return refused("a backslash would divide the value", std::string(path));
    }
    bool is_layout = is_long_text(vr) && (c == '\n' || c == '\r' || c == '\t' || c == '\f');
    if ((c < 0x20 && !is_layout) || c == 0x7F) return refused("a control character is no text", std::string(path));
  }
  if (!is_utf8(value)) return refused("the text is not UTF-8", std::string(path));
  return {};
}

Result<void> put_joined(DcmDataset& dataset, std::string_view path, const std::vector<std::string>& values) {
  auto steps = parse_path(path);
  if (!steps) return steps.fault();
  const PathStep& last = steps->back();
  if (last.vr.empty()) return refused("the attribute is not in the dictionary", std::string(path));
  if (last.vr == "SQ") return refused("a sequence holds items, not text", std::string(path));
  std::string joined;
  for (const std::string& value : values) {
    if (auto checked = check_value(last.vr, value, path); !checked) return checked.fault();
    if (&value != &values.front()) joined += '\\';
    joined += value;
  }
  auto holder = make_holder(dataset, *steps, path);
  if (!holder) return holder.fault();
  OFCondition put = joined.empty() ? (*holder)->insertEmptyElement(tag_of(last))
                                   : (*holder)->putAndInsertString(tag_of(last), joined.c_str());
  if (put.bad()) return refused(fmt::format("no value of type {}", last.vr), std::string(path));
  return {};
}

Result<std::unique_ptr<DcmDataset>> read_native(std::string_view bytes, Syntax syntax) {
  auto dataset = std::make_unique<DcmDataset>();
  if (bytes.empty()) return dataset;
  if (auto checked = check_structure(bytes, syntax); !checked) return checked.fault();
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  dataset->transferInit();
  const OFCondition read = dataset->read(stream, named(syntax), EGL_withoutGL);
  dataset->transferEnd();
  if (read.bad()) return refused(fmt::format("no DICOM dataset: {}", read.text()));
  return dataset;
}

/// All text in memory is UTF-8; the label follows when it matters.
void label_utf8(DcmDataset& dataset) {
  if (dataset.containsExtendedCharacters()) dataset.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
}

std::string name_of(DcmElement& element) {
  Tag tag{element.getGTag(), element.getETag()};
  auto attribute = find_attribute(tag);
  return attribute ? attribute->keyword : tag.text();
}

}  // namespace

Dataset::Dataset() : native_(std::make_unique<DcmDataset>()) {}
Dataset::Dataset(std::unique_ptr<DcmDataset> native) : native_(std::move(native)) {}
Dataset::Dataset(const Dataset& other) : native_(std::make_unique<DcmDataset>(*other.native_)) {}
Dataset::Dataset(Dataset&& other) noexcept = default;
Dataset& Dataset::operator=(const Dataset& other) {
  if (this != &other) native_ = std::make_unique<DcmDataset>(*other.native_);
  return *this;
}
Dataset& Dataset::operator=(Dataset&& other) noexcept = default;
Dataset::~Dataset() = default;

Result<Dataset> Dataset::from_bytes(std::string_view bytes) {
  auto native = native_from_bytes(bytes);
  if (!native) return native.fault();
  return from_native(*std::move(native));
}

Result<std::unique_ptr<DcmDataset>> Dataset::native_from_bytes(std::string_view bytes) {
  return read_native(bytes, syntax_of(bytes));
}

Result<std::unique_ptr<DcmDataset>> Dataset::command_from_bytes(std::string_view bytes) {
  return read_native(bytes, Syntax::implicit_vr);
}

std::string Dataset::to_bytes() const {
  label_utf8(*native_);
  std::string bytes(native_->getLength(kStored, EET_ExplicitLength), '\0');
  if (bytes.empty()) return bytes;
  DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  native_->transferInit();
  native_->write(stream, kStored, EET_ExplicitLength, nullptr, EGL_withoutGL);
  native_->transferEnd();
  void* start = nullptr;
  offile_off_t written = 0;
  stream.flushBuffer(start, written);
  bytes.resize(static_cast<std::size_t>(written));
  return bytes;
}

bool Dataset::has(std::string_view path) const {
  return element_at(*native_, path) != nullptr;
}

std::optional<std::string> Dataset::text(std::string_view path) const {
  DcmElement* element = element_at(*native_, path);
  if (!element || !element->isLeaf()) return std::nullopt;
  OFString value;
  if (element->getOFStringArray(value).bad()) return std::string();
  return std::string(value.c_str(), value.size());
}

std::string Dataset::text_or_empty(std::string_view path) const {
  return text(path).value_or("");
}

std::vector<std::string> Dataset::values(std::string_view path) const {
  DcmElement* element = element_at(*native_, path);
  std::vector<std::string> values;
  if (!element || !element->isLeaf()) return values;
  for (unsigned long i = 0; i < element->getVM(); ++i) {
    OFString value;
    if (element->getOFString(value, i).bad()) break;
    values.emplace_back(value.c_str(), value.size());
  }
  return values;
}

std::size_t Dataset::items(std::string_view path) const {
  DcmSequenceOfItems* sequence = sequence_at(*native_, path);
  return sequence ? sequence->card() : 0;
}

std::optional<Dataset> Dataset::item(std::string_view path, std::size_t number) const {
  DcmSequenceOfItems* sequence = sequence_at(*native_, path);
  if (!sequence || number == 0 || number > sequence->card()) return std::nullopt;
  auto copy = std::make_unique<DcmDataset>();
  DcmItem* item = sequence->getItem(number - 1);
  for (unsigned long i = 0; i < item->card(); ++i)
    copy->insert(dynamic_cast<DcmElement*>(item->getElement(i)->clone()), OFTrue);
  return Dataset(std::move(copy));
}

std::vector<std::string> Dataset::names() const {
  std::vector<std::string> names;
  for (unsigned long i = 0; i < native_->card(); ++i) {
    DcmElement* element = native_->getElement(i);
    if (element->getETag() != 0) names.push_back(name_of(*element));
  }
  return names;
}

bool Dataset::empty() const {
  return native_->card() == 0;
}

Result<void> Dataset::put(std::string_view path, std::string_view value) {
  return put_joined(*native_, path, {std::string(value)});
}

Result<void> Dataset::put_values(std::string_view path, const std::vector<std::string>& values) {
  return put_joined(*native_, path, values);
}

Result<void> Dataset::put_empty(std::string_view path) {
  auto steps = parse_path(path);
  if (!steps) return steps.fault();
  if (steps->back().vr.empty()) return refused("the attribute is not in the dictionary", std::string(path));
  auto holder = make_holder(*native_, *steps, path);
  if (!holder) return holder.fault();
  (*holder)->insertEmptyElement(tag_of(steps->back()));
  return {};
}

Result<void> Dataset::append_item(std::string_view path, const Dataset& item) {
  auto steps = parse_path(path);
  if (!steps) return steps.fault();
  if (steps->back().vr != "SQ") return refused("only a sequence holds items", std::string(path));
  auto holder = make_holder(*native_, *steps, path);
  if (!holder) return holder.fault();
  auto copy = std::make_unique<DcmItem>(*item.native_);
  copy->findAndDeleteElement(DCM_SpecificCharacterSet);  // the outer one counts
  if ((*holder)->insertSequenceItem(tag_of(steps->back()), copy.get(), -2).bad()) {
    return refused("the item cannot be appended", std::string(path));
  }
  copy.release();
  return {};
}

void Dataset::remove(std::string_view path) {
  auto steps = parse_path(path);
  if (!steps) return;
  DcmItem* holder = holder_of(*native_, *steps);
  if (holder) holder->findAndDeleteElement(key_of(steps->back()));
}

void Dataset::merge(const Dataset& other) {
  for (unsigned long i = 0; i < other.native_->card(); ++i) {
    DcmElement* element = other.native_->getElement(i);
    native_->insert(static_cast<DcmElement*>(element->clone()), OFTrue);
  }
}

Result<Dataset> Dataset::from_native(std::unique_ptr<DcmDataset> native) {
  if (!to_utf8(native)) return refused("the text is in none of the character sets named in (0008,0005)");
  return Dataset(std::move(native));
}

std::unique_ptr<DcmDataset> Dataset::to_native() const {
  label_utf8(*native_);
  return std::make_unique<DcmDataset>(*native_);
}

}  // namespace pons::dicom
