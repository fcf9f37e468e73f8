#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "engine/records/merge_rules.h"
#include "tests/contracts/desk.h"
#include "tests/contracts/store_contract.h"

namespace pons::test {

namespace {

/// One outlet, and what goes out of it. Documents tell the parcels apart.
class Hatch {
 public:
  Hatch(Store& store, Parcels& parcels, std::string outlet)
      : desk_(store), parcels_(parcels), outlet_(std::move(outlet)) {}

  Parcel parcel(const std::string& document, std::vector<std::string> lanes) const {
    Parcel made;
    made.outlet = outlet_;
    made.route = "orders";
    made.lanes = std::move(lanes);
    made.control_id = "C-" + document;
    made.content_type = Parcel::kHl7;
    made.document = document;
    made.due = at(0);
    return made;
  }
  void queue(const std::string& document, std::vector<std::string> lanes) {
    desk_.write({{}, outlet_ + document, Receipt::Outcome::done, {parcel(document, std::move(lanes))}, {}});
  }

  Parcels::Claim claim(int now = 1, int until = 100, std::size_t limit = 100) {
    return parcels_.claim(outlet_, limit, at(now), at(until));
  }
  Parcels::Claim claim_numbered(int now = 1, int until = 100) {
    return parcels_.claim_numbered(outlet_, at(now), at(until));
  }
  /// "a1/1", with " again" where its number was sent before.
  static std::string numbered(const Parcels::Claim& claim) {
    if (claim.parcels.size() != 1) return std::to_string(claim.parcels.size()) + " parcels";
    const Parcel& parcel = claim.parcels[0];
    return parcel.document + "/" + std::to_string(parcel.number.value_or(0)) + (parcel.number_was_sent ? " again" : "");
  }
  void settle_numbered(const Parcels::Claim& claim, Parcel::State state, bool was_sent,
                       std::optional<std::int64_t> number = {}) {
    Settlement made = settlement(claim, 0, state);
    made.number = number;
    made.number_was_sent = was_sent;
    parcels_.settle({made});
  }
  static std::string documents(const Parcels::Claim& claim) {
    std::string all;
    for (const Parcel& each : claim.parcels) all += (all.empty() ? "" : " ") + each.document;
    return all;
  }
  static Settlement settlement(const Parcels::Claim& claim, std::size_t i, Parcel::State state, int due = 0) {
    Settlement made;
    made.parcel = claim.parcels.at(i).id;
    made.attempt = claim.parcels[i].attempts + 1;
    made.began = at(1);
    made.ended = at(2);
    made.delivery = {Delivery::Outcome::delivered, "ok", "MSA|AA\xff"};
    made.state = state;
    made.due = at(due);
    made.lease = claim.lease;
    return made;
  }
  void settle_all(const Parcels::Claim& claim, Parcel::State state = Parcel::State::delivered, int due = 0) {
    std::vector<Settlement> all;
    for (std::size_t i = 0; i < claim.parcels.size(); ++i) all.push_back(settlement(claim, i, state, due));
    parcels_.settle(all);
  }
  void settle(const Parcels::Claim& claim, std::size_t i, Parcel::State state, int due = 0) {
    parcels_.settle({settlement(claim, i, state, due)});
  }
  Parcels::Backlog backlog() { return parcels_.backlog(outlet_); }
  Desk& desk() { return desk_; }

