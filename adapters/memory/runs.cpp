#include <algorithm>

#include "adapters/memory/store.h"

namespace pons {

namespace {

bool share(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

/// The oldest run of the lane that is younger than the one that has ended.
PendingRun* next_in(std::map<std::int64_t, PendingRun>& runs, const std::string& lane, std::int64_t ended) {
  for (auto each = runs.upper_bound(ended); each != runs.end(); ++each)
    if (share(each->second.lanes, {lane})) return &each->second;
  return nullptr;
}

}  // namespace

std::vector<Envelope> MemoryStore::due_runs(Instant now, const Room& room) {
  std::lock_guard lock(mutex_);
  std::vector<Envelope> due;
  std::size_t bytes = 0;
  for (const PendingRun* run : first_runs()) {
    if (due.size() == room.runs) break;
    const bool is_there = std::find(room.except.begin(), room.except.end(), run->id) != room.except.end();
    if (!run->due || *run->due > now || is_there) continue;
    const Envelope& envelope = entry(run->message)->envelope;
    bytes += envelope.bytes->size();
    if (!due.empty() && bytes > room.bytes) break;
    due.push_back(envelope);
    due.back().pending = run->id;
  }
  return due;
}

std::optional<Envelope> MemoryStore::set_aside_in(const std::string& lane) {
  std::lock_guard lock(mutex_);
  for (const auto& [id, run] : state_.runs) {
    if (!share(run.lanes, {lane})) continue;
    Envelope envelope = entry(run.message)->envelope;
    envelope.pending = id;
    return envelope;
  }
  return {};
}

std::optional<Instant> MemoryStore::next_due_run() const {
  std::lock_guard lock(mutex_);
  std::optional<Instant> next;
  for (const PendingRun* run : first_runs())
    if (run->due) next = std::min(next.value_or(*run->due), *run->due);
  return next;
}

std::vector<const PendingRun*> MemoryStore::first_runs() const {
  std::vector<const PendingRun*> first;
  std::set<std::string> taken;  // lanes
  for (const auto& [id, run] : state_.runs) {
    if (std::none_of(run.lanes.begin(), run.lanes.end(), [&](const auto& lane) { return taken.contains(lane); }))
      first.push_back(&run);
    taken.insert(run.lanes.begin(), run.lanes.end());
  }
  return first;
}

void MemoryStore::release_held(Instant now) {
  std::lock_guard lock(mutex_);
  for (auto& [id, run] : state_.runs)
    if (run.state == PendingRun::State::held && (!run.due || *run.due > now)) run.due = now;
}

void MemoryStore::save_runs(const Book& book, std::vector<std::string> keys) {
  for (const PendingRun* each : book.runs.changed()) {
    if (each->state == PendingRun::State::ended)
      state_.runs.erase(each->id);
    else
      state_.runs.insert_or_assign(each->id, *each);
  }
  for (const PendingRun* each : book.runs.changed()) {
    if (each->state != PendingRun::State::ended) continue;
    keys.push_back("run|" + std::to_string(each->id));
    for (const std::string& lane : each->lanes)
      if (PendingRun* next = next_in(state_.runs, lane, each->id)) next->due = next->since;
  }
  for (auto& [id, run] : state_.runs)
    if (share(run.wakes_on, keys)) run.due = run.since;
}

}  // namespace pons
