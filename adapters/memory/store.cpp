#include "adapters/memory/store.h"

#include <algorithm>
#include <utility>

namespace pons {

namespace {

template <class Row>
void load(const std::map<std::int64_t, Row>& rows, Table<Row>& table) {
  for (const auto& [id, row] : rows) table.load(row);
}

template <class Row>
void write(std::map<std::int64_t, Row>& rows, const Table<Row>& table) {
  for (const Row* row : table.changed()) rows.insert_or_assign(row->id, *row);
}

}  // namespace

class MemoryStore::Transaction final : public Batch {
 public:
  Transaction(MemoryStore& store, const std::vector<Subject>& subjects)
      : lock_(store.mutex_), store_(store), subjects_(subjects), book_([&store] { return ++store.state_.last_id; }) {
    const State& state = store.state_;
    load(state.patients, book_.patients);
    load(state.orders, book_.orders);
    load(state.steps, book_.steps);
    load(state.reports, book_.reports);
    load(state.studies, book_.studies);
    load(state.performed_steps, book_.performed_steps);
    load(state.instances, book_.instances);
    load(state.commitments, book_.commitments);
    load(state.questions, book_.questions);
    load(state.sequence_links, book_.sequence_links);
    load(state.awaited_answers, book_.awaited_answers);
    load(state.runs, book_.runs);
    first_ = state.last_message + 1;
    store.state_.last_message += static_cast<std::int64_t>(subjects.size());
  }

  Book& book() override { return book_; }

  std::int64_t message(std::size_t i) const override {
    for (const std::int64_t run : subjects_[i].runs)
      if (const auto found = store_.state_.runs.find(run); found != store_.state_.runs.end())
        return found->second.message;
    return first_ + static_cast<std::int64_t>(i);
  }

  bool left_out(std::size_t) const override { return false; }

  std::optional<Receipt> earlier(std::size_t i) const override {
    if (subjects_[i].identity.empty() || !subjects_[i].runs.empty()) return {};
    for (const auto& [identity, receipt] : receipts_of(i))
      if (identity == subjects_[i].identity && receipt.took_effect()) return receipt;
    return {};
  }

  bool control_id_reused(std::size_t i) const override {
    const auto& receipts = receipts_of(i);
    return std::any_of(receipts.begin(), receipts.end(),
                       [&](const auto& each) { return each.first.bytes_hash != subjects_[i].identity.bytes_hash; });
  }

  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
    fail_as_the_test_wants(envelopes, decisions);
    save_records();
    std::vector<std::string> keys;
    for (const auto& each : decisions)
      if (each) keys.insert(keys.end(), each->awakes.begin(), each->awakes.end());
    store_.save_runs(book_, std::move(keys));
    for (std::size_t i = 0; i < envelopes.size(); ++i)
      if (decisions[i]) save_decision(subjects_[i].identity, envelopes[i], *decisions[i]);
    store_.join_lanes(book_);
    if (std::exchange(store_.lose_next_answer_, false)) throw StoreAway("the test lost the answer to a commit");
  }

 private:
  const std::vector<std::pair<Identity, Receipt>>& receipts_of(std::size_t i) const {
    static const std::vector<std::pair<Identity, Receipt>> kNone;
    const auto found = store_.state_.receipts.find(subjects_[i].identity.sender);
    return found == store_.state_.receipts.end() ? kNone : found->second;
  }

  void fail_as_the_test_wants(const std::vector<Envelope>& envelopes,
                              const std::vector<std::optional<Decision>>& decisions) {
    if (std::exchange(store_.lose_next_, false)) throw StoreAway("the test took the database away");
    if (store_.deadlocks_ > 0 && store_.deadlocks_-- > 0) throw TryAgain("the test's database breaks a deadlock");
    for (std::size_t i = 0; i < envelopes.size(); ++i)
      if (decisions[i] && decisions[i]->receipt.outcome != Receipt::Outcome::parked && !store_.refused_.empty() &&
          *envelopes[i].bytes == store_.refused_)
        throw BatchRefused("the test's database refuses it");
  }

