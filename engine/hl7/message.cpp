#include "engine/hl7/message.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

constexpr std::size_t kNowhere = std::string::npos;

bool ends_line(char c) {
  return c == '\r' || c == '\n';
}
/// Where the line ends that begins at `from`.
std::size_t end_of_line(std::string_view text, std::size_t from) {
  const std::size_t cr = std::min(text.find('\r', from), text.size());
  return std::min(find_byte(text.substr(0, cr), '\n', from), cr);
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z');
}
/// Anything printable but letters, digits, the space and the quotation mark, of which null is made (`""`); bytes above
/// 127 are left to character sets.
bool can_delimit(char c) {
  return c > ' ' && c < 0x7f && c != '"' && !is_alphanumeric(c);
}

constexpr std::uint32_t kMsh = Message::code_of("MSH");

Fault unreadable(const std::string& what, std::size_t offset, std::string field = {}, int code = 100) {
  return refused(what + " at offset " + std::to_string(offset), std::move(field), code);
}

/// A byte order mark and white space are all that may stand before the MSH.
std::size_t skip_preamble(std::string_view bytes) {
  std::size_t at = bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (at < bytes.size() && (bytes[at] == ' ' || bytes[at] == '\t' || ends_line(bytes[at]))) ++at;
  return at;
}

/// "M" and "S" with zeros between, or a byte order mark.
bool is_wide(std::string_view bytes) {
  const std::string_view wide[] = {{"\xFE\xFF", 2}, {"\xFF\xFE", 2}, {"M\0S\0", 4},
                                   {"\0M\0S", 4},   {"M\0\0\0", 4},  {"\0\0\0M", 4}};
  return std::any_of(std::begin(wide), std::end(wide), [&](std::string_view each) { return bytes.starts_with(each); });
}

Fault no_header(std::string_view bytes, std::size_t start) {
  if (start == bytes.size()) return unreadable("no MSH: the message is empty", start);
  const auto name = bytes.substr(start, 3);
  if (name == "FHS" || name == "BHS") return unreadable("no MSH: this is a batch file", start);
  return unreadable("no MSH: a message begins with MSH and a field separator", start);
}

}  // namespace

Result<Message> Message::parse(std::shared_ptr<const std::string> received) {
  const std::string& bytes = *received;
  Message message;
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) return refused("the message is longer than 4 GiB");
  if (is_wide(bytes))
    return refused("the message is in UTF-16 or UTF-32, which MLLP cannot carry; send UTF-8, MSH-18 UNICODE UTF-8",
                   "MSH-18", 102);
  if (const auto nul = bytes.find('\0'); nul != kNowhere) return unreadable("a NUL byte", nul, {}, 102);
  message.bytes_ = std::move(received);
  const std::size_t start = skip_preamble(*message.bytes_);
  if (auto read = message.read_header(start); !read) return read.fault();
  if (auto indexed = message.index_segments(start); !indexed) return indexed.fault();
  return message;
}

Message Message::empty(Delimiters delimiters) {
  Message message;
  message.delimiters_ = delimiters;
  message.bytes_ = std::make_shared<const std::string>();
  message.insert_segment(0, std::string("MSH") + delimiters.field + delimiters.encoding_characters());
  return message;
}

Result<void> Message::read_header(std::size_t start) {
  const std::string_view bytes = *bytes_;
  if (bytes.substr(start, 3) != "MSH") return no_header(bytes, start);
  const std::size_t end = end_of_line(bytes, start);
  if (start + 3 >= end || !can_delimit(bytes[start + 3])) return no_header(bytes, start);
  delimiters_ = {bytes[start + 3], 0, 0, 0, 0, 0};

  const std::size_t from = start + 4;
  const std::size_t to = std::min(find_byte(bytes, delimiters_.field, from), end);
  const auto encoding = bytes.substr(from, to - from);
  if (encoding.empty()) return unreadable("MSH-2 is empty", from, "MSH-2", 101);
  if (encoding.size() > 5) return unreadable("MSH-2 has more than five characters", from, "MSH-2", 102);
  char* const roles[] = {&delimiters_.component, &delimiters_.repetition, &delimiters_.escape,
                         &delimiters_.subcomponent, &delimiters_.truncation};
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    if (!can_delimit(encoding[i])) return unreadable("MSH-2 holds what cannot delimit", from + i, "MSH-2", 102);
    if (encoding.substr(0, i).find(encoding[i]) != kNowhere)
      return unreadable("MSH-2 names one character twice", from + i, "MSH-2", 102);
    *roles[i] = encoding[i];
  }
  return {};
}

Result<void> Message::index_segments(std::size_t start) {
  const std::string_view bytes = *bytes_;
  const std::string_view first_end = bytes.substr(end_of_line(bytes, start), 2);
  const bool cr_ends = first_end.starts_with('\r') && first_end != "\r\n";
  if (!first_end.empty()) terminator_ = cr_ends ? "\r" : first_end == "\r\n" ? "\r\n" : "\n";

  const bool has_lf = bytes.find('\n', start) != kNowhere;
  const auto offset = [](std::size_t at) { return static_cast<std::uint32_t>(at); };  // see parse()
  segments_.reserve(16 + bytes.size() / 64);
  std::size_t cr = start;  // the next one
  for (std::size_t at = start; at < bytes.size();) {
    if (cr <= at) cr = std::min(bytes.find('\r', at), bytes.size());
    const std::size_t end = has_lf ? end_of_segment(at, cr, cr_ends) : cr;
    std::size_t next = end;
    while (next < bytes.size() && ends_line(bytes[next])) ++next;
    const std::uint32_t code = code_of_segment(bytes.substr(at, end - at));
    if (at != start && code == kMsh && at + 3 < end) return unreadable("a second MSH", at);
    segments_.push_back({offset(at), offset(end - at), offset(next - end), code, nullptr});
    at = next;
  }
  return {};
}

