#include "engine/dicom/structure.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctag.h>
#include <dcmtk/dcmdata/dcvr.h>
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pons::dicom {
namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostElements = 500'000;
constexpr std::uint32_t kUndefined = 0xffffffff;
constexpr std::uint32_t kItem = 0xfffee000, kItemEnd = 0xfffee00d, kSequenceEnd = 0xfffee0dd;

/// PS3.5 7.1.
struct Header {
  std::uint32_t tag = 0;  // group and element
  std::uint32_t length = 0;
  bool holds_items = false;
};

/// Goes through elements without reading a value (PS3.5 7.5). `end` is where what holds them ends.
class Walk {
 public:
  explicit Walk(std::string_view bytes) : bytes_(bytes) {}

  std::string problem() const { return fmt::format("{} at byte {}", problem_, at_); }

  bool elements(std::size_t end, Syntax syntax, bool is_delimited, int depth) {
    while (at_ < end) {
      if (++seen_ > kMostElements) return fails("too many elements");
      const auto header = read_header(end, syntax);
      if (!header) return false;
      if (header->tag == kItemEnd && is_delimited) return true;
      if (header->tag >> 16 == 0xfffe) return fails("an item outside of a sequence");
      if (!(header->holds_items ? sequence(*header, end, inside(*header, syntax), depth) : value(*header, end)))
        return false;
    }
    return !is_delimited || fails("an item that does not end");
  }

 private:
  bool fails(const char* problem) {
    problem_ = problem;
    return false;
  }

  std::uint32_t number(std::size_t at, int bytes) const {
    std::uint32_t number = 0;
    for (int i = bytes; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return number;
  }

  std::optional<Header> read_header(std::size_t end, Syntax syntax) {
    const auto refuse = [&]() -> std::optional<Header> {
      fails("an element that breaks off");
      return std::nullopt;
    };
    if (end - at_ < 8) return refuse();
    const std::uint32_t group = number(at_, 2), element = number(at_ + 2, 2);
    Header header{group << 16 | element, number(at_ + 4, 4), false};
    if (group == 0xfffe) {
      at_ += 8;
      return header;
    }
    if (syntax == Syntax::implicit_vr) {
      const auto vr = DcmTag(static_cast<Uint16>(group), static_cast<Uint16>(element)).getEVR();
      header.holds_items = vr == EVR_SQ || (vr == EVR_UN && header.length == kUndefined);
      at_ += 8;
      return header;
    }
    const DcmVR vr(std::string(bytes_.substr(at_ + 4, 2)).c_str());
    const bool is_long = vr.usesExtendedLengthEncoding();
    if (is_long && end - at_ < 12) return refuse();
    header.length = is_long ? number(at_ + 8, 4) : number(at_ + 6, 2);
    header.holds_items = vr.getEVR() == EVR_SQ || (vr.getEVR() == EVR_UN && header.length == kUndefined);
    at_ += is_long ? 12 : 8;
    return header;
  }

  /// A sequence that is sent as UN is in Implicit VR (PS3.5 6.2.2, note 4).
  Syntax inside(const Header& header, Syntax syntax) const {
    const bool is_unknown = syntax == Syntax::explicit_vr && bytes_.substr(at_ - 8, 2) == "UN";
    return is_unknown && header.length == kUndefined ? Syntax::implicit_vr : syntax;
  }

  bool value(const Header& header, std::size_t end) {
    if (header.length > end - at_) return fails("a value longer than what holds it");
    at_ += header.length;
    return true;
  }

  bool sequence(const Header& header, std::size_t end, Syntax syntax, int depth) {
    if (depth == kDeepest) return fails("sequences that are nested too deep");
    const bool is_delimited = header.length == kUndefined;
    if (!is_delimited && header.length > end - at_) return fails("a sequence longer than what holds it");
    const std::size_t its_end = is_delimited ? end : at_ + header.length;
    while (at_ < its_end) {
      if (++seen_ > kMostElements) return fails("too many items");
      const auto item = read_header(its_end, syntax);
      if (!item) return false;
      if (item->tag == kSequenceEnd && is_delimited) return true;
      if (item->tag != kItem) return fails("a sequence of what are no items");
      const bool is_open = item->length == kUndefined;
      if (!is_open && item->length > its_end - at_) return fails("an item longer than its sequence");
      if (!elements(is_open ? its_end : at_ + item->length, syntax, is_open, depth + 1)) return false;
    }
    return !is_delimited || fails("a sequence that does not end");
  }

  const std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t seen_ = 0;
  const char* problem_ = "";
};

}  // namespace

Result<void> check_structure(std::string_view bytes, Syntax syntax) {
  Walk walk(bytes);
  if (walk.elements(bytes.size(), syntax, false, 0)) return {};
  return refused("no DICOM dataset: " + walk.problem());
}

}  // namespace pons::dicom
