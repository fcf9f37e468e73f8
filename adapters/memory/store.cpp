#include "adapters/memory/store.h"

#include <algorithm>
#include <utility>

namespace pons {

namespace {

template <class Row>
void write(std::map<std::int64_t, Row>& rows, const Table<Row>& table) {
  for (const Row* row : table.changed()) rows.insert_or_assign(row->id, *row);
}

template <class Row>
std::vector<Row> values(const std::map<std::int64_t, Row>& rows) {
  std::vector<Row> all;
  for (const auto& [id, row] : rows) all.push_back(row);
  return all;
}

}  // namespace

class MemoryStore::Transaction final : public Batch {
 public:
  Transaction(MemoryStore& store, const std::vector<Subject>& subjects)
      : lock_(store.mutex_), store_(store), subjects_(subjects), book_([&store] { return ++store.state_.last_id; }) {
    for (const auto& [id, row] : store.state_.patients) book_.patients.load(row);
    for (const auto& [id, row] : store.state_.orders) book_.orders.load(row);
    for (const auto& [id, row] : store.state_.steps) book_.steps.load(row);
    first_ = store.state_.last_message + 1;
    store.state_.last_message += static_cast<std::int64_t>(subjects.size());
  }

  Book& book() override { return book_; }
  std::int64_t message(std::size_t i) const override { return first_ + static_cast<std::int64_t>(i); }
  bool left_out(std::size_t) const override { return false; }

  std::optional<Receipt> earlier(std::size_t i) const override {
    if (subjects_[i].identity.empty()) return {};
    for (const auto& [identity, receipt] : store_.state_.receipts)
      if (identity == subjects_[i].identity && receipt.took_effect()) return receipt;
    return {};
  }

  bool control_id_reused(std::size_t i) const override {
    const auto& receipts = store_.state_.receipts;
    return std::any_of(receipts.begin(), receipts.end(), [&](const auto& each) {
      return each.first.sender == subjects_[i].identity.sender &&
             each.first.bytes_hash != subjects_[i].identity.bytes_hash;
    });
  }

  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
    if (std::exchange(store_.lose_next_, false)) throw StoreLost("the test took the database away");
    if (store_.deadlocks_ > 0 && store_.deadlocks_-- > 0) throw TryAgain("the test's database breaks a deadlock");
    for (std::size_t i = 0; i < envelopes.size(); ++i)
      if (decisions[i] && decisions[i]->receipt.outcome != Receipt::Outcome::parked && !store_.refused_.empty() &&
          *envelopes[i].bytes == store_.refused_)
        throw BatchRefused("the test's database refuses it");
    write(store_.state_.patients, book_.patients);
    write(store_.state_.orders, book_.orders);
    write(store_.state_.steps, book_.steps);
    for (std::size_t i = 0; i < envelopes.size(); ++i) {
      if (!decisions[i]) continue;
      store_.state_.journal.push_back({envelopes[i], *decisions[i]});
      store_.state_.receipts.emplace_back(subjects_[i].identity, decisions[i]->receipt);
    }
  }

 private:
  std::unique_lock<std::mutex> lock_;
  MemoryStore& store_;
  const std::vector<Subject> subjects_;
  Book book_;
  std::int64_t first_ = 0;
};

std::unique_ptr<Batch> MemoryStore::begin(const std::vector<Subject>& subjects) {
  return std::make_unique<Transaction>(*this, subjects);
}

std::vector<MemoryStore::Entry> MemoryStore::journal() const {
  std::lock_guard lock(mutex_);
  return state_.journal;
}

std::vector<Step> MemoryStore::steps() const {
  std::lock_guard lock(mutex_);
  return values(state_.steps);
}

std::vector<Patient> MemoryStore::patients() const {
  std::lock_guard lock(mutex_);
  return values(state_.patients);
}

}  // namespace pons
