#include "engine/expr/datatype.h"

#include <algorithm>

namespace pons {

namespace {

/// The versions by how near they are: itself, the higher ones upward, the lower ones downward.
template <class Predicate>
std::string_view first_version(std::string_view version, Predicate&& has_it) {
  const auto& all = hl7::versions();
  const auto own = std::find(all.begin(), all.end(), hl7::nearest_version(version));
  const auto higher = std::find_if(own, all.end(), has_it);
  if (higher != all.end()) return *higher;
  const auto lower = std::find_if(std::make_reverse_iterator(own), all.rend(), has_it);
  return lower != all.rend() ? *lower : std::string_view();
}

}  // namespace

std::string_view version_with_segment(std::string_view version, std::string_view segment) {
  return first_version(version, [&](std::string_view each) { return hl7::segment(each, segment) != nullptr; });
}

const std::vector<hl7::Element>* components_of(std::string_view version, std::string_view datatype) {
  const auto found =
      first_version(version, [&](std::string_view each) { return hl7::datatype(each, datatype) != nullptr; });
  const auto* components = found.empty() ? nullptr : hl7::datatype(found, datatype);
  return components == nullptr || components->empty() ? nullptr : components;
}

bool is_open(std::string_view datatype) {
  return datatype.empty() || datatype == "varies" || datatype == "CM" || datatype == "-" || datatype == "NUL" ||
         datatype == "*";
}

std::string_view datatype_of_part(std::string_view version, std::string_view datatype, int component,
                                  int subcomponent) {
  for (const int number : {component, subcomponent}) {
    if (number == 0) continue;
    const auto* components = components_of(version, datatype);
    if (components == nullptr) return number == 1 ? datatype : std::string_view();
    if (static_cast<std::size_t>(number) > components->size()) return {};
    datatype = (*components)[static_cast<std::size_t>(number) - 1].datatype;
  }
  return datatype;
}

std::string_view datatype_of(std::string_view version, const hl7::Path& path) {
  const auto known = version_with_segment(version, path.segment);
  const auto* field = known.empty() || path.field == 0
                          ? nullptr
                          : hl7::field(known, path.segment, static_cast<std::size_t>(path.field));
  return field == nullptr ? std::string_view()
                          : datatype_of_part(version, field->datatype, path.component, path.subcomponent);
}

}  // namespace pons
