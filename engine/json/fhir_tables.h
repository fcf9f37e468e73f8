#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The generated rows behind engine/json/fhir.h.
namespace pons::json::tables {

struct ElementRow {
  std::string_view name, type;
  bool is_list, required;
  std::string_view codes, targets;  // "preliminary|final"; empty: any
};
/// `size` elements from `first` on. Sorted by name.
struct TypeRow {
  std::string_view name;
  bool is_resource;
  std::uint16_t first, size;
};
extern const std::span<const ElementRow> elements;
extern const std::span<const TypeRow> types;
/// Sorted.
extern const std::span<const std::string_view> primitives;

}  // namespace pons::json::tables
