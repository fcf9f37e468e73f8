#include "engine/dicom/header.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcvr.h>

#include <algorithm>

namespace pons::dicom {

namespace {

constexpr std::size_t kDeepest = 32;  // levels: sixteen sequences with their items
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;
constexpr std::uint32_t kIconImages = 0x00880200;  // pixel data once more
constexpr std::uint16_t kPixelGroup = 0x7FE0, kItemGroup = 0xFFFE;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

bool has_long_head(std::string_view vr) {
  return DcmVR(std::string(vr).c_str()).usesExtendedLengthEncoding();
}

}  // namespace

void HeaderFilter::take(std::string_view bytes) {
  while (!bytes.empty() && !is_at_pixels_ && !is_broken_) {
    if (remaining_ > 0) {
      const std::size_t size = std::min<std::size_t>(bytes.size(), remaining_);
      keep(bytes.substr(0, size));
      remaining_ -= static_cast<std::uint32_t>(size);
      bytes.remove_prefix(size);
      continue;
    }
    const std::size_t size = std::min(bytes.size(), head_size() - head_.size());
    head_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (head_.size() < head_size()) continue;
    enter(element());
    head_.clear();
  }
}

bool HeaderFilter::is_whole() const {
  return is_at_pixels_ || (!is_broken_ && head_.empty() && remaining_ == 0 && levels_.empty());
}

std::size_t HeaderFilter::head_size() const {
  if (head_.size() < 8) return 8;
  const bool is_short =
      syntax() == Syntax::implicit_vr || number(head_, 0, 2) == kItemGroup || !has_long_head(head_.substr(4, 2));
  return is_short ? 8 : 12;
}

/// PS3.5 7.1. What is sent as UN of undefined length is in Implicit VR (PS3.5 6.2.2, note 4).
HeaderFilter::Element HeaderFilter::element() const {
  Element element{number(head_, 0, 2) << 16 | number(head_, 2, 2), 0, syntax()};
  const bool has_length_of_four = syntax() == Syntax::implicit_vr || element.tag >> 16 == kItemGroup;
  element.length = head_.size() == 12   ? number(head_, 8, 4)
                   : has_length_of_four ? number(head_, 4, 4)
                                        : number(head_, 6, 2);
  if (has_length_of_four) return element;
  const std::string_view vr = std::string_view(head_).substr(4, 2);
  if (vr == "UN") element.inside = Syntax::implicit_vr;
  element.holds_items = vr == "SQ" || vr == "UN";
  return element;
}

void HeaderFilter::enter(const Element& element) {
  if (!levels_.empty() && !levels_.back().is_item) return enter_item(element);
  if (levels_.empty()) {
    start_ = kept_.size();
    is_left_out_ = false;
    is_at_pixels_ = element.tag >> 16 >= kPixelGroup && element.tag >> 16 != kItemGroup;
    if (is_at_pixels_) return;
  }
  enter_attribute(element);
}

void HeaderFilter::enter_attribute(const Element& element) {
  const bool ends_item = element.tag == kItemEnd && !levels_.empty();
  if (element.tag >> 16 == kItemGroup && !ends_item) {
    is_broken_ = true;
    return;
  }
  if (levels_.empty() && element.tag == kIconImages) leave_out();
  keep(head_);
  if (ends_item)
    levels_.pop_back();
  else if (element.length == kUndefined)
    open(false, element.inside);
  else
    remaining_ = element.length;
  if (element.length == kUndefined && !element.holds_items) leave_out();
  if (levels_.empty() && remaining_ > limits_.attribute) leave_out();
}

void HeaderFilter::enter_item(const Element& element) {
  keep(head_);
  if (element.tag == kSequenceEnd)
    levels_.pop_back();
  else if (element.tag != kItem)
    is_broken_ = true;
  else if (element.length == kUndefined)
    open(true, levels_.back().syntax);
  else
    remaining_ = element.length;
}

void HeaderFilter::open(bool is_item, Syntax syntax) {
  if (levels_.size() == kDeepest) is_broken_ = true;
  levels_.push_back({is_item, syntax});
}

void HeaderFilter::leave_out() {
  if (is_left_out_) return;
  kept_.resize(start_);
  is_left_out_ = true;
  ++left_out_;
}

void HeaderFilter::keep(std::string_view bytes) {
  if (is_left_out_) return;
  const std::size_t size = kept_.size() + bytes.size();
  if (size - start_ > limits_.attribute + 12 || size > limits_.header) return leave_out();
  kept_ += bytes;
}

}  // namespace pons::dicom
