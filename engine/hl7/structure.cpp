#include "engine/hl7/structure.h"

#include <algorithm>
#include <optional>

namespace pons::hl7 {
namespace {

using Indices = std::vector<std::size_t>;

constexpr std::size_t kMostHeld = 1'000'000;  // segments, by all groups of a split

/// One group while it is collected.
struct Draft {
  Indices head;  // shared segments before it
  Indices own;
};

/// The groups as they are made. Every one copies what it shares: past the limit there are too many, and no more is
/// kept.
class Drafts {
 public:
  /// False: too many.
  bool add(Draft draft) {
    held_ += draft.head.size() + draft.own.size();
    all_.push_back(std::move(draft));
    return !are_too_many();
  }
  bool are_too_many() const { return held_ > kMostHeld; }
  std::vector<Draft>& all() { return all_; }
  Draft& last() { return all_.back(); }

 private:
  std::vector<Draft> all_;
  std::size_t held_ = 0;
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

Drafts split_orders(const Message& message) {
  Drafts drafts;
  Indices head;
  bool in_head = true;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool orc = message.is(i, "ORC");
    const bool obr = message.is(i, "OBR");
    if (!in_head && message.is(i, "PID")) {
      head = head_for_next_patient(message, head, i);
      in_head = true;
    } else if (orc || (obr && (in_head || holds(message, drafts.last().own, "OBR")))) {
      if (!drafts.add({head, {i}})) break;
      in_head = false;
    } else if (in_head) {
      head.push_back(i);
    } else {
      drafts.last().own.push_back(i);
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

Drafts orders(const Message& message) {
  Drafts drafts = split_orders(message);
  share_single_zds(message, drafts.all());
  return drafts;
}

/// Splits one order into itself and each of its `leader`s with the notes that follow it.
void split_inside(const Message& message, const Draft& order, std::string_view leader, Drafts& out) {
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
  for (const Indices& item : items)
    if (!out.add({order.head, merged(context, item)})) return;
}

Drafts split_orders_by(const Message& message, std::string_view leader) {
  Drafts whole = orders(message);
  if (whole.are_too_many()) return whole;
  Drafts out;
  for (const Draft& order : whole.all()) {
    split_inside(message, order, leader, out);
    if (out.are_too_many()) break;
  }
  return out;
}

Drafts split_plain(const Message& message, std::string_view leader) {
  Drafts drafts;
  Indices head;
  bool in_head = true;
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message.is(i, leader)) {
      if (!drafts.add({head, {i}})) break;
      in_head = false;
    } else {
      (in_head ? head : drafts.last().own).push_back(i);
    }
  }
  return drafts;
}

Drafts drafts_for(const Message& message, std::string_view leader) {
  if (leader == "OBR" || leader == "ORC") return orders(message);
  if (leader == "MRG" || leader == "PID") return split_plain(message, "PID");
  const bool inside_order = leader == "IPC" || leader == "OBX" || leader == "TQ1" || leader == "SPM";
  if (inside_order && (message.locate("OBR") || message.locate("ORC"))) return split_orders_by(message, leader);
  return split_plain(message, leader);
}

}  // namespace

bool Group::has(std::size_t segment) const {
  return std::binary_search(segments.begin(), segments.end(), segment);
}

bool Group::is_shared(std::size_t segment) const {
  return std::binary_search(shared.begin(), shared.end(), segment);
}

Result<std::vector<Group>> split(const Message& message, std::string_view leader) {
  Drafts drafts = drafts_for(message, leader);
  if (drafts.are_too_many())
    return refused("every " + std::string(leader) + " would hold too many shared segments", std::string(leader), 100);
  std::vector<Group> groups;
  for (const Draft& draft : drafts.all()) groups.push_back(finish(draft, leader));
  return groups;
}

}  // namespace pons::hl7
