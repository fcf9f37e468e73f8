#include "engine/json/fhir.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/json/fhir_tables.h"

namespace pons::json {
namespace {

using Elements = std::vector<FhirElement>;

std::vector<std::string_view> words(std::string_view text) {
  return text.empty() ? std::vector<std::string_view>() : split(text, '|');
}

FhirElement element_of(const tables::ElementRow& row) {
  return {row.name, row.type, row.is_list, row.required, words(row.codes), words(row.targets)};
}

/// Beside tables::types.
std::vector<Elements> read_types() {
  std::vector<Elements> types;
  types.reserve(tables::types.size());
  for (const tables::TypeRow& row : tables::types) {
    Elements& own = types.emplace_back();
    for (const tables::ElementRow& each : tables::elements.subspan(row.first, row.size))
      own.push_back(element_of(each));
  }
  return types;
}

const tables::TypeRow* row_of(std::string_view name) {
  const auto rows = tables::types;
  const auto row =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const tables::TypeRow& each, std::string_view wanted) { return each.name < wanted; });
  return row != rows.end() && row->name == name ? &*row : nullptr;
}

}  // namespace

const std::vector<FhirElement>* fhir_type(std::string_view name) {
  static const std::vector<Elements> types = read_types();
  const tables::TypeRow* row = row_of(name);
  return row ? &types[static_cast<std::size_t>(row - tables::types.data())] : nullptr;
}

const FhirElement* fhir_element(std::string_view type, std::string_view name) {
  const auto* elements = fhir_type(type);
  if (!elements) return nullptr;
  const auto found =
      std::find_if(elements->begin(), elements->end(), [&](const FhirElement& each) { return each.name == name; });
  return found == elements->end() ? nullptr : &*found;
}

bool is_fhir_resource(std::string_view name) {
  const tables::TypeRow* row = row_of(name);
  return row && row->is_resource;
}

bool is_fhir_primitive(std::string_view type) {
  return std::binary_search(tables::primitives.begin(), tables::primitives.end(), type);
}

}  // namespace pons::json
