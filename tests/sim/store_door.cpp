#include "tests/sim/store_door.h"

#include <algorithm>

namespace pons::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

class StoreDoor::Transaction final : public Batch {
 public:
  Transaction(StoreDoor& door, const std::vector<Subject>& subjects)
      : door_(door), subjects_(subjects), inner_(door.rooms_.store.begin(subjects)) {}

  Book& book() override { return inner_->book(); }
  std::int64_t message(std::size_t i) const override { return inner_->message(i); }
  bool left_out(std::size_t i) const override { return inner_->left_out(i); }
  std::optional<Receipt> earlier(std::size_t i) const override { return inner_->earlier(i); }
  bool control_id_reused(std::size_t i) const override { return inner_->control_id_reused(i); }

  // Nobody else gets on between begin() and here: the store has one transaction at a time. What goes wrong on the way
  // goes wrong when the locks are gone.
  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
    Weather& weather = door_.rooms_.weather;
    Chance& chance = door_.chance_;
    if (weather.strikes(chance, weather.gave_up)) fail<TryAgain>("a deadlock was broken");
    if (weather.strikes(chance, weather.store_lost)) fail<StoreLost>("a page is broken");
    // A value that a record cannot hold is found when the record is written, perhaps long after the message came.
    for (std::size_t i = 0; i < envelopes.size(); ++i)
      if (decisions[i] && !decisions[i]->changes.empty() && weather.guilty.contains(*envelopes[i].bytes))
        fail<BatchRefused>("a value that it does not take");
    const Instant now = door_.clock_.now();
    inner_->save(envelopes, decisions);
    door_.committed_(*inner_);
    inner_.reset();
    door_.rooms_.watch.committed(door_.node_, now, subjects_, envelopes, decisions);
    door_.risk_power();
    door_.come_back();
  }

 private:
  template <class Failure>
  void fail(const char* why) {
    inner_.reset();
    door_.rooms_.world.sleep(1ms);
    throw Failure(why);
  }

  StoreDoor& door_;
  const std::vector<Subject> subjects_;
  std::unique_ptr<Batch> inner_;
};

StoreDoor::StoreDoor(Rooms rooms, std::string node, const Clock& clock, Chance chance, std::function<void()> cut,
                     std::function<void(const Batch&)> committed)
    : rooms_(rooms),
      node_(std::move(node)),
      clock_(clock),
      chance_(chance),
      cut_(std::move(cut)),
      committed_(std::move(committed)) {}

void StoreDoor::risk_power() {
  if (!rooms_.weather.strikes(chance_, rooms_.weather.power)) return;
  cut_();
  rooms_.world.sleep(1h);
}

void StoreDoor::reach() {
  rooms_.world.sleep(chance_.between(Duration(200us), Duration(2ms)));
  risk_power();
  const Weather& weather = rooms_.weather;
  if (weather.store_away_until > rooms_.world.now()) {
    rooms_.world.sleep(chance_.between(Duration(1ms), Duration(5s)));
    throw StoreAway("it is away");
  }
  if (weather.strikes(chance_, weather.store_lost)) throw StoreAway("lost on the way there");
}

void StoreDoor::come_back() {
  rooms_.world.sleep(chance_.between(Duration(200us), Duration(3ms)));
  if (rooms_.weather.strikes(chance_, rooms_.weather.answer_lost)) {
    rooms_.world.sleep(chance_.between(Duration(1ms), Duration(10s)));
    throw StoreAway("lost on the way back");
  }
}

std::unique_ptr<Batch> StoreDoor::begin(const std::vector<Subject>& subjects) {
  reach();
  return std::make_unique<Transaction>(*this, subjects);
}

std::vector<Envelope> StoreDoor::due_runs(Instant now, const Room& room) {
  reach();
  auto due = rooms_.store.due_runs(now, room);
  come_back();
  return due;
}

std::optional<Envelope> StoreDoor::set_aside_in(const std::string& lane) {
  reach();
  auto found = rooms_.store.set_aside_in(lane);
  come_back();
  return found;
}

void StoreDoor::release_held(Instant now) {
  reach();
  rooms_.store.release_held(now);
  come_back();
}

Parcels::Claim StoreDoor::claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) {
  reach();
  Claim claim = rooms_.parcels.claim(outlet, limit, now, until);
  rooms_.watch.claimed(node_, outlet, now, claim);
  risk_power();
  come_back();
  return claim;
}

Parcels::Claim StoreDoor::claim_numbered(const std::string& outlet, Instant now, Instant until) {
  reach();
  Claim claim = rooms_.parcels.claim_numbered(outlet, now, until);
  rooms_.watch.claimed(node_, outlet, now, claim);
  risk_power();
  come_back();
  return claim;
}

void StoreDoor::settle(const std::vector<Settlement>& settlements) {
  reach();
  rooms_.watch.settles(node_, settlements);
  rooms_.parcels.settle(settlements);
  rooms_.watch.settled(settlements);
  risk_power();
  come_back();
}

void StoreDoor::release(const Claim& claim) {
  reach();
  rooms_.parcels.release(claim);
  rooms_.watch.released(claim);
  come_back();
}

void StoreDoor::bring_forward(const std::string& outlet, Instant latest, Instant now) {
  reach();
  rooms_.parcels.bring_forward(outlet, latest, now);
  rooms_.watch.brought_forward(outlet, latest, now);
  come_back();
}

std::vector<Parcel::State> StoreDoor::states(std::int64_t message) {
  reach();
  return rooms_.parcels.states(message);
}

Parcels::Backlog StoreDoor::backlog(const std::string& outlet) {
  reach();
  return rooms_.parcels.backlog(outlet);
}

}  // namespace pons::sim
