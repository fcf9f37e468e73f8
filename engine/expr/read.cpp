#include "engine/expr/evaluate.h"

#include <algorithm>

#include "engine/expr/datatype.h"
#include "engine/hl7/parts.h"

namespace pons {

namespace {

constexpr std::string_view kNull = "\"\"";
constexpr std::string_view kSteps = "ScheduledProcedureStepSequence";

/// OBX-5 is of the type that OBX-2 says.
std::string_view observation_type(const hl7::Found& found, const hl7::Message& message, const Extract& extract,
                                  const Scope& scope) {
  const auto type = message.raw_field(found.segment, 2).value_or(std::string_view());
  return datatype_of_part(scope.version, type, extract.path.component, extract.path.subcomponent);
}

std::string_view datatype_at(const hl7::Found& found, const hl7::Message& message, const Extract& extract,
                             const Scope& scope) {
  if (extract.path.field == 5 && extract.path.segment == "OBX") return observation_type(found, message, extract, scope);
  if (extract.version == scope.version) return extract.datatype;
  for (const auto& [version, datatype] : extract.datatypes)
    if (version == scope.version) return datatype;
  return extract.datatype;
}

Value to_value(hl7::Found found, const hl7::Message& message, const Extract& extract, const Scope& scope) {
  Field field{found.raw, found.delimiters, &scope.charset, extract.level, {}, {}, &message, found.segment};
  field.datatype = datatype_at(found, message, extract, scope);
  field.place = std::move(found.place);
  Value value = Value::field(std::move(field));
  if (found.state == hl7::State::null) return Value::null().with_origin(value);
  if (extract.is_delimiters) return Value::text(std::string(found.raw)).with_origin(value);
  return value;
}

/// The segments of a group, found again in the message as it was received: by name and number.
hl7::Group as_received(const hl7::Group& group, const hl7::Message& working, const hl7::Message& received) {
  hl7::Group out;
  out.name = group.name;
  for (const std::size_t segment : group.segments) {
    const auto same = received.locate(working.name(segment), working.occurrence(segment));
    if (!same) continue;
    out.segments.push_back(*same);
    if (group.is_shared(segment)) out.shared.push_back(*same);
  }
  std::sort(out.segments.begin(), out.segments.end());
  std::sort(out.shared.begin(), out.shared.end());
  return out;
}

std::vector<Value> read_in(const hl7::Message& message, const hl7::Group* group, const Extract& extract,
                           const Scope& scope, bool each) {
  std::vector<Value> out;
  if (each || extract.path.is_list()) {
    // A condition beside [*] takes every segment that fits: the lines of a report are an OBX each.
    for (hl7::Found& found : hl7::find_each(message, extract.path, group))
      out.push_back(to_value(std::move(found), message, extract, scope));
  } else if (auto found = hl7::first_match(message, extract.path, group)) {
    out.push_back(to_value(std::move(*found), message, extract, scope));
  }
  return out;
}

/// A part of a field, as `id.4` of `id in PID-3[*]`.
Value part_of(const Value& whole, const Extract& extract) {
  const Field& field = whole.as_field();
  std::string_view raw = field.raw;
  const bool is_field = field.level == Field::Level::field;
  const std::pair<char, int> steps[] = {{field.delimiters.component, is_field ? extract.path.component : 0},
                                        {field.delimiters.subcomponent, extract.path.subcomponent}};
  for (const auto& [separator, number] : steps)
    if (number != 0 && raw != kNull)
      raw = hl7::part(raw, separator, static_cast<std::size_t>(number)).value_or(std::string_view());
  if (raw.empty()) return {};
  Field part = field;
  part.raw = raw;
  part.level = extract.level;
  part.datatype = extract.datatype;
  if (is_field) part.place.component = extract.path.component;
  if (extract.path.subcomponent != 0) part.place.subcomponent = extract.path.subcomponent;
  if (part.place.offset != hl7::Place::kNotReceived)
    part.place.offset += static_cast<std::size_t>(raw.data() - field.raw.data());
  part.place.length = raw.size();
  Value value = Value::field(std::move(part));
  return raw == kNull ? Value::null().with_origin(value) : value;
}

const json::Value* item_of(const json::Value& at, std::size_t number) {
  if (!at.is_array()) return number <= 1 ? &at : nullptr;
  const std::size_t index = number == 0 ? 0 : number - 1;
  return index < at.items().size() ? &at.items()[index] : nullptr;
}

const json::Value* member_of(const json::Value& at, const std::string& key) {
  const json::Value* object = item_of(at, 0);
  return object == nullptr ? nullptr : object->find(key);
}

/// A worklist item's step attributes are found inside its sequence too.
const json::Value* first_member(const json::Value& at, const std::string& key) {
  if (const json::Value* found = member_of(at, key)) return found;
  const json::Value* steps = member_of(at, std::string(kSteps));
  return steps == nullptr ? nullptr : member_of(*steps, key);
}

Value inside(const Value& value, const std::vector<Member>& members) {
  if (value.kind() != Value::Kind::object) return {};
  const json::Value* at = &value.object();
  bool first = true;
  for (const Member& member : members) {
    if (!member.key.empty()) at = first ? first_member(*at, member.key) : member_of(*at, member.key);
    first = false;
    if (at != nullptr && member.number != 0) at = item_of(*at, member.number);
    if (at == nullptr) return {};
  }
  return Value::of(value.shared_object(), *at);
}

}  // namespace

std::vector<Value> read_all(const Extract& extract, const Scope& scope, bool each) {
  const hl7::Message* message = extract.received ? scope.received : scope.message;
  if (message == nullptr) return {};
  const bool moved =
      extract.received && scope.group != nullptr && scope.message != nullptr && scope.message->is_changed();
  if (!moved) return read_in(*message, scope.group, extract, scope, each);
  const hl7::Group group = as_received(*scope.group, *scope.message, *message);
  return read_in(*message, &group, extract, scope, each);
}

Value read(const Extract& extract, const Scope& scope) {
  if (!extract.received && !extract.path.is_list() && scope.message != nullptr) {
    auto found = hl7::first_match(*scope.message, extract.path, scope.group);
    return found ? to_value(std::move(*found), *scope.message, extract, scope) : Value();
  }
  auto all = read_all(extract, scope, false);
  if (extract.path.is_list()) return Value::list(std::move(all));
  return all.empty() ? Value() : std::move(all.front());
}

std::vector<Value> read_loop(const Term& term, const Scope& scope, bool each) {
  const Value* bound = scope.find(term.text);
  if (bound == nullptr || bound->is_absent()) return {};
  const Extract& extract = term.extract;
  if (bound->kind() != Value::Kind::field) return {*bound};
  const Field& field = bound->as_field();
  if (field.level == Field::Level::segment && extract.path.field != 0)
    return read_in(*field.message, std::make_unique<hl7::Group>(hl7::Group{{}, {field.segment}, {}}).get(), extract,
                   scope, each);
  if (field.level >= extract.level) return {*bound};
  Value part = part_of(*bound, extract);
  return part.is_absent() ? std::vector<Value>() : std::vector<Value>{std::move(part)};
}

Value read_name(const Term& term, const Scope& scope) {
  const Value* bound = scope.find(term.text);
  if (bound == nullptr) return {};
  if (term.members.empty()) return *bound;
  if (bound->kind() != Value::Kind::list) return inside(*bound, term.members);
  std::vector<Member> members = term.members;
  const std::size_t index = members.front().key.empty() ? members.front().number - 1 : 0;
  if (index >= bound->items().size()) return {};
  if (members.front().key.empty()) members.erase(members.begin());
  return members.empty() ? bound->items()[index] : inside(bound->items()[index], members);
}

}  // namespace pons
