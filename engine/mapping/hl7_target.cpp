#include "engine/mapping/hl7_target.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/hl7/dictionary.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/read.h"
#include "engine/hl7/structure.h"
#include "engine/mapping/convert_hl7.h"
#include "engine/mapping/hl7_place.h"
#include "engine/mapping/hl7_start.h"

namespace pons {
namespace {

using hl7::Path;
using hl7::State;
using Kind = hl7::Selector::Kind;

/// "OBR-4", "OBX[3]-5".
std::string shown(Path path) {
  if (path.occurrence.kind == Kind::number && path.occurrence.number == 1) path.occurrence = {};
  return path.to_text();
}

class Builder {
 public:
  Builder(hl7::Message message, const Target& target, const Scope& scope, std::vector<Mapped>* mapped)
      : message_(std::move(message)), version_(hl7::nearest_version(target.version)), mapped_(mapped) {
    const auto caret = target.type.find('^');
    const auto name = hl7::structure_of(version_, target.type.substr(0, caret), target.type.substr(caret + 1));
    structure_ = name.empty() ? nullptr : hl7::structure(version_, name);
    if (scope.group) leader_ = scope.group->name;
  }

  Result<void> write(const std::vector<TargetField>& fields, const Scope& scope) {
    for (const TargetField& field : fields)
      if (auto done = top(field, scope); !done) return done;
    return {};
  }

  bool set_charset() const { return set_charset_; }
  hl7::Message& message() { return message_; }

 private:
  Result<void> top(const TargetField& field, const Scope& scope) {
    const Path& path = *field.path;
    if (field.removes) return path.field == 0 ? remove_segments(path) : remove(path);
    if (path.field == 0) return add_segments(field, scope);
    return place(field, anchor(path), scope);
  }

  // What leaves the message.

  /// Without a number it is every segment of that name: what shall never be sent is in none of them.
  static Path everywhere(Path path) {
    if (path.occurrence.kind == Kind::first) path.occurrence.kind = Kind::all;
    return path;
  }

  Result<void> remove(const Path& path) { return hl7::set(message_, everywhere(path), State::absent); }

  Result<void> remove_segments(const Path& path) {
    const auto found = hl7::find(message_, everywhere(path));
    std::vector<std::size_t> segments;
    for (std::size_t i = 0; i < message_.size(); ++i)
      for (const hl7::Found& each : found)
        if (message_.raw(i).data() == each.raw.data()) segments.push_back(i);
    for (auto it = segments.rbegin(); it != segments.rend(); ++it)
      if (auto done = hl7::remove_segment(message_, *it); !done) return done;
    return {};
  }

  // One more segment.

  Result<void> add_segments(const TargetField& field, const Scope& scope) {
    const std::string& name = field.path->segment;
    return for_each_given(field, scope, [&](const TargetItem& item, const Scope& outside) -> Result<void> {
      const std::size_t at = place_for(name);
      const int number = next_number(name, at);
      Scope inside = outside;
      inside.next_set_id = [number] { return number; };
      if (auto added = hl7::add_segment(message_, at, name); !added) return added;
      return fill_segment(item, message_.occurrence(at), inside);
    });
  }

  Result<void> fill_segment(const TargetItem& item, std::size_t occurrence, const Scope& scope) {
    for (const TargetField& member : item.members) {
      Path path = *member.path;
      path.occurrence = {Kind::number, static_cast<int>(occurrence), {}};
      if (auto done = place(member, path, scope); !done) return done;
    }
    return {};
  }

  std::size_t place_for(const std::string& name) const {
    return structure_ == nullptr ? message_.size() : place_in(message_, *structure_, name);
  }

  /// After the highest number of the segments of that name before it in its order.
  int next_number(const std::string& name, std::size_t before) const {
    int count = 0, highest = 0;
    for (std::size_t i = before; i > 0; --i) {
      if (message_.is(i - 1, "OBR") && name != "OBR") break;
      if (!message_.is(i - 1, name)) continue;
      ++count;
      const auto text = message_.raw_field(i - 1, 1).value_or(std::string_view());
      int number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      highest = std::max(highest, number);
    }
    return std::max(count, highest) + 1;
  }

  // One field.

  /// The place counted in the whole message: an order's first NTE is not the patient's.
  Path anchor(const Path& path) const {
    if (leader_.empty()) return path;
    const auto groups = hl7::split(message_, leader_);
    if (!groups || groups->size() != 1) return path;
    auto place = hl7::anchored(message_, path, groups->front());
    if (place || path.occurrence.kind != Kind::first) return place.value_or(path);
    Path missing = path;
    missing.occurrence.kind = Kind::next;
    return missing;
  }

