#include "engine/hl7/edit.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

using Kind = Selector::Kind;
constexpr std::string_view kNull = "\"\"";

bool is_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return name.size() == 3 && name[0] >= 'A' && std::all_of(name.begin(), name.end(), good);
}

Fault at(const Path& path, const std::string& what) {
  return refused(path.to_text() + ": " + what, path.to_text(), 102);
}

std::string_view or_empty(std::optional<std::string_view> text) {
  return !text || *text == kNull ? std::string_view() : *text;
}

/// One write into one message: `content` is escaped already.
class Writer {
 public:
  Writer(Message& message, const Path& path, std::string_view content)
      : message_(message), path_(path), content_(content) {}

  Result<void> write() {
    if (path_.field == 0) return at(path_, "name a field, such as " + path_.segment + "-1");
    if (path_.segment == "MSH" && path_.field <= 2) return at(path_, "the delimiters cannot be set");
    if (path_.occurrence.kind == Kind::all) return write_all();
    const auto segment = target();
    if (!segment) return segment.fault();
    return *segment ? write_segment(**segment) : Result<void>();
  }

 private:
  const Delimiters& d() const { return message_.delimiters(); }
  bool empties() const { return content_.empty(); }

  Result<void> write_all() {
    for (std::size_t i = 0; i < message_.size(); ++i)
      if (message_.is(i, path_.segment))
        if (auto done = write_segment(i); !done) return done;
    return {};
  }

  // Which segment, and the missing one made.

  using Segment = std::optional<std::size_t>;  // nothing: there is none, and none is needed to empty it

  Result<Segment> target() {
    const auto& selector = path_.occurrence;
    switch (selector.kind) {
      case Kind::where:
        return segment_where();
      case Kind::next:
        return make_segment();
      case Kind::last:
        return found_or_made(last());
      case Kind::number:
        return segment_number(static_cast<std::size_t>(selector.number));
      default:
        return found_or_made(message_.locate(path_.segment));
    }
  }

  Segment last() const {
    for (std::size_t i = message_.size(); i > 0; --i)
      if (message_.is(i - 1, path_.segment)) return i - 1;
    return {};
  }

  std::size_t count() const {
    const Segment end = last();
    return end ? message_.occurrence(*end) : 0;
  }

  Result<Segment> found_or_made(Segment found) { return found ? found : make_segment(); }

  Result<Segment> segment_number(std::size_t number) {
    if (const Segment found = message_.locate(path_.segment, number)) return found;
    const std::size_t have = count();
    if (number == have + 1 || empties()) return make_segment();
    return at(path_, "there are only " + std::to_string(have) + " " + path_.segment);
  }

  Result<Segment> make_segment() {
    if (empties()) return Segment();
    if (path_.segment == "MSH") return at(path_, "a message has one MSH");
    const Segment before = path_.occurrence.kind == Kind::next ? last() : Segment();
    const std::size_t where = before ? *before + 1 : message_.size();
    message_.insert_segment(where, path_.segment);
    return Segment(where);
  }

  Result<Segment> segment_where() {
    Path whole;
    whole.segment = path_.segment;
    whole.occurrence = path_.occurrence;
    if (const auto found = first_match(message_, whole)) return Segment(found->segment);
    const auto& where = path_.occurrence.where;
    if (!where.equal && !empties()) return at(path_, "no segment fits");
    auto made = make_segment();
    if (!made || !*made) return made;
    Path key{path_.segment, {Kind::number, static_cast<int>(count()), {}}, where.first, {}, where.second, where.third};
    if (auto set_key = set(message_, key, State::value, where.text); !set_key) return set_key.fault();
    return made;
  }

  // One segment's field.

  Result<void> write_segment(std::size_t segment) {
    const auto number = static_cast<std::size_t>(path_.field);
    const auto old = message_.raw_field(segment, number);
    const auto field = new_field(old.value_or(std::string_view()));
    if (!field) return field.fault();
    if (*field == old.value_or(std::string_view())) return {};
    const std::size_t part_number = message_.is(segment, "MSH") ? number : number + 1;  // the name is part 1
    message_.replace_segment(segment,
                             without_line_feeds(with_part(message_.raw(segment), d().field, part_number, *field)));
    return {};
  }

  /// Received line feeds that are part of a value: what is written after one could make it begin a segment.
  std::string without_line_feeds(std::string text) const {
    if (text.find('\n') == std::string::npos) return text;
    return replace_all(text, "\n", escape("\n", d()));
  }

  Result<std::string> new_field(std::string_view old) {
    const auto& selector = path_.repetition;
    if (selector.kind == Kind::first && path_.component == 0) return std::string(content_);
    if (old == kNull && empties()) return std::string(old);
    const auto field = or_empty(old);
    const std::size_t count = count_parts(field, d().repetition);
    switch (selector.kind) {
      case Kind::first:
        return with_repetition(field, 1);
      case Kind::number:
        return with_repetition(field, static_cast<std::size_t>(selector.number));
      case Kind::last:
        return with_repetition(field, std::max<std::size_t>(count, 1));
      case Kind::next:
        return with_repetition(field, count + 1);
      case Kind::all:
        return with_every_repetition(field, count);
      case Kind::where:
        return with_fitting_repetition(field, count);
    }
    return std::string(field);
  }

  Result<std::string> with_every_repetition(std::string_view field, std::size_t count) {
    std::string out(field);
    for (std::size_t number = 1; number <= count; ++number) {
      auto changed = with_repetition(out, number);
      if (!changed) return changed;
      out = *std::move(changed);
    }
    return out;
  }

