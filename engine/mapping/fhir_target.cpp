#include "engine/mapping/fhir_target.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/mapping/convert_fhir.h"

namespace pons {
namespace {

std::string listed(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

class Checker {
 public:
  explicit Checker(Findings& findings) : findings_(findings) {}

  void check(std::vector<TargetField>& fields, std::string_view type, Span at) {
    const auto before = findings_.all().size();
    for (TargetField& field : fields) check(field, type);
    refuse_duplicates(
        fields, [](const TargetField& a, const TargetField& b) { return a.name == b.name; }, findings_);
    if (findings_.all().size() == before) required(fields, type, at);
  }

 private:
  void check(TargetField& field, std::string_view type) {
    field.element = json::fhir_element(type, field.name);
    if (field.element == nullptr) return unknown(field, type);
    const json::FhirElement& element = *field.element;
    if (field.is_list && field.items.size() > 1 && !element.is_list) {
      findings_.error("E0242", field.items[1].span, field.name + " of a FHIR " + std::string(type) + " has one value",
                      "", "write:  " + field.name + ": A else B");
      return;
    }
    for (TargetItem& item : field.items) {
      if (item.value)
        constant(element, item);
      else
        block(element, item, field);
    }
  }

  void unknown(const TargetField& field, std::string_view type) {
    std::vector<std::string> names;
    if (const auto* elements = json::fhir_type(type))
      for (const json::FhirElement& element : *elements) names.emplace_back(element.name);
    const std::string near = nearest(field.name, names);
    findings_.error("E0241", field.span, "a FHIR " + std::string(type) + " has no element \"" + field.name + "\"",
                    near.empty() ? "" : "did you mean " + near + "?", "see: hl7.org/fhir/R4");
  }

  void constant(const json::FhirElement& element, const TargetItem& item) {
    const auto text = item.value->constant_text();
    if (!text || !json::is_fhir_primitive(element.type)) return;
    const auto made = fhir_primitive(element, Value::text(*text), Zone());
    if (made) return;
    if (made.fault().code != 103) {
      findings_.error("E0245", item.span, made.fault().text, {},
                      std::string(element.name) + " is a " + std::string(element.type));
      return;
    }
    const std::string near = nearest(*text, {element.codes.begin(), element.codes.end()});
    findings_.error("E0244", item.span, "\"" + *text + "\" is not a " + std::string(element.name),
                    near.empty() ? "" : "did you mean " + near + "?",
                    std::string(element.name) + " takes " + listed(element.codes));
  }

  void block(const json::FhirElement& element, TargetItem& item, const TargetField& field) {
    if (json::is_fhir_primitive(element.type)) {
      findings_.error("E0202", field.span, field.name + " is a " + std::string(element.type) + ", which has no members",
                      {}, "write its value on the same line");
      return;
    }
    check(item.members, element.type, field.span);
  }

  void required(const std::vector<TargetField>& fields, std::string_view type, Span at) {
    const auto* elements = json::fhir_type(type);
    if (elements == nullptr) return;
    for (const json::FhirElement& element : *elements) {
      const bool is_mapped = std::any_of(fields.begin(), fields.end(), [&](const TargetField& field) {
        return field.element == &element && !field.removes;
      });
      if (!element.required || is_mapped) continue;
      findings_.error("E0243", at, "a FHIR " + std::string(type) + " needs " + std::string(element.name),
                      "nothing is mapped to it", "write a line for  " + std::string(element.name) + ":");
    }
  }

  Findings& findings_;
};

class Builder {
 public:
  explicit Builder(std::vector<Mapped>* mapped) : mapped_(mapped) {}

  /// `said`: a member that depends on the message was given.
  Result<void> fill(json::Value& object, const std::vector<TargetField>& fields, std::string_view type,
                    const Scope& scope, const std::string& prefix, bool& said) {
    for (const TargetField& field : fields) {
      auto values = values_of(field, type, scope, prefix + field.name, said);
      if (!values) return values.fault();
      if (values->empty()) continue;
      if (!field.element->is_list) {
        object[field.name] = std::move(values->front());
        continue;
      }
      for (json::Value& value : *values) object[field.name].push(std::move(value));
    }
    return {};
  }

 private:
  Result<std::vector<json::Value>> values_of(const TargetField& field, std::string_view type, const Scope& scope,
                                             const std::string& path, bool& said) {
    std::vector<json::Value> values;
    const auto added = for_each_given(field, scope, [&](const TargetItem& item, const Scope& inside) -> Result<void> {
      const std::string at = values.empty() ? path : path + '[' + std::to_string(values.size() + 1) + ']';
      auto made = item.value ? from_value(field, item, type, inside, at, said) : block(field, item, inside, at, said);
      if (!made) return made.fault();
      if (!field.element->is_list && values.size() + made->size() > 1)
        return at_target(refused("several values, and it takes one; choose one, or  | join(\", \")", {}, 102), path,
                         item, Value());
      for (json::Value& value : *made) values.push_back(std::move(value));
      return {};
    });
    if (!added) return added.fault();
    return values;
  }

  Result<std::vector<json::Value>> from_value(const TargetField& field, const TargetItem& item, std::string_view type,
                                              const Scope& scope, const std::string& path, bool& said) {
    auto value = value_for(item, scope);
    if (!value) return at_target(value.fault(), path, item, Value());
    auto made = fhir_values(*field.element, type, *value, scope.zone);
    if (!made) return at_target(made.fault(), path, item, *value);
    if (made->empty()) return made;
    said = said || item.reads;
    note_mapped(mapped_, path, item, *value);
    return made;
  }

  Result<std::vector<json::Value>> block(const TargetField& field, const TargetItem& item, const Scope& scope,
                                         const std::string& path, bool& said) {
    json::Value object = json::Value::object();
    bool inner = false;
    if (auto done = fill(object, item.members, field.element->type, scope, path + '.', inner); !done)
      return done.fault();
    if (object.members().empty() || (item.reads && !inner)) return std::vector<json::Value>();
    said = said || inner;
    return std::vector<json::Value>{std::move(object)};
  }

  std::vector<Mapped>* mapped_;
};

}  // namespace

void check_fhir(std::vector<TargetField>& fields, const Target& target, Span out, Findings& findings) {
  Checker(findings).check(fields, target.type, out);
}

Result<json::Value> build_fhir(const std::vector<TargetField>& fields, const Target& target, const Scope& scope,
                               std::vector<Mapped>* mapped) {
  json::Value resource = json::Value::object();
  resource["resourceType"] = target.type;
  bool said = false;
  if (auto done = Builder(mapped).fill(resource, fields, target.type, scope, "", said); !done) return done.fault();
  return resource;
}

}  // namespace pons
