#include "engine/mapping/hl7_place.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace pons {
namespace {

/// A segment of the structure, all groups opened.
struct Slot {
  std::string_view name;
  std::size_t end = 0;  // behind the innermost repeating group that it leads, or behind itself
};

bool is_segment(const hl7::StructureNode& node) {
  return node.children.empty();
}

void open(const hl7::StructureNode& node, std::vector<Slot>& slots) {
  if (is_segment(node)) {
    slots.push_back({node.name, slots.size() + 1});
    return;
  }
  const std::size_t first = slots.size();
  for (const hl7::StructureNode& child : node.children) open(child, slots);
  if (!node.repeats || slots.size() == first) return;
  // What leads the innermost group has its end already.
  if (Slot& leader = slots[first]; leader.end == first + 1) leader.end = slots.size();
}

std::vector<Slot> slots_of(const hl7::StructureNode& structure) {
  std::vector<Slot> slots;
  for (const hl7::StructureNode& child : structure.children) open(child, slots);
  return slots;
}

std::optional<std::size_t> slot_from(const std::vector<Slot>& slots, std::string_view name, std::size_t from) {
  for (std::size_t i = from; i < slots.size(); ++i)
    if (slots[i].name == name) return i;
  return {};
}

std::optional<std::size_t> slot_before(const std::vector<Slot>& slots, std::string_view name, std::size_t end) {
  for (std::size_t i = end; i > 0; --i)
    if (slots[i - 1].name == name) return i - 1;
  return {};
}

/// The slot of a segment that follows one in slot `at`: another repetition of a group that `at` is in, else the next of
/// its name, else the nearest before.
std::optional<std::size_t> slot_after(const std::vector<Slot>& slots, std::string_view name, std::size_t at) {
  const auto before = slot_before(slots, name, at + 1);
  if (before && slots[*before].end > at) return before;
  const auto next = slot_from(slots, name, at);
  return next ? next : before;
}

/// Which slot each segment of the message stands in. What the structure does not know stays with the segment before it.
std::vector<std::size_t> ranks_of(const hl7::Message& message, const std::vector<Slot>& slots) {
  std::vector<std::size_t> ranks;
  std::size_t at = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    at = slot_after(slots, message.name(i), at).value_or(at);
    ranks.push_back(at);
  }
  return ranks;
}

std::optional<std::size_t> slot_for(const std::vector<Slot>& slots, std::string_view name) {
  const auto order = slot_from(slots, "OBR", 0);
  const auto after = order ? slot_from(slots, name, *order) : std::nullopt;
  return after ? after : slot_from(slots, name, 0);
}

}  // namespace

std::size_t place_in(const hl7::Message& message, const hl7::StructureNode& structure, std::string_view name) {
  const auto slots = slots_of(structure);
  const auto slot = slot_for(slots, name);
  if (!slot) return message.size();
  const std::size_t limit = message.locate(name) ? slots[*slot].end - 1 : *slot;
  const auto ranks = ranks_of(message, slots);
  for (std::size_t i = message.size(); i > 1; --i)
    if (ranks[i - 1] <= limit) return i;
  return 1;
}

bool has_segment(const hl7::StructureNode& structure, std::string_view name) {
  if (is_segment(structure)) return structure.name == name;
  return std::any_of(structure.children.begin(), structure.children.end(),
                     [&](const hl7::StructureNode& child) { return has_segment(child, name); });
}

}  // namespace pons
