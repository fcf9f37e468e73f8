#include "engine/hl7/read.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engine/base/text.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

using Kind = Selector::Kind;
constexpr std::string_view kNull = "\"\"";

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// The named part, or null when what holds it is null; nothing when it is absent.
std::optional<std::string_view> inside(std::string_view text, char separator, int number) {
  if (number == 0 || text == kNull) return text;
  return part(text, separator, static_cast<std::size_t>(number));
}

std::string_view inside_repetition(std::string_view repetition, const Delimiters& d, int component, int subcomponent) {
  const auto found = inside(repetition, d.component, component);
  return found ? inside(*found, d.subcomponent, subcomponent).value_or(std::string_view()) : std::string_view();
}

bool equals(const Message& message, std::string_view raw, const std::string& wanted) {
  if (raw == kNull) return wanted.empty();
  const bool plain = raw.find(message.delimiters().escape) == std::string_view::npos;
  if (is_ascii(wanted)) return plain ? raw == wanted : unescape(raw, message.delimiters()) == wanted;
  return to_utf8(unescape(raw, message.delimiters()), charset_of(message, {})) == wanted;
}

bool fits(const Message& message, std::string_view repetition, const Condition& condition) {
  const auto raw = inside_repetition(repetition, message.delimiters(), condition.first, condition.second);
  return equals(message, raw, condition.text) == condition.equal;
}

bool segment_fits(const Message& message, std::size_t segment, const Condition& condition) {
  const auto& d = message.delimiters();
  const auto field = message.raw_field(segment, static_cast<std::size_t>(condition.first)).value_or(std::string_view());
  const auto repetition = part(field, d.repetition, 1).value_or(std::string_view());
  const auto raw = inside_repetition(repetition, d, condition.second, condition.third);
  return equals(message, raw, condition.text) == condition.equal;
}

std::array<char, 3> code_of(const Path& path) {
  std::array<char, 3> code{};
  if (path.segment.size() == code.size()) std::memcpy(code.data(), path.segment.data(), code.size());
  return code;
}

void append_index(std::string& out, std::size_t number) {
  if (number <= 1) return;
  out += '[';
  append_number(out, number);
  out += ']';
}

void append_part(std::string& out, int number) {
  if (number == 0) return;
  out += '.';
  append_number(out, static_cast<std::size_t>(number));
}

/// Which segments a path may see: the whole message, or a group.
class View {
 public:
  View(const Message& message, const Path& path, const Group* group)
      : message_(message), code_(Message::code_of(path.segment)), group_(group) {
    if (!group_) return;
    own_only_ = code_ == Message::code_of("NTE") || code_ == Message::code_of("OBX") ||
                std::any_of(group_->segments.begin(), group_->segments.end(),
                            [&](std::size_t i) { return message.code(i) == code_ && !group_->is_shared(i); });
  }

  std::size_t size() const { return group_ ? group_->segments.size() : message_.size(); }
  /// The segment at that position when the path can mean it.
  std::optional<std::size_t> at(std::size_t position) const {
    const std::size_t segment = group_ ? group_->segments[position] : position;
    if (message_.code(segment) != code_) return std::nullopt;
    if (group_ && own_only_ && group_->is_shared(segment)) return std::nullopt;
    return segment;
  }

 private:
  const Message& message_;
  const std::uint32_t code_;
  const Group* group_;
  bool own_only_ = false;
};

/// What of a Found differs from match to match.
struct Match {
  std::string_view raw;
  std::size_t segment, occurrence, repetition;
};

Found found_at(const Message& message, const Path& path, const Match& match) {
  return {match.raw == kNull ? State::null : State::value,
          match.raw,
          {message.offset_of(match.raw).value_or(Place::kNotReceived), match.raw.size(), code_of(path),
           match.occurrence, path.field, match.repetition, path.component, path.subcomponent},
          message.delimiters(),
          match.segment};
}

/// Walks the matches of one path; the sink returns false to stop.
template <class Sink>
class Walk {
 public:
  Walk(const Message& message, const Path& path, bool each, Sink& sink)
      : message_(message), path_(path), each_(each), sink_(sink) {}

  void run(const Group* group) {
    const View view(message_, path_, group);
    is_whole_ = group == nullptr;
    std::optional<std::size_t> last;
    for (std::size_t position = 0; position < view.size(); ++position) {
      const auto segment = view.at(position);
      if (!segment) continue;
      ++seen_;
      last = segment;
      if (chosen(*segment) && (!in_segment(*segment) || is_single(path_.occurrence))) return;
    }
    if (path_.occurrence.kind == Kind::last && last) in_segment(*last);
  }

 private:
  bool chosen(std::size_t segment) const {
    switch (path_.occurrence.kind) {
      case Kind::first:
        return true;
      case Kind::number:
        return seen_ == static_cast<std::size_t>(path_.occurrence.number);
      case Kind::all:
        return true;
      case Kind::where:
        return segment_fits(message_, segment, path_.occurrence.where);
      case Kind::last:
      case Kind::next:
        return false;
    }
    return false;
  }

  bool is_single(const Selector& selector) const {
    return selector.kind != Kind::all && !(each_ && selector.kind == Kind::where);
  }

