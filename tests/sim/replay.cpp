#include "tests/sim/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/sim/dump.h"

namespace pons::sim {

namespace {

class Replay {
 public:
  Replay(const Generations& generations, const Watch& watch, History& history)
      : generations_(generations), watch_(watch), history_(history) {}

  void run() {
    for (const Watch::Commit& each : watch_.commits()) decide(each);
  }
  const MemoryStore& store() const { return store_; }

 private:
  /// Numbers that were given and not used are left out here too.
  void skip_numbers(std::int64_t next) {
    if (next > next_) store_.begin(std::vector<Subject>(static_cast<std::size_t>(next - next_)));
    next_ = std::max(next_, next);
  }

  void decide(const Watch::Commit& commit) {
    if (commit.envelope.pending == 0) skip_numbers(commit.envelope.message);
    const auto batch = store_.begin({commit.subject});
    ++next_;
    auto decision = parked_by_the_engine(commit, batch->book());
    if (!decision) decision = site_of(commit).decide(commit.envelope, batch->book(), commit.now);
    if (!decision)
      return history_.violated(
          "P3", fmt::format("message {} started again, and nothing of it waited", commit.envelope.message),
          commit.label);
    compare(commit, *decision);
    batch->save({commit.envelope}, {*decision});
  }

  const Site& site_of(const Watch::Commit& commit) const {
    const bool is_whole = commit.decision.trace.find(generations_.whole->generation()) != std::string::npos;
    return *(is_whole ? generations_.whole : generations_.lacking);
  }

  /// What the database refused, or what the engine stumbled over, was not decided by the site.
  static std::optional<Decision> parked_by_the_engine(const Watch::Commit& commit, Book& book) {
    if (commit.decision.trace != R"({"routes":[],"outcome":"parked"})") return {};
    if (const PendingRun* found = book.runs.find(commit.envelope.pending)) {
      PendingRun run = *found;
      run.state = PendingRun::State::ended;
      book.runs.put(std::move(run));
    }
    return commit.decision;
  }

  void compare(const Watch::Commit& commit, const Decision& alone) {
    const Decision& decision = commit.decision;
    const auto differs = [&](const std::string& what) {
      history_.violated("P4", fmt::format("message {}, decided alone, {}", commit.envelope.message, what),
                        commit.label);
    };
    if (alone.receipt.outcome != decision.receipt.outcome)
      return differs("is " + to_text(alone.receipt.outcome) + ", not " + to_text(decision.receipt.outcome));
    if (alone.parcels.size() != decision.parcels.size())
      return differs(fmt::format("causes {} parcels, not {}", alone.parcels.size(), decision.parcels.size()));
    for (std::size_t i = 0; i < alone.parcels.size(); ++i)
      if (alone.parcels[i].document != decision.parcels[i].document ||
          alone.parcels[i].control_id != decision.parcels[i].control_id ||
          alone.parcels[i].outlet != decision.parcels[i].outlet)
        differs("sends something else to " + alone.parcels[i].outlet);
    if (alone.changes.size() != decision.changes.size())
      differs(fmt::format("changes {} records, not {}", alone.changes.size(), decision.changes.size()));
  }

  const Generations& generations_;
  const Watch& watch_;
  History& history_;
  MemoryStore store_;
  std::int64_t next_ = 1;
};

std::string first_difference(const std::string& a, const std::string& b) {
  const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  const auto line = [&](const std::string& text) {
    const auto begin = text.rfind('\n', static_cast<std::size_t>(at)) + 1;
    return text.substr(begin, text.find('\n', static_cast<std::size_t>(at)) - begin);
  };
  return "\"" + line(a) + "\", alone \"" + line(b) + '"';
}

}  // namespace

void check_against_replay(const Generations& generations, const Watch& watch, const MemoryStore& store,
                          History& history) {
  Replay replay(generations, watch, history);
  replay.run();
  const std::string here = dump(store), there = dump(replay.store());
  if (here != there) history.violated("P4", "the records differ: " + first_difference(here, there));
}

}  // namespace pons::sim
