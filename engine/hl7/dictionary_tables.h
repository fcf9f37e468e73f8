#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/hl7/dictionary.h"

/// The generated rows behind engine/hl7/dictionary.h. A row is shared by the versions that say the same.
namespace pons::hl7::tables {

/// Bit n: versions()[n].
using Versions = std::uint16_t;

/// A segment or a data type: `size` elements from `first` on. Sorted by name.
struct ListRow {
  std::string_view name, title;
  Versions versions;
  std::uint16_t first, size;
};
extern const std::span<const Element> elements;
extern const std::span<const ListRow> segments, datatypes;

/// A message structure in the notation of HL7 v2 ch. 2.12: [optional] {repeating} <one|of|these> GROUP(members). Sorted
/// by name.
struct StructureRow {
  std::string_view name;
  Versions versions;
  std::string_view grammar;
};
extern const std::span<const StructureRow> structures;

/// "ADT_A08" has the structure "ADT_A01". Sorted by name.
struct EventRow {
  std::string_view name;
  Versions versions;
  std::string_view structure;
};
extern const std::span<const EventRow> events;

struct CodeRow {
  std::string_view code, meaning;
  Versions versions;
};
/// `size` codes from `first` on. Sorted by number.
struct TableRow {
  int number;
  std::uint16_t first, size;
};
extern const std::span<const CodeRow> codes;
extern const std::span<const TableRow> tables;

}  // namespace pons::hl7::tables
