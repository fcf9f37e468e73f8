#include <algorithm>

#include "adapters/memory/store.h"
#include "engine/records/joined_lanes.h"

namespace pons {

namespace {

bool keeps_its_lanes(const Parcel& parcel) {
  return parcel.state == Parcel::State::queued || parcel.state == Parcel::State::held;
}

bool has(const std::vector<std::string>& lanes, const std::string& lane) {
  return std::find(lanes.begin(), lanes.end(), lane) != lanes.end();
}

}  // namespace

std::vector<MemoryStore::Waiting*> MemoryStore::heads(const std::string& outlet) {
  std::vector<Waiting*> heads;
  std::set<std::string> taken;  // lanes
  for (const std::int64_t id : state_.open[outlet]) {
    Waiting& each = state_.parcels.at(id);
    const auto& lanes = each.parcel.lanes;
    if (std::none_of(lanes.begin(), lanes.end(), [&](const auto& lane) { return taken.contains(lane); }))
      heads.push_back(&each);
    taken.insert(lanes.begin(), lanes.end());
  }
  return heads;
}

Parcels::Claim MemoryStore::claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) {
  std::lock_guard lock(mutex_);
  return lease(heads(outlet), limit, now, until);
}

Parcels::Claim MemoryStore::claim_numbered(const std::string& outlet, Instant now, Instant until) {
  std::lock_guard lock(mutex_);
  for (const std::int64_t id : state_.open[outlet])
    if (Waiting& open = state_.parcels.at(id); open.parcel.number) {
      Claim claim = lease({&open}, 1, now, until);
      if (!claim.parcels.empty()) open.parcel.number_was_sent = true;
      return claim;
    }
  Claim claim = lease(heads(outlet), 1, now, until);
  for (Parcel& each : claim.parcels) {
    Parcel& kept = state_.parcels.at(each.id).parcel;
    each.number = kept.number = ++state_.last_number[outlet];
    kept.number_was_sent = true;
  }
  return claim;
}

Parcels::Claim MemoryStore::lease(std::vector<Waiting*> candidates, std::size_t limit, Instant now, Instant until) {
  std::vector<Waiting*> free;
  for (Waiting* each : candidates)
    if (each->parcel.state == Parcel::State::queued && each->parcel.due <= now &&
        (each->lease == 0 || each->until <= now))
      free.push_back(each);
  std::stable_sort(free.begin(), free.end(),
                   [](const Waiting* a, const Waiting* b) { return a->parcel.due < b->parcel.due; });
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < std::min(free.size(), limit); ++count) {
    bytes += free[count]->parcel.document.size();
    if (count > 0 && bytes > kClaimBytes) break;
  }
  free.resize(count);
  std::sort(free.begin(), free.end(), [](const Waiting* a, const Waiting* b) { return a->parcel.id < b->parcel.id; });
  Claim claim{++state_.last_lease, until, {}};
  for (Waiting* each : free) {
    each->lease = claim.lease;
    each->until = until;
    claim.parcels.push_back(each->parcel);
  }
  return claim;
}

void MemoryStore::settle(const std::vector<Settlement>& settlements) {
  std::lock_guard lock(mutex_);
  for (const Settlement& each : settlements) {
    const auto found = state_.parcels.find(each.parcel);
    if (found == state_.parcels.end() || each.lease == 0 || found->second.lease != each.lease) continue;
    found->second.parcel.state = each.state;
    found->second.parcel.attempts = each.attempt;
    found->second.parcel.due = each.due;
    found->second.lease = 0;
    found->second.parcel.number_was_sent = each.number_was_sent;
    if (each.number) found->second.parcel.number = state_.last_number[found->second.parcel.outlet] = *each.number;
    if (!keeps_its_lanes(found->second.parcel)) state_.open[found->second.parcel.outlet].erase(each.parcel);
    state_.attempts.push_back(each);
  }
}

void MemoryStore::release(const Claim& claim) {
  std::lock_guard lock(mutex_);
  for (const Parcel& each : claim.parcels) {
    Waiting& waiting = state_.parcels.at(each.id);
    if (waiting.lease == claim.lease) waiting.lease = 0;
  }
}

void MemoryStore::bring_forward(const std::string& outlet, Instant latest, Instant now) {
  std::lock_guard lock(mutex_);
  for (const std::int64_t id : state_.open[outlet])
    if (Parcel& each = state_.parcels.at(id).parcel; each.due > latest) each.due = now;
}

std::vector<Parcel::State> MemoryStore::states(std::int64_t message) {
  std::lock_guard lock(mutex_);
  std::vector<Parcel::State> states;
  for (const auto& [id, each] : state_.parcels)
    if (each.parcel.message == message) states.push_back(each.parcel.state);
  return states;
}

Parcels::Backlog MemoryStore::backlog(const std::string& outlet) {
  std::lock_guard lock(mutex_);
  Backlog backlog;
  for (const auto& [id, each] : state_.parcels) {
    if (each.parcel.outlet != outlet) continue;
    if (each.parcel.state == Parcel::State::held) ++backlog.held;
    if (each.parcel.state == Parcel::State::parked) ++backlog.parked;
    if (each.parcel.state != Parcel::State::queued) continue;
    ++backlog.queued;
    backlog.oldest = std::min(backlog.oldest.value_or(each.arrived), each.arrived);
  }
  return backlog;
}

void MemoryStore::save_parcels(const Envelope& envelope, std::vector<Parcel>& parcels) {
  for (Parcel& each : parcels) {
    each.id = ++state_.last_parcel;
    each.message = envelope.message;
    state_.parcels.emplace(each.id, Waiting{each, envelope.arrived, 0, {}});
    if (keeps_its_lanes(each)) state_.open[each.outlet].insert(each.id);
  }
}

void MemoryStore::join_lanes(const Book& book) {
  for (const auto& [from, into] : joined_lanes(book))
    for (const auto& [outlet, ids] : state_.open)
      for (const std::int64_t id : ids)
        if (auto& lanes = state_.parcels.at(id).parcel.lanes; has(lanes, from) && !has(lanes, into))
          lanes.push_back(into);
}

std::vector<Parcel> MemoryStore::parcels(std::int64_t after) const {
  std::lock_guard lock(mutex_);
  std::vector<Parcel> found;
  for (auto each = state_.parcels.upper_bound(after); each != state_.parcels.end(); ++each)
    found.push_back(each->second.parcel);
  return found;
}

std::optional<Parcel> MemoryStore::parcel(std::int64_t id) const {
  std::lock_guard lock(mutex_);
  const auto found = state_.parcels.find(id);
  return found == state_.parcels.end() ? std::nullopt : std::optional(found->second.parcel);
}

std::vector<Settlement> MemoryStore::attempts() const {
  std::lock_guard lock(mutex_);
  return state_.attempts;
}

}  // namespace pons
