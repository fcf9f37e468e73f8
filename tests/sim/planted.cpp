#include "tests/sim/planted.h"

namespace pons::sim {

class PlantedStore::Transaction final : public Batch {
 public:
  Transaction(PlantedStore& store, const std::vector<Subject>& subjects)
      : store_(store), subjects_(subjects), inner_(store.store_.begin(subjects)) {}

  Book& book() override { return inner_->book(); }
  std::int64_t message(std::size_t i) const override { return inner_->message(i); }
  bool left_out(std::size_t i) const override { return inner_->left_out(i); }
  bool control_id_reused(std::size_t i) const override { return inner_->control_id_reused(i); }

  std::optional<Receipt> earlier(std::size_t i) const override {
    if (store_.bug_ == Planted::no_dedupe) return {};
    auto known = inner_->earlier(i);
    if (store_.bug_ != Planted::dedupe_by_control_id || known || !inner_->control_id_reused(i)) return known;
    return store_.answers_.at(subjects_[i].identity.sender);
  }

  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
    for (std::size_t i = 0; i < decisions.size(); ++i)
      if (decisions[i]) store_.answers_[subjects_[i].identity.sender] = decisions[i]->receipt;
    // Of one in twenty commits nothing is kept, although it is answered.
    if (store_.bug_ == Planted::early_answer && ++store_.commits_ % 20 == 0) return;
    auto mine = decisions;
    for (auto& decision : mine) {
      if (!decision) continue;
      for (Parcel& each : decision->parcels)
        if (store_.bug_ == Planted::no_lanes) each.lanes = {each.control_id};
      if (store_.bug_ == Planted::half_a_commit && ++store_.commits_ % 20 == 0 && !decision->parcels.empty())
        decision->parcels.pop_back();
    }
    inner_->save(envelopes, mine);
  }

 private:
  PlantedStore& store_;
  const std::vector<Subject> subjects_;
  std::unique_ptr<Batch> inner_;
};

std::unique_ptr<Batch> PlantedStore::begin(const std::vector<Subject>& subjects) {
  return std::make_unique<Transaction>(*this, subjects);
}

std::vector<Envelope> PlantedStore::due_runs(Instant now, const Room& room) {
  return bug_ == Planted::deaf_runs ? std::vector<Envelope>{} : store_.due_runs(now, room);
}

void PlantedStore::release_held(Instant now) {
  store_.release_held(now);
}

Parcels::Claim PlantedStore::claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) {
  Claim claim = parcels_.claim(outlet, limit, now, until);
  for (Parcel& each : claim.parcels) {
    leases_[each.id] = claim.lease;
    if (bug_ == Planted::new_control_id && ++claims_[each.id] > 1)
      each.control_id += '-' + std::to_string(claims_[each.id]);
  }
  return claim;
}

void PlantedStore::settle(const std::vector<Settlement>& settlements) {
  auto mine = settlements;
  for (Settlement& each : mine) {
    if (bug_ == Planted::late_settlement) each.lease = leases_[each.parcel];
    if (bug_ == Planted::sent_is_delivered && each.delivery.outcome == Delivery::Outcome::unknown)
      each.state = Parcel::State::delivered;
  }
  parcels_.settle(mine);
}

}  // namespace pons::sim
