#include "engine/mapping/map.h"

#include <utility>

#include "engine/expr/numbered.h"
#include "engine/json/fhir.h"
#include "engine/mapping/dicom_target.h"
#include "engine/mapping/fhir_target.h"
#include "engine/mapping/hl7_target.h"
#include "engine/mapping/target_field.h"

namespace pons {
namespace {

using Kind = Target::Kind;

bool has_value(const json::Value& object, std::string_view path) {
  const auto dot = path.find('.');
  const json::Value* member = object.find(path.substr(0, dot));
  if (member == nullptr || member->is_null()) return false;
  if (dot == std::string_view::npos) return !member->is_array() || !member->items().empty();
  return member->is_array() && !member->items().empty() && has_value(member->items().front(), path.substr(dot + 1));
}

std::string missing_element(const json::Value& object, std::string_view type) {
  const auto* elements = json::fhir_type(type);
  if (elements == nullptr) return "";
  for (const json::FhirElement& element : *elements) {
    const json::Value* member = object.find(element.name);
    if (member == nullptr) {
      if (element.required) return std::string(element.name);
      continue;
    }
    const auto items = member->is_array() ? member->items() : std::vector<json::Value>{*member};
    for (const json::Value& item : items)
      if (std::string inner = missing_element(item, element.type); item.is_object() && !inner.empty())
        return std::string(element.name) + "." + inner;
  }
  return "";
}

}  // namespace

Result<Document> Map::build(const Scope& scope, std::vector<Mapped>* mapped) const {
  if (target_.kind == Kind::hl7) {
    auto message = build_hl7(*fields_, target_, starts_with_copy_, scope, mapped);
    return message ? Result<Document>(*std::move(message)) : Result<Document>(message.fault());
  }
  auto object = target_.kind == Kind::fhir ? build_fhir(*fields_, target_, scope, mapped)
                                           : build_dicom(*fields_, target_.kind, scope, mapped);
  return object ? Result<Document>(*std::move(object)) : Result<Document>(object.fault());
}

Result<std::string> Map::identity(const Scope& scope) const {
  if (!identity_) return std::string();
  const auto value = identity_->value(scope);
  if (!value) return value.fault();
  if (!value->has_value()) return std::string();
  Numbered said = Numbered::of(*value, Value());
  if (said.identifier.authority.empty()) said.identifier.authority = said.universal;
  return said.identifier.authority.empty() ? said.identifier.value : said.identifier.key();
}

Result<void> Map::complete(const Document& document) const {
  const auto* object = std::get_if<json::Value>(&document);
  if (object == nullptr) return {};
  std::string missing;
  if (target_.kind == Kind::fhir) {
    missing = missing_element(*object, target_.type);
  } else {
    for (const std::string& path : required_targets(target_.kind))
      if (missing.empty() && !has_value(*object, path)) missing = path;
  }
  if (missing.empty()) return {};
  Fault fault = refused(missing + " is required, and the message gives no value for it", {}, 101);
  fault.line = span_.where();
  return fault;
}

}  // namespace pons