  bool in_segment(std::size_t segment) {
    if (path_.field == 0) return emit(segment, 0, message_.raw(segment));
    const auto field = message_.raw_field(segment, static_cast<std::size_t>(path_.field));
    if (!field || field->empty()) return true;
    const bool is_delimiters = path_.field <= 2 && message_.is(segment, "MSH");
    if (*field == kNull) return emit(segment, 1, *field);
    if (is_delimiters) return path_.component > 1 || path_.subcomponent > 1 || emit(segment, 1, *field);
    return in_field(segment, *field);
  }

  bool in_field(std::size_t segment, std::string_view field) {
    const auto& d = message_.delimiters();
    const auto& selector = path_.repetition;
    if (selector.kind == Kind::next) return true;
    for (std::size_t number = 1;; ++number) {
      const std::size_t end = d.repetition == 0 ? std::string_view::npos : find_byte(field, d.repetition);
      const bool is_last = end == std::string_view::npos;
      if (is_chosen(selector, number, is_last, field.substr(0, end))) {
        const auto inner = inside_repetition(field.substr(0, end), d, path_.component, path_.subcomponent);
        if (!emit(segment, number, inner)) return false;
        if (is_single(selector)) return true;
      }
      if (is_last) return true;
      field.remove_prefix(end + 1);
    }
  }

  bool is_chosen(const Selector& selector, std::size_t number, bool is_last, std::string_view repetition) const {
    switch (selector.kind) {
      case Kind::number:
        return number == static_cast<std::size_t>(selector.number);
      case Kind::last:
        return is_last;
      case Kind::where:
        return fits(message_, repetition, selector.where);
      default:
        return true;
    }
  }

  bool emit(std::size_t segment, std::size_t repetition, std::string_view raw) {
    if (raw.empty()) return true;
    return sink_(raw, segment, is_whole_ ? seen_ : message_.occurrence(segment), repetition);
  }

  const Message& message_;
  const Path& path_;
  const bool each_;
  Sink& sink_;
  bool is_whole_ = false;  // no group hides any segment
  std::size_t seen_ = 0;   // segments of the path's name so far
};

std::vector<Found> collect(const Message& message, const Path& path, const Group* within, bool each) {
  std::vector<Found> out;
  auto sink = [&](auto... match) {
    out.push_back(found_at(message, path, {match...}));
    return true;
  };
  Walk<decltype(sink)>(message, path, each, sink).run(within);
  return out;
}

}  // namespace

std::string Place::path() const {
  if (!is_in_message()) return {};
  std::string out(segment.data(), segment.size());
  append_index(out, occurrence);
  if (field == 0) return out;
  out += '-';
  append_number(out, static_cast<std::size_t>(field));
  append_index(out, repetition);
  append_part(out, component);
  append_part(out, subcomponent);
  return out;
}

std::vector<Found> find(const Message& message, const Path& path, const Group* within) {
  return collect(message, path, within, false);
}

std::vector<Found> find_each(const Message& message, const Path& path, const Group* within) {
  return collect(message, path, within, true);
}

std::optional<Found> first_match(const Message& message, const Path& path, const Group* within) {
  Match first{};
  bool is_found = false;
  auto sink = [&](auto... match) {
    first = {match...};
    is_found = true;
    return false;
  };
  Walk<decltype(sink)>(message, path, false, sink).run(within);
  return is_found ? std::optional(found_at(message, path, first)) : std::nullopt;
}

Found find_first(const Message& message, const Path& path, const Group* within) {
  if (auto first = first_match(message, path, within)) return std::move(*first);
  Found absent;
  absent.place.segment = code_of(path);
  absent.place.occurrence = path.occurrence.kind == Kind::number ? static_cast<std::size_t>(path.occurrence.number) : 1;
  absent.place.field = path.field;
  absent.place.repetition = path.repetition.kind == Kind::number ? static_cast<std::size_t>(path.repetition.number) : 1;
  absent.place.component = path.component;
  absent.place.subcomponent = path.subcomponent;
  absent.delimiters = message.delimiters();
  return absent;
}

std::string text(const Found& found) {
  return found.state == State::value ? unescape(found.raw, found.delimiters) : std::string();
}

std::string text(const Found& found, const Charset& charset) {
  return to_utf8(text(found), charset);
}

std::string text_at(const Message& message, std::string_view path) {
  const auto parsed = Path::parse(path);
  const auto found = parsed ? first_match(message, *parsed) : std::nullopt;
  return found ? text(*found) : std::string();
}

std::optional<Fault> unreadable(std::string_view raw, const Delimiters& delimiters, const Place& place,
                                const Charset& charset) {
  const std::string bytes = unescape(raw, delimiters);
  const auto bad = decode(bytes, charset).bad_offsets;
  if (bad.empty()) return std::nullopt;
  const bool is_as_received = bytes == raw && place.offset != Place::kNotReceived && !charset.is_transcoded;
  const std::string which = is_as_received
                                ? "the byte at offset " + std::to_string(place.offset + bad.front()) + " of the message"
                                : "a byte of it";
  return refused(
      which + " is not " + std::string(charset.name) + "; the sender's MSH-18 or the endpoint's  charset:  is wrong",
      place.path(), 102);
}

std::size_t repetitions(const Message& message, std::size_t segment, std::size_t field) {
  const auto raw = message.raw_field(segment, field);
  return raw ? count_parts(*raw, message.delimiters().repetition) : 0;
}

}  // namespace pons::hl7
