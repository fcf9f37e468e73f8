#include "engine/hl7/structure.h"

#include <algorithm>
#include <optional>

namespace pons::hl7 {
namespace {

using Indices = std::vector<std::size_t>;

constexpr std::size_t kMostHeld = 1'000'000;  // segments, by all groups of a split
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// One group while it is collected.
struct Draft {
  Indices head;  // shared segments before it
  Indices own;
};

Indices merged(const Indices& a, const Indices& b) {
  Indices out(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), out.begin());
  return out;
}

Group finish(const Draft& draft, std::string_view name) {
  return {std::string(name), merged(draft.head, draft.own), draft.head};
}

bool holds(const Message& message, const Indices& segments, std::string_view name) {
  return std::any_of(segments.begin(), segments.end(), [&](std::size_t i) { return message.is(i, name); });
}

/// The head of a further patient's orders: what came before the first PID, then this one.
Indices head_for_next_patient(const Message& message, const Indices& head, std::size_t pid) {
  const auto first_pid = std::find_if(head.begin(), head.end(), [&](std::size_t i) { return message.is(i, "PID"); });
  Indices out(head.begin(), first_pid);
  out.push_back(pid);
  return out;
}

std::vector<Draft> split_orders(const Message& message) {
  std::vector<Draft> drafts;
  Indices head;
  bool in_head = true;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool orc = message.is(i, "ORC");
    const bool obr = message.is(i, "OBR");
    if (!in_head && message.is(i, "PID")) {
      head = head_for_next_patient(message, head, i);
      in_head = true;
    } else if (orc || (obr && (in_head || holds(message, drafts.back().own, "OBR")))) {
      drafts.push_back({head, {i}});
      in_head = false;
    } else if (in_head) {
      head.push_back(i);
    } else {
      drafts.back().own.push_back(i);
    }
  }
  return drafts;
}

/// IHE RAD TF-2 4.4 (v2.3.1): one ZDS after the last ORC and OBR gives the Study Instance UID of every order.
void share_single_zds(const Message& message, std::vector<Draft>& drafts) {
  const auto zds = message.locate("ZDS");
  if (drafts.size() < 2 || !zds || message.locate("ZDS", 2)) return;
  Indices& last = drafts.back().own;
  const auto at = std::find(last.begin(), last.end(), *zds);
  if (at == last.end()) return;
  last.erase(at);
  for (Draft& draft : drafts) draft.head.push_back(*zds);
}

std::vector<Draft> orders(const Message& message) {
  auto drafts = split_orders(message);
  share_single_zds(message, drafts);
  return drafts;
}

/// Splits one order into itself and each of its `leader`s with the notes that follow it.
void split_inside(const Message& message, const Draft& order, std::string_view leader, std::vector<Draft>& out) {
  Indices context;
  std::vector<Indices> items;
  bool in_item = false;
  for (const std::size_t i : order.own) {
    if (message.is(i, leader)) {
      items.push_back({i});
      in_item = true;
    } else if (in_item && message.is(i, "NTE")) {
      items.back().push_back(i);
    } else {
      context.push_back(i);
      in_item = false;
    }
  }
  for (const Indices& item : items) out.push_back({order.head, merged(context, item)});
}

std::vector<Draft> split_orders_by(const Message& message, std::string_view leader) {
  std::vector<Draft> out;
  for (const Draft& order : orders(message)) split_inside(message, order, leader, out);
  return out;
}

std::vector<Draft> split_plain(const Message& message, std::string_view leader) {
  std::vector<Draft> drafts;
  Indices head;
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message.is(i, leader))
      drafts.push_back({head, {i}});
    else if (drafts.empty())
      head.push_back(i);
    else
      drafts.back().own.push_back(i);
  }
  return drafts;
}

bool splits_orders(const Message& message, std::string_view leader) {
  if (leader == "OBR" || leader == "ORC") return true;
  const bool inside_order = leader == "IPC" || leader == "OBX" || leader == "TQ1" || leader == "SPM";
  return inside_order && (message.locate("OBR") || message.locate("ORC"));
}

std::vector<Draft> drafts_for(const Message& message, std::string_view leader) {
  if (leader == "OBR" || leader == "ORC") return orders(message);
  if (splits_orders(message, leader)) return split_orders_by(message, leader);
  return split_plain(message, leader == "MRG" ? "PID" : leader);
}

// What groups will hold, or a little more, counted without making them.

/// As split_orders() and split_inside() go through them; an ORC and its OBR count twice.
std::size_t held_by_orders(const Message& message, std::string_view leader) {
  const bool whole_orders = leader == "OBR" || leader == "ORC";
  std::size_t held = 0, head = 0, before_pid = kNone, own = 0, items = 0;
  const auto end_order = [&] {
    held += (1 + (whole_orders ? 0 : items)) * (head + own);
    own = items = 0;
  };
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool is_pid = message.is(i, "PID");
    const bool begins = message.is(i, "ORC") || message.is(i, "OBR");
    if (own != 0 && (is_pid || begins)) end_order();
    if (is_pid && before_pid == kNone) before_pid = head;
    if (is_pid) head = before_pid;
    const bool in_head = own == 0 && !begins;
    ++(in_head ? head : own);
    if (!in_head) items += message.is(i, leader);
  }
  end_order();
  return held;
}

std::size_t held_by_plain(const Message& message, std::string_view leader) {
  std::size_t before = 0, groups = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    groups += message.is(i, leader);
    before += groups == 0;
  }
  return groups * before + message.size();
}

std::size_t held_by_groups(const Message& message, std::string_view leader) {
  if (splits_orders(message, leader)) return held_by_orders(message, leader);
  return held_by_plain(message, leader == "MRG" ? "PID" : leader);
}

}  // namespace

bool Group::has(std::size_t segment) const {
  return std::binary_search(segments.begin(), segments.end(), segment);
}

bool Group::is_shared(std::size_t segment) const {
  return std::binary_search(shared.begin(), shared.end(), segment);
}

std::vector<Group> split(const Message& message, std::string_view leader) {
  std::vector<Group> groups;
  for (const Draft& draft : drafts_for(message, leader)) groups.push_back(finish(draft, leader));
  return groups;
}

Result<void> check_split(const Message& message, std::string_view leader) {
  if (held_by_groups(message, leader) <= kMostHeld) return {};
  return refused("every " + std::string(leader) + " would hold too many shared segments", std::string(leader), 100);
}

}  // namespace pons::hl7