 private:
  Desk desk_;
  Parcels& parcels_;
  const std::string outlet_;
};

void check_order_in_a_lane(Hatch hatch) {
  hatch.queue("a1", {"A"});
  hatch.queue("b1", {"B"});
  hatch.queue("a2", {"A"});
  const auto first = hatch.claim();
  CHECK(Hatch::documents(first) == "a1 b1");
  REQUIRE(first.parcels.size() == 2);
  CHECK(first.parcels[0].control_id == "C-a1");
  CHECK(first.parcels[0].route == "orders");
  CHECK(first.parcels[0].content_type == Parcel::kHl7);
  CHECK(first.parcels[0].lanes == std::vector<std::string>{"A"});
  CHECK(first.parcels[0].message > 0);
  CHECK(first.parcels[0].id < first.parcels[1].id);
  CHECK(first.until == at(100));
  CHECK(hatch.claim().parcels.empty());
  hatch.settle_all(first);
  CHECK(Hatch::documents(hatch.claim()) == "a2");
}

// A merge goes out in both patients' lanes.
void check_two_lanes(Hatch hatch) {
  hatch.queue("a1", {"A"});
  hatch.queue("b1", {"B"});
  hatch.queue("ab", {"A", "B"});
  hatch.queue("a2", {"A"});
  hatch.queue("b2", {"B"});
  const auto heads = hatch.claim();
  CHECK(Hatch::documents(heads) == "a1 b1");
  hatch.settle(heads, 0, Parcel::State::delivered);
  CHECK(hatch.claim().parcels.empty());
  hatch.settle(heads, 1, Parcel::State::delivered);
  const auto merge = hatch.claim();
  CHECK(Hatch::documents(merge) == "ab");
  hatch.settle_all(merge);
  CHECK(Hatch::documents(hatch.claim()) == "a2 b2");
}

void check_held_and_parked(Hatch hatch) {
  for (const std::string lane : {"A", "B", "C"})
    for (const std::string number : {"1", "2"}) hatch.queue(lane + number, {lane});
  const auto heads = hatch.claim();
  hatch.settle(heads, 0, Parcel::State::parked);
  hatch.settle(heads, 1, Parcel::State::held);
  hatch.settle(heads, 2, Parcel::State::queued, 50);
  CHECK(Hatch::documents(hatch.claim()) == "A2");
  const auto backlog = hatch.backlog();
  CHECK(backlog.queued == 4);
  CHECK(backlog.held == 1);
  CHECK(backlog.parked == 1);
  CHECK(backlog.oldest == at(0));
  const auto again = hatch.claim(50, 100);
  CHECK(Hatch::documents(again) == "C1");
  CHECK(again.parcels.at(0).attempts == 1);
}

void check_limit(Hatch hatch) {
  for (const std::string number : {"1", "2", "3"}) hatch.queue(number, {number});
  CHECK(Hatch::documents(hatch.claim(1, 100, 2)) == "1 2");
  CHECK(Hatch::documents(hatch.claim(1, 100, 2)) == "3");
}

void check_leases(Hatch hatch) {
  hatch.queue("a1", {"A"});
  hatch.queue("a2", {"A"});
  const auto slept = hatch.claim(1, 10);
  CHECK(hatch.claim(9, 100).parcels.empty());
  const auto awake = hatch.claim(10, 100);
  CHECK(Hatch::documents(awake) == "a1");
  CHECK(awake.lease != slept.lease);
  hatch.settle_all(slept, Parcel::State::parked);
  CHECK(hatch.claim(20, 100).parcels.empty());
  CHECK(hatch.backlog().parked == 0);
  hatch.settle_all(awake);
  hatch.settle_all(awake, Parcel::State::parked);
  CHECK(hatch.backlog().parked == 0);
  CHECK(Hatch::documents(hatch.claim(20, 100)) == "a2");
}

/// What waits for the retired patient stands in front of what the survivor gets later, and the other way round.
void check_release(Hatch hatch, Parcels& parcels) {
  hatch.queue("a1", {"A"});
  hatch.queue("b1", {"B"});
  const auto first = hatch.claim();
  REQUIRE(first.parcels.size() == 2);
  hatch.settle(first, 0, Parcel::State::delivered);
  CHECK(hatch.claim().parcels.empty());
  parcels.release(first);
  const auto second = hatch.claim();
  CHECK(Hatch::documents(second) == "b1");
  // The first claim is over: it neither settles nor gives back what another has now.
  parcels.release(first);
  hatch.settle(first, 1, Parcel::State::parked);
  CHECK(hatch.claim().parcels.empty());
  hatch.settle_all(second);
  CHECK(hatch.backlog().queued == 0);
  CHECK(hatch.backlog().parked == 0);
}

// Larger than what a store may want to hold, or send, in one piece.
std::string large_document() {
  std::string large;
  for (unsigned i = 0; large.size() < (9u << 20); ++i) large += static_cast<char>(i * i >> 3);
  return large;
}

void check_large_document(Hatch hatch) {
  const std::string large = large_document();
  hatch.queue("small", {"A"});
  Parcel parcel = hatch.parcel("large", {"B"});
  parcel.document = large;
  hatch.desk().write({{}, "large " + large, Receipt::Outcome::done, {parcel}, {}});
  hatch.queue("small too", {"C"});
  // No more of them stand in memory at once than need be.
  CHECK(Hatch::documents(hatch.claim()) == "small");
  CHECK((Hatch::documents(hatch.claim()) == large));
  CHECK(Hatch::documents(hatch.claim()) == "small too");
}

void check_large_numbered(Hatch hatch) {
  const std::string large = large_document();
  Parcel parcel = hatch.parcel("large", {"A"});
  parcel.document = large;
  hatch.desk().write({{}, "numbered " + large, Receipt::Outcome::done, {parcel}, {}});
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto claim = hatch.claim_numbered();
    REQUIRE(claim.parcels.size() == 1);
    CHECK((claim.parcels[0].document == large));
    hatch.settle_numbered(claim, Parcel::State::queued, true);
  }
}

void check_clock_set_back(Hatch hatch, Parcels& parcels, const std::string& outlet) {
  for (const std::string number : {"1", "2", "3"}) hatch.queue(number, {number});
  const auto first = hatch.claim();
  hatch.settle(first, 0, Parcel::State::queued, 90);
  hatch.settle(first, 1, Parcel::State::queued, 40);
  hatch.settle(first, 2, Parcel::State::delivered, 90);
  parcels.bring_forward(outlet, at(40), at(20));
  CHECK(hatch.claim(19).parcels.empty());
  CHECK(Hatch::documents(hatch.claim(20)) == "1");
  CHECK(Hatch::documents(hatch.claim(40)) == "2");
}

void check_states(Hatch hatch, Parcels& parcels) {
  using State = Parcel::State;
  const std::int64_t message = hatch.desk().write(
      {{}, "states", Receipt::Outcome::done, {hatch.parcel("s1", {"A"}), hatch.parcel("s2", {"B"})}, {}});
  CHECK(parcels.states(message) == std::vector<State>{State::queued, State::queued});
  const auto claim = hatch.claim();
  hatch.settle(claim, 0, State::delivered);
  hatch.settle(claim, 1, State::parked);
  CHECK(parcels.states(message) == std::vector<State>{State::delivered, State::parked});
  CHECK(parcels.states(message + 1'000'000).empty());
}

void check_merge(Hatch hatch, const std::string& name) {
  const Identifier kept{name + "-kept", "HOSP", "MR"}, retired{name + "-retired", "HOSP", "MR"};
  Subject subject;
  subject.patients = {kept, retired};
  subject.whole_patients = true;
  std::int64_t kept_id = 0, retired_id = 0;
  hatch.desk().write({subject, name + " patients"}, [&](Book& book, std::int64_t) {
    PatientClaim claim;
    claim.identifiers = {kept};
    kept_id = (*reconcile_patient(book, claim))->id;
    claim.identifiers = {retired};
    retired_id = (*reconcile_patient(book, claim))->id;
  });
  hatch.queue("k1", {patient_lane(kept_id)});
  hatch.queue("r1", {patient_lane(retired_id)});
  hatch.queue("r2", {patient_lane(retired_id)});
  Desk::Entry entry{subject, name + " merge", Receipt::Outcome::done, {}, {}};
  entry.parcels = {hatch.parcel("merge", {patient_lane(kept_id), patient_lane(retired_id)})};
  hatch.desk().write(entry, [&](Book& book, std::int64_t) {
    MergeClaim claim;
    claim.survivor.identifiers = {kept};
    claim.retired = retired;
    REQUIRE(reconcile_merge(book, claim));
  });
  hatch.queue("k2", {patient_lane(kept_id)});
  for (const std::string document : {"k1", "r1", "r2", "merge", "k2"}) {
    const auto claim = hatch.claim();
    CHECK(Hatch::documents(claim) == document);
    hatch.settle_all(claim);
  }
  CHECK(hatch.backlog().queued == 0);
}

// What was sent about a number that nobody bore keeps its place before what is sent about its bearer.
void check_new_bearer(Hatch hatch, const std::string& name) {
  const Identifier first{name + "-first", "HOSP", "MR"}, second{name + "-second", "HOSP", "MR"};
  Subject subject;
  subject.patients = {first, second};
  std::int64_t id = 0;
  const auto reconcile = [&](const std::string& document, std::vector<Identifier> identifiers) {
    // The parcel of the very message stands in the number's lane too: it was sent before its patient was made.
    Desk::Entry entry{subject, name + document, Receipt::Outcome::done, {}, {}};
    entry.parcels = {hatch.parcel(document, {patient_lane(identifiers.back())})};
    hatch.desk().write(entry, [&](Book& book, std::int64_t) {
      PatientClaim claim;
      claim.identifiers = std::move(identifiers);
      id = (*reconcile_patient(book, claim))->id;
    });
  };
  hatch.queue("early", {patient_lane(first)});
  reconcile("made", {first});
  hatch.queue("known", {patient_lane(id)});
  hatch.queue("other number", {patient_lane(second)});
  reconcile("second number", {first, second});
  hatch.queue("late", {patient_lane(id)});
  for (const std::string document : {"early", "made", "known", "other number", "second number", "late"}) {
    const auto claim = hatch.claim();
    CHECK(Hatch::documents(claim) == document);
    hatch.settle_all(claim);
  }
  CHECK(hatch.backlog().queued == 0);
}

void check_numbers(Hatch hatch) {
  using State = Parcel::State;
  hatch.queue("a1", {"A"});
  hatch.queue("b1", {"B"});
  hatch.queue("c1", {"C"});
  hatch.queue("d1", {"D"});
  const auto first = hatch.claim_numbered(1, 100);
  CHECK(Hatch::numbered(first) == "a1/1");
  CHECK(hatch.claim_numbered(2, 100).parcels.empty());  // no other before this one has left
  hatch.settle_numbered(first, State::queued, false);
  auto claim = hatch.claim_numbered(3, 100);
  CHECK(Hatch::numbered(claim) == "a1/1");  // it never went out
  claim = hatch.claim_numbered(101, 200);
  CHECK(Hatch::numbered(claim) == "a1/1 again");          // who claimed it is gone, and may have sent it
  hatch.settle_numbered(first, State::delivered, false);  // under a lease that ended
  hatch.settle_numbered(claim, State::delivered, false);
  claim = hatch.claim_numbered();
  CHECK(Hatch::numbered(claim) == "b1/2");
  hatch.settle_numbered(claim, State::queued, false, 40);  // the receiver expects 40
  claim = hatch.claim_numbered();
  CHECK(Hatch::numbered(claim) == "b1/40");
  hatch.settle_numbered(claim, State::parked, true);
  claim = hatch.claim_numbered();
  CHECK(Hatch::numbered(claim) == "c1/41");
  hatch.settle_numbered(claim, State::held, true);
  CHECK(hatch.claim_numbered(300, 400).parcels.empty());  // the link waits for a person
}

void check_two_claimers(Store& store, Parcels& parcels) {
  Hatch hatch(store, parcels, "claimers");
  std::vector<Parcel> many;
  for (int i = 0; i < 120; ++i) many.push_back(hatch.parcel(std::to_string(i), {"lane" + std::to_string(i % 40)}));
  hatch.desk().write({{}, "claimers", Receipt::Outcome::done, many, {}});
  std::vector<std::vector<std::int64_t>> taken(2);
  const auto work = [&](std::vector<std::int64_t>& mine) {
    Hatch own(store, parcels, "claimers");
    for (auto claim = own.claim(1, 100, 7); !claim.parcels.empty(); claim = own.claim(1, 100, 7)) {
      for (const Parcel& each : claim.parcels) mine.push_back(each.id);
      own.settle_all(claim);
    }
  };
  std::thread other([&] { work(taken[1]); });
  work(taken[0]);
  other.join();
  // Whoever ended early may have left heads that the other one's settlements freed.
  work(taken[0]);
  std::set<std::int64_t> all(taken[0].begin(), taken[0].end());
  all.insert(taken[1].begin(), taken[1].end());
  CHECK(all.size() == 120);
  CHECK(taken[0].size() + taken[1].size() == 120);
}

}  // namespace

void parcels_contract(Store& store, Parcels& parcels) {
  check_order_in_a_lane(Hatch(store, parcels, "order"));
  check_two_lanes(Hatch(store, parcels, "lanes"));
  check_held_and_parked(Hatch(store, parcels, "held"));
  check_limit(Hatch(store, parcels, "limit"));
  check_leases(Hatch(store, parcels, "leases"));
  check_release(Hatch(store, parcels, "release"), parcels);
  check_large_document(Hatch(store, parcels, "large"));
  check_clock_set_back(Hatch(store, parcels, "set back"), parcels, "set back");
  check_states(Hatch(store, parcels, "states"), parcels);
  check_merge(Hatch(store, parcels, "merge"), "hatch");
  check_new_bearer(Hatch(store, parcels, "bearer"), "bearer");
  check_large_numbered(Hatch(store, parcels, "large numbered"));
  check_numbers(Hatch(store, parcels, "numbers"));
  check_two_claimers(store, parcels);
  CHECK(parcels.claim("nobody", 10, at(1), at(2)).parcels.empty());
  CHECK_FALSE(parcels.backlog("nobody").oldest);
}

}  // namespace pons::test