  Result<std::string> with_fitting_repetition(std::string_view field, std::size_t count) {
    const auto& where = path_.repetition.where;
    for (std::size_t number = 1; number <= count; ++number)
      if (fits(or_empty(part(field, d().repetition, number)))) return with_repetition(field, number);
    if (empties()) return std::string(field);
    if (!where.equal) return at(path_, "no repetition fits");
    const auto key = escape(where.text, d());
    auto keyed = with_repetition(field, count + 1, where.first, where.second, key);
    if (!keyed) return keyed;
    return with_repetition(*keyed, count + 1);
  }

  bool fits(std::string_view repetition) const {
    const auto& where = path_.repetition.where;
    auto value = or_empty(part(repetition, d().component, static_cast<std::size_t>(where.first)));
    if (where.second != 0) value = or_empty(part(value, d().subcomponent, static_cast<std::size_t>(where.second)));
    return (unescape(value, d()) == where.text) == where.equal;
  }

  Result<std::string> with_repetition(std::string_view field, std::size_t number) {
    return with_repetition(field, number, path_.component, path_.subcomponent, content_);
  }

  Result<std::string> with_repetition(std::string_view field, std::size_t number, int component, int subcomponent,
                                      std::string_view content) {
    if (number > 1 && d().repetition == 0) return at(path_, "MSH-2 has no repetition separator");
    if (component > 1 && d().component == 0) return at(path_, "MSH-2 has no component separator");
    if (subcomponent > 1 && d().subcomponent == 0) return at(path_, "MSH-2 has no subcomponent separator");
    std::string inner(content);
    const auto old_repetition = part(field, d().repetition, number);
    if (old_repetition == kNull && component != 0 && content.empty()) return std::string(field);
    const auto repetition = or_empty(old_repetition);
    if (subcomponent != 0) {
      const auto old_component = part(repetition, d().component, static_cast<std::size_t>(component));
      if (old_component == kNull && content.empty()) return std::string(field);
      inner = with_part(or_empty(old_component), d().subcomponent, static_cast<std::size_t>(subcomponent), inner);
    }
    if (component != 0) inner = with_part(repetition, d().component, static_cast<std::size_t>(component), inner);
    return with_part(field, d().repetition, number, inner);
  }

  Message& message_;
  const Path& path_;
  std::string_view content_;
};

/// Structure that would reach above the place it is put.
bool has_structure_above(const Path& path, std::string_view raw, const Delimiters& from) {
  const auto holds = [&](char c) { return c != 0 && raw.find(c) != std::string_view::npos; };
  if (holds(from.field)) return true;
  if ((path.component != 0 || path.repetition.kind != Kind::first) && holds(from.repetition)) return true;
  if (path.component != 0 && holds(from.component)) return true;
  return path.subcomponent != 0 && holds(from.subcomponent);
}

}  // namespace

Result<void> set(Message& message, const Path& path, State state, std::string_view text) {
  if (state == State::absent || (state == State::value && text.empty())) return Writer(message, path, {}).write();
  if (state == State::null) return Writer(message, path, kNull).write();
  if (message.delimiters().escape == 0 && needs_escape(text, message.delimiters()))
    return at(path, "MSH-2 has no escape character, so the text cannot be written");
  return Writer(message, path, escape(text, message.delimiters())).write();
}

Result<void> set(Message& message, const Path& path, State state, std::string_view utf8, const Charset& charset) {
  const auto encoded = encode(utf8, charset);
  if (encoded.bad_offsets.empty()) return set(message, path, state, encoded.bytes);
  return at(path, "the text holds a character that " + std::string(charset.name) + " lacks, at byte " +
                      std::to_string(encoded.bad_offsets.front()));
}

Result<void> set_raw(Message& message, const Path& path, std::string_view raw, const Delimiters& from) {
  if (has_structure_above(path, raw, from)) return at(path, "the content is wider than the place");
  return Writer(message, path, redelimit(raw, from, message.delimiters())).write();
}

Result<void> set_raw(Message& message, const Path& path, std::string_view raw) {
  return set_raw(message, path, raw, message.delimiters());
}

Result<void> add_segment(Message& message, std::size_t where, std::string_view name) {
  return add_raw_segment(message, where, name, message.delimiters());
}

Result<void> add_raw_segment(Message& message, std::size_t where, std::string_view raw, const Delimiters& from) {
  const auto name = raw.substr(0, raw.find(from.field));
  if (!is_name(name)) return refused("\"" + std::string(name) + "\" is no segment's name");
  if (name == "MSH") return refused("a message has one MSH");
  if (where == 0 || where > message.size()) return refused("a segment goes after the MSH");
  message.insert_segment(where, redelimit(raw, from, message.delimiters()));
  return {};
}

Result<void> remove_segment(Message& message, std::size_t where) {
  if (where == 0 || where >= message.size()) return refused("the MSH stays");
  message.erase_segment(where);
  return {};
}

std::optional<Path> anchored(const Message& message, const Path& path, const Group& group) {
  if (path.occurrence.kind == Kind::all || path.occurrence.kind == Kind::next) return path;
  Path whole;
  whole.segment = path.segment;
  whole.occurrence = path.occurrence;
  const auto found = first_match(message, whole, &group);
  if (!found) return std::nullopt;
  Path out = path;
  out.occurrence = {Kind::number, static_cast<int>(found->place.occurrence), {}};
  return out;
}

}  // namespace pons::hl7
