#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dicom/structure.h"

namespace pons::dicom {

/// What of a composite object is kept while it is received: the attributes before its pixel data, without those that
/// are long. Memory is bounded by the limits, whatever lengths the object declares. What it keeps is a data set in the
/// object's own syntax, for Dataset::from_bytes(): a filter cuts, and checks no more than it must to cut.
class HeaderFilter {
 public:
  struct Limits {
    std::size_t attribute = 16u << 10;  // bytes, a sequence with all its items
    std::size_t header = 256u << 10;    // bytes
  };

  explicit HeaderFilter(Syntax syntax) : HeaderFilter(syntax, Limits()) {}
  HeaderFilter(Syntax syntax, Limits limits) : syntax_(syntax), limits_(limits) {}

  /// Takes the next bytes of the object, in pieces of any size.
  void take(std::string_view bytes);

  /// So far the bytes are a data set, and they do not break off within an attribute.
  bool is_whole() const;
  /// What is kept; takes it out of the filter.
  std::string header() { return std::move(kept_); }
  /// How many attributes before the pixel data were too long to be kept.
  std::size_t left_out() const { return left_out_; }

 private:
  /// What encloses the place where we are, within an attribute of undefined length.
  struct Level {
    bool is_item = false;  // else a sequence, or the fragments of a value
    Syntax syntax = Syntax::explicit_vr;
  };
  struct Element {
    std::uint32_t tag = 0, length = 0;
    Syntax inside = Syntax::explicit_vr;
    bool holds_items = true;  // where its length is undefined; else fragments of an encapsulated value
  };

  /// The bytes of an element's head that must be there before it can be read.
  std::size_t head_size() const;
  Element element() const;
  Syntax syntax() const { return levels_.empty() ? syntax_ : levels_.back().syntax; }
  void enter(const Element& element);
  void enter_attribute(const Element& element);
  void enter_item(const Element& element);
  void open(bool is_item, Syntax syntax);
  void leave_out();
  void keep(std::string_view bytes);

  const Syntax syntax_;
  const Limits limits_;
  std::string kept_;
  std::size_t start_ = 0;     // in kept_, of the attribute at hand
  bool is_left_out_ = false;  // the attribute at hand
  std::size_t left_out_ = 0;
  std::string head_;             // of an element, as far as it has come
  std::uint32_t remaining_ = 0;  // bytes of the value at hand
  std::vector<Level> levels_;    // within the attribute at hand
  bool is_at_pixels_ = false;
  bool is_broken_ = false;
};

}  // namespace pons::dicom