std::uint32_t Message::code_of_segment(std::string_view text) const {
  return text.size() == 3 || (text.size() > 3 && text[3] == delimiters_.field) ? code_of(text.substr(0, 3)) : 0;
}

std::size_t Message::end_of_segment(std::size_t from, std::size_t cr, bool cr_ends) const {
  const std::string_view bytes = *bytes_;
  const auto before_cr = bytes.substr(0, cr);
  for (std::size_t lf = find_byte(before_cr, '\n', from); lf != kNowhere;) {
    if (!cr_ends) return lf;
    const std::size_t next = std::min(bytes.find_first_not_of("\n", lf), bytes.size());
    if (next == bytes.size() || looks_like_segment(bytes.substr(next))) return lf;
    lf = find_byte(before_cr, '\n', next);
  }
  return cr;
}

bool Message::looks_like_segment(std::string_view text) const {
  return text.size() >= 4 && is_upper(text[0]) && (is_upper(text[1]) || is_digit(text[1])) &&
         (is_upper(text[2]) || is_digit(text[2])) && text[3] == delimiters_.field;
}

std::string Message::write() const {
  if (!changed_) return *bytes_;
  std::size_t size = segments_.front().is_received() ? segments_.front().offset : 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) size += raw(i).size() + 2;
  std::string out;
  out.reserve(size);
  if (segments_.front().is_received()) out.append(*bytes_, 0, segments_.front().offset);  // what stood before the MSH
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    out.append(raw(i));
    if (segment.is_received() && segment.terminator != 0 && ends_as_received(i))
      out.append(*bytes_, segment.offset + segment.length, segment.terminator);
    else if (!segment.is_received() || segment.terminator != 0 || i + 1 < segments_.size())
      out.append(terminator_);
  }
  return out;
}

/// A lone LF among CRs ends a segment only where another follows; that one may have gone.
bool Message::ends_as_received(std::size_t segment) const {
  const char first = (*bytes_)[segments_[segment].offset + segments_[segment].length];
  return first == '\r' || terminator_ != "\r" || segment + 1 == segments_.size() ||
         looks_like_segment(raw(segment + 1));
}

std::string_view Message::name(std::size_t segment) const {
  const auto text = raw(segment);
  return text.substr(0, find_byte(text, delimiters_.field, 0));
}

bool Message::has_odd_name(std::size_t segment, std::string_view name) const {
  const auto text = raw(segment);
  return text.starts_with(name) && (text.size() == name.size() || text[name.size()] == delimiters_.field);
}

std::optional<std::string_view> Message::raw_field(std::size_t segment, std::size_t field) const {
  const auto text = raw(segment);
  std::size_t skip = field;
  if (field != 0 && segments_[segment].code == kMsh) {
    if (field == 1) return text.substr(3, 1);
    --skip;
  }
  const std::size_t before = skip == 0 ? kNowhere : find_byte(text, delimiters_.field, 0, skip);
  if (skip != 0 && before == kNowhere) return std::nullopt;
  const std::size_t at = before + 1;  // without a separator before it: 0
  return text.substr(at, find_byte(text, delimiters_.field, at) - at);
}

std::size_t Message::field_count(std::size_t segment) const {
  const auto text = raw(segment);
  const auto separators = static_cast<std::size_t>(std::count(text.begin(), text.end(), delimiters_.field));
  return segments_[segment].code == kMsh ? separators + 1 : separators;
}

std::optional<std::size_t> Message::locate(std::string_view name, std::size_t occurrence) const {
  for (std::size_t i = 0; i < segments_.size(); ++i)
    if (is(i, name) && --occurrence == 0) return i;
  return std::nullopt;
}

std::size_t Message::occurrence(std::size_t segment) const {
  const std::uint32_t code = segments_[segment].code;
  const auto own = code == 0 ? name(segment) : std::string_view();
  std::size_t count = 1;
  for (std::size_t i = 0; i < segment; ++i) count += code == 0 ? is(i, own) : segments_[i].code == code;
  return count;
}

void Message::replace_segment(std::size_t segment, std::string text) {
  segments_[segment].code = code_of_segment(text);
  segments_[segment].edited = std::make_shared<const std::string>(std::move(text));
  changed_ = true;
}

void Message::insert_segment(std::size_t at, std::string text) {
  Segment fresh;
  fresh.code = code_of_segment(text);
  fresh.edited = std::make_shared<const std::string>(std::move(text));
  segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(at), std::move(fresh));
  changed_ = true;
}

void Message::erase_segment(std::size_t segment) {
  segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(segment));
  changed_ = true;
}

}  // namespace pons::hl7