  Result<void> place(const TargetField& field, const Path& path, const Scope& scope) {
    if (field.removes) return hl7::set(message_, path, State::absent);
    int given = 0;
    return for_each_given(field, scope, [&](const TargetItem& item, const Scope& inside) -> Result<void> {
      if (item.value) return value(item, place_of(field, path, given), inside, given);
      return block(item, path, inside, given);
    });
  }

  /// A list gives one repetition after the other, a single value the whole field.
  static Path place_of(const TargetField& field, Path path, int given) {
    if (field.is_list && path.component == 0 && path.repetition.kind == Kind::first && given > 0)
      path.repetition = {Kind::number, given + 1, {}};
    return path;
  }

  Result<void> value(const TargetItem& item, const Path& path, const Scope& scope, int& given) {
    auto value = value_for(item, scope);
    if (!value) return at_target(value.fault(), shown(path), item, Value());
    if (value->is_absent()) return {};
    ++given;
    return write(path, item, *value);
  }

  /// A repetition by its components. Without anything but constants it says nothing, and is left out.
  Result<void> block(const TargetItem& item, const Path& path, const Scope& scope, int& given) {
    std::vector<Given> parts;
    bool said = !item.reads;
    for (const TargetField& member : item.members) {
      const auto done =
          for_each_given(member, scope, [&](const TargetItem& inner, const Scope& inside) -> Result<void> {
            auto value = value_for(inner, inside);
            if (!value) return at_target(value.fault(), shown(path), inner, Value());
            if (value->is_absent()) return {};
            said = said || inner.reads;
            parts.push_back({&member, &inner, *std::move(value)});
            return {};
          });
      if (!done) return done;
    }
    if (!said || parts.empty()) return {};
    return write_parts(parts, path, given);
  }

  struct Given {
    const TargetField* member;
    const TargetItem* item;
    Value value;
  };

  Result<void> write_parts(const std::vector<Given>& parts, const Path& path, int& given) {
    const bool whole = path.repetition.kind == Kind::first;
    if (whole && given == 0)
      if (auto emptied = hl7::set(message_, path, State::absent); !emptied) return emptied;
    ++given;
    for (const Given& part : parts) {
      Path place = path;
      place.component = part.member->path->component;
      place.subcomponent = part.member->path->subcomponent;
      if (whole) place.repetition = {Kind::number, given, {}};
      if (auto done = write(place, *part.item, part.value); !done) return done;
    }
    return {};
  }

  Result<void> write(Path path, const TargetItem& item, const Value& value) {
    if (auto made = make_segment(path); !made) return made;
    auto written = write_hl7(message_, path, value, datatype_of(path), version_);
    if (!written) return at_target(written.fault(), shown(path), item, value);
    note_mapped(mapped_, shown(path), item, value);
    set_charset_ = set_charset_ || (path.segment == "MSH" && path.field == 18);
    return {};
  }

  Result<void> make_segment(Path& path) {
    if (path.occurrence.kind == Kind::next) {
      path.occurrence.kind = Kind::first;
      path = anchor(path);
    }
    const bool is_missing =
        path.occurrence.kind == Kind::next || (path.occurrence.kind == Kind::first && !message_.locate(path.segment));
    if (!is_missing) return {};
    const std::size_t at = place_for(path.segment);
    if (auto added = hl7::add_segment(message_, at, path.segment); !added) return added;
    path.occurrence = {Kind::number, static_cast<int>(message_.occurrence(at)), {}};
    return {};
  }

  /// What OBX-2 says where the standard says "varies".
  std::string_view datatype_of(const Path& path) const {
    const auto* field = hl7::field(version_, path.segment, static_cast<std::size_t>(path.field));
    if (field == nullptr || path.component == 0) return field == nullptr ? std::string_view() : field->datatype;
    const auto* component = hl7::component(version_, field->datatype, static_cast<std::size_t>(path.component));
    if (component == nullptr || path.subcomponent == 0)
      return component == nullptr ? std::string_view() : component->datatype;
    const auto* inner = hl7::component(version_, component->datatype, static_cast<std::size_t>(path.subcomponent));
    return inner == nullptr ? std::string_view() : inner->datatype;
  }

  hl7::Message message_;
  std::string_view version_;
  const hl7::StructureNode* structure_ = nullptr;
  std::string leader_;
  std::vector<Mapped>* mapped_;
  bool set_charset_ = false;
};

}  // namespace

Result<hl7::Message> build_hl7(const std::vector<TargetField>& fields, const Target& target, bool starts_with_copy,
                               const Scope& scope, std::vector<Mapped>* mapped) {
  auto start = starts_with_copy ? copied_start(target, scope) : empty_start(target, scope);
  if (!start) return start.fault();
  Builder builder(*std::move(start), target, scope, mapped);
  if (auto written = builder.write(fields, scope); !written) return written.fault();
  if (auto done = finish_charset(builder.message(), builder.set_charset()); !done) return done.fault();
  return std::move(builder.message());
}

}  // namespace pons
