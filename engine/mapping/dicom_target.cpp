#include "engine/mapping/dicom_target.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/mapping/convert_dicom.h"

namespace pons {
namespace {

using Kind = Target::Kind;

class Builder {
 public:
  explicit Builder(std::vector<Mapped>* mapped) : mapped_(mapped) {}

  /// `said`: a member that depends on the message was given.
  Result<json::Value> object(const std::vector<TargetField>& fields, const Scope& scope, const std::string& prefix,
                             bool& said) {
    json::Value object = json::Value::object();
    object.members().reserve(fields.size());
    for (const TargetField& field : fields) {
      const std::string path = prefix + field.attribute->keyword;
      auto value = is_sequence(field) ? sequence(field, scope, path, said) : values(field, scope, path, said);
      if (!value) return value.fault();
      if (*value) object[field.attribute->keyword] = **std::move(value);
    }
    return object;
  }

 private:
  using Member = std::optional<json::Value>;

  Result<Member> values(const TargetField& field, const Scope& scope, const std::string& path, bool& said) {
    std::vector<std::string> texts;
    bool is_null = false;
    const auto added = for_each_given(field, scope, [&](const TargetItem& item, const Scope& inside) -> Result<void> {
      auto value = value_for(item, inside);
      if (!value) return at_target(value.fault(), path, item, Value());
      auto converted = dicom_values(*field.attribute, *value, inside.zone);
      if (!converted) return at_target(converted.fault(), path, item, *value);
      is_null = is_null || value->is_null();
      if (converted->empty() && !value->is_null()) return {};
      said = said || item.reads;
      note_mapped(mapped_, path, item, *value);
      std::move(converted->begin(), converted->end(), std::back_inserter(texts));
      return {};
    });
    if (!added) return added.fault();
    if (texts.empty()) return is_null ? Member(json::Value()) : Member();
    if (too_many(field, texts.size()))
      return at_target(refused("more values than it takes", {}, 102), path, field.items.front(), Value());
    return Member(member(std::move(texts)));
  }

  static bool too_many(const TargetField& field, std::size_t count) {
    return field.attribute->vm_max && count > static_cast<std::size_t>(*field.attribute->vm_max);
  }

  static json::Value member(std::vector<std::string> texts) {
    if (texts.size() == 1) return json::Value(std::move(texts.front()));
    json::Value array = json::Value::array();
    for (std::string& text : texts) array.push(std::move(text));
    return array;
  }

  Result<Member> sequence(const TargetField& field, const Scope& scope, const std::string& path, bool& said) {
    json::Value items = json::Value::array();
    bool is_null = false;
    const auto added = for_each_given(field, scope, [&](const TargetItem& item, const Scope& inside) -> Result<void> {
      const std::size_t next = items.items().size() + 1;
      const std::string at = next == 1 ? path : path + '[' + std::to_string(next) + ']';
      if (item.value) return from_value(items, field, item, inside, at, said, is_null);
      bool inner = false;
      auto object = this->object(item.members, inside, at + '.', inner);
      if (!object) return object.fault();
      if (object->members().empty() || (item.reads && !inner)) return {};
      said = said || inner;
      items.push(*std::move(object));
      return {};
    });
    if (!added) return added.fault();
    if (!items.items().empty()) return Member(std::move(items));
    return is_null ? Member(json::Value()) : Member();
  }

  Result<void> from_value(json::Value& items, const TargetField& field, const TargetItem& item, const Scope& scope,
                          const std::string& path, bool& said, bool& is_null) {
    auto value = value_for(item, scope);
    if (!value) return at_target(value.fault(), path, item, Value());
    if (value->is_absent()) return {};
    said = said || item.reads;
    is_null = is_null || value->is_null();
    auto made = is_code_sequence(field) ? code_items(*value) : record_items(*value);
    if (!made) return at_target(made.fault(), path, item, *value);
    if (!made->empty() || value->is_null()) note_mapped(mapped_, path, item, *value);
    for (json::Value& one : *made) items.push(std::move(one));
    return {};
  }

  /// Items of a record or of an object that was built before, as they are.
  static Result<std::vector<json::Value>> record_items(const Value& value) {
    std::vector<json::Value> items;
    const auto values = value.kind() == Value::Kind::list ? value.items() : std::vector<Value>{value};
    for (const Value& each : values) {
      if (!each.has_value()) continue;
      if (each.kind() != Value::Kind::object) return refused("a text cannot fill a sequence", {}, 102);
      items.push_back(each.object());
    }
    return items;
  }

  std::vector<Mapped>* mapped_;
};

/// A worklist item leaves with the identifier that survived merges; the registry is told what the message says.
void put_survivor(json::Value& item, const Scope& scope) {
  const Identifier said{item.text_of("PatientID"), item.text_of("IssuerOfPatientID"), "MR"};
  if (said.empty()) return;
  const Identifier survivor = scope.survivor(said);
  if (survivor == said) return;
  item["PatientID"] = survivor.value;
  if (!survivor.authority.empty()) item["IssuerOfPatientID"] = survivor.authority;
}

}  // namespace

Result<json::Value> build_dicom(const std::vector<TargetField>& fields, Target::Kind kind, const Scope& scope,
                                std::vector<Mapped>* mapped) {
  bool said = false;
  auto object = Builder(mapped).object(fields, scope, "", said);
  if (object && kind == Kind::worklist && scope.survivor) put_survivor(*object, scope);
  return object;
}

bool is_sequence(const TargetField& field) {
  return field.attribute && field.attribute->vr == "SQ";
}

bool is_code_sequence(const TargetField& field) {
  return is_sequence(field) && field.attribute->keyword.ends_with("CodeSequence");
}

}  // namespace pons