  void save_records() {
    State& state = store_.state_;
    write(state.patients, book_.patients);
    write(state.orders, book_.orders);
    write(state.steps, book_.steps);
    write(state.reports, book_.reports);
    write(state.studies, book_.studies);
    write(state.performed_steps, book_.performed_steps);
    write(state.instances, book_.instances);
    write(state.commitments, book_.commitments);
    write(state.questions, book_.questions);
    write(state.sequence_links, book_.sequence_links);
    write(state.awaited_answers, book_.awaited_answers);
  }

  void save_decision(const Identity& identity, const Envelope& envelope, Decision decision) {
    store_.save_parcels(envelope, decision.parcels);
    if (envelope.pending != 0) return save_again(identity, envelope.message, std::move(decision));
    store_.state_.receipts[identity.sender].emplace_back(identity, decision.receipt);
    std::vector<std::string> traces{decision.trace};
    store_.state_.journal.push_back({envelope, std::move(decision), std::move(traces)});
  }

  /// The message has its row: that gets the new outcome. Where nothing of it ever took effect, the same bytes are
  /// decided anew.
  void save_again(const Identity& identity, std::int64_t message, Decision decision) {
    Entry& known = *store_.entry(message);
    known.traces.push_back(decision.trace);
    auto& [receipt, trace, changes, parcels, awakes] = known.decision;
    decision.changes.insert(decision.changes.begin(), changes.begin(), changes.end());
    decision.parcels.insert(decision.parcels.begin(), parcels.begin(), parcels.end());
    known.decision = std::move(decision);
    const auto& runs = store_.state_.runs;
    const bool effective =
        receipt.took_effect() || !changes.empty() || !parcels.empty() ||
        std::any_of(runs.begin(), runs.end(), [&](const auto& each) { return each.second.message == message; });
    if (!effective)
      std::erase_if(store_.state_.receipts[identity.sender], [&](const auto& each) { return each.first == identity; });
  }

  std::unique_lock<std::mutex> lock_;
  MemoryStore& store_;
  const std::vector<Subject> subjects_;
  Book book_;
  std::int64_t first_ = 0;
};

std::unique_ptr<Batch> MemoryStore::begin(const std::vector<Subject>& subjects) {
  return std::make_unique<Transaction>(*this, subjects);
}

// The newest are asked for most.
const MemoryStore::Entry* MemoryStore::entry(std::int64_t message) const {
  const auto found = std::find_if(state_.journal.rbegin(), state_.journal.rend(),
                                  [&](const Entry& each) { return each.envelope.message == message; });
  return found == state_.journal.rend() ? nullptr : &*found;
}

MemoryStore::Entry* MemoryStore::entry(std::int64_t message) {
  return const_cast<Entry*>(std::as_const(*this).entry(message));
}

std::optional<MemoryStore::Entry> MemoryStore::find(std::int64_t message) const {
  std::lock_guard lock(mutex_);
  const Entry* found = entry(message);
  return found ? std::optional(*found) : std::nullopt;
}

template <class Row>
std::vector<Row> MemoryStore::all(const Rows<Row>& rows) const {
  std::lock_guard lock(mutex_);
  std::vector<Row> found;
  for (const auto& [id, row] : rows) found.push_back(row);
  return found;
}

std::vector<MemoryStore::Entry> MemoryStore::journal() const {
  std::lock_guard lock(mutex_);
  return state_.journal;
}

std::vector<Patient> MemoryStore::patients() const {
  return all(state_.patients);
}
std::vector<Order> MemoryStore::orders() const {
  return all(state_.orders);
}
std::vector<Step> MemoryStore::steps() const {
  return all(state_.steps);
}
std::vector<Report> MemoryStore::reports() const {
  return all(state_.reports);
}
std::vector<Study> MemoryStore::studies() const {
  return all(state_.studies);
}
std::vector<PerformedStep> MemoryStore::performed_steps() const {
  return all(state_.performed_steps);
}
std::optional<std::string> MemoryStore::performed_dataset(const std::string& uid) {
  for (const PerformedStep& each : performed_steps())
    if (each.uid == uid) return each.dataset;
  return {};
}
std::vector<Question> MemoryStore::questions() const {
  return all(state_.questions);
}
std::vector<PendingRun> MemoryStore::runs() const {
  return all(state_.runs);
}

}  // namespace pons
