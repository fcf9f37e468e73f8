#include "engine/runtime/courier.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "engine/base/plant.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPoll = 1s;              // when there was nothing to send
constexpr Duration kLooks = 1s;             // whether anybody is there again
constexpr Duration kStoreAway = 1s;         // before the database is asked again
constexpr Duration kAfterBug = 5s;          // before a round that failed for a bug is tried again
constexpr Duration kSetBack = 1s;           // by less, clocks of several machines differ
constexpr Duration kLongestClosure = 1min;  // the wall clock may be set while we wait for it

/// A parcel that is given up after so many attempts makes them all.
Duration looks_of(const Retry& retry) {
  return retry.then == Retry::Then::park ? Duration::zero() : std::min(retry.every, kLooks);
}

bool is_answer(Delivery::Outcome outcome) {
  return outcome == Delivery::Outcome::delivered || outcome == Delivery::Outcome::refused;
}

}  // namespace

Courier::Courier(Settings settings, Parcels& parcels, MakeOutlet make_outlet, const Clock& clock, Random& random,
                 Observer observer)
    : settings_(std::move(settings)),
      parcels_(parcels),
      make_outlet_(std::move(make_outlet)),
      clock_(clock),
      random_(random),
      observer_(std::move(observer)),
      pace_(settings_.rate),
      outage_(looks_of(settings_.terms.retry)) {
  if (settings_.lease < settings_.reply_within + kLeaseMargin)
    throw std::invalid_argument(settings_.outlet + ": a send could outlive its lease");
}

Courier::~Courier() {
  stop();
}

void Courier::start() {
  for (std::size_t i = 0; i < settings_.at_once; ++i) connections_.push_back(std::make_unique<Connection>(connect()));
  working_ = connections_.size();
  for (const auto& each : connections_) threads_.emplace_back([this, connection = each.get()] { work(*connection); });
}

void Courier::wake() {
  {
    std::lock_guard lock(mutex_);
    ++times_woken_;
  }
  wakes_.notify_all();
}

void Courier::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wakes_.notify_all();
    if (!ended_.wait_for(lock, settings_.grace, [&] { return working_ == 0; }))
      for (const auto& connection : connections_) connection->outlet->stop();
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Courier::work(Connection& connection) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto seen = times_woken_;
    lock.unlock();
    const Duration rest = step_or_rest(connection);
    lock.lock();
    wakes_.wait_for(lock, rest, [&] { return stopping_ || times_woken_ != seen; });
  }
  --working_;
  ended_.notify_all();
}

Duration Courier::step_or_rest(Connection& connection) {
  try {
    return step(connection);
  } catch (const std::exception&) {
    spdlog::error("{}: a bug in the engine ended a round; the next in {}", settings_.outlet, to_text(kAfterBug));
    return kAfterBug;
  }
}

Duration Courier::step(Connection& connection) {
  try {
    settle(connection);
    notice_set_back();
    if (const Duration rest = rest_before_claim(); rest > Duration::zero()) return rest;
    if (!connection.outlet->is_ready()) return kPoll;
    const Lease lease = claim(pace_.is_limited() || outage_.lasts() ? 1 : connection.appetite.limit());
    if (lease.claim.parcels.empty()) return kPoll;
    plant::crash_point("after-claim");
    deliver(connection, lease);
    const bool sent_none = connection.unsettled.empty();
    const bool sent_all = connection.unsettled.size() == lease.claim.parcels.size();
    settle(connection);
    if (!sent_all) parcels_.release(lease.claim);
    return sent_none ? kPoll : Duration::zero();
  } catch (const StoreLost&) {
    return kStoreAway;
  }
}

void Courier::notice_set_back() {
  const Instant now = clock_.now();
  const Duration steady = clock_.steady(), ahead = now.time_since_epoch() - steady;
  bool is_set_back = false;
  {
    std::lock_guard lock(mutex_);
    is_set_back = !wall_clock_ || ahead <= *wall_clock_ - kSetBack;  // at the start nobody saw what happened before
    if (!is_set_back && steady < looks_again_) {
      wall_clock_ = std::max(*wall_clock_, ahead);
      return;
    }
  }
  parcels_.bring_forward(settings_.outlet, now + longest_wait(settings_.terms.retry) + kSetBack, now);
  std::lock_guard lock(mutex_);
  wall_clock_ = ahead;
  // What was read from the clock before it was set may be committed still.
  looks_again_ = is_set_back ? steady + settings_.lease : Duration::max();
}

Duration Courier::rest_before_claim() {
  const Instant now = clock_.now();
  if (settings_.open && !settings_.open->is_open(now))
    return std::min(settings_.open->opens(now) - now, kLongestClosure);
  if (const Duration rest = outage_.take(clock_.steady()); rest > Duration::zero()) return rest;
  return pace_.take(clock_.steady());
}

Courier::Lease Courier::claim(std::size_t limit) {
  // Read before asking: what the answer takes is part of the lease.
  const Duration ends = clock_.steady() + settings_.lease;
  const Instant now = clock_.now();
  const Instant until = now + settings_.lease;
  return {settings_.numbers ? parcels_.claim_numbered(settings_.outlet, now, until)
                            : parcels_.claim(settings_.outlet, limit, now, until),
          ends};
}

bool Courier::outlasts_a_send(const Lease& lease) const {
  const Duration left = std::min(lease.ends - clock_.steady(), lease.claim.until - clock_.now());
  return plant::kSendAfterLease || left >= settings_.reply_within + kLeaseMargin;
}

void Courier::deliver(Connection& connection, const Lease& lease) {
  const Duration began = clock_.steady();
  bool all_delivered = true;
  std::span<const Parcel> left(lease.claim.parcels);
  while (!left.empty() && !stopping_ && outlasts_a_send(lease)) {
    const auto together = left.first(std::min(left.size(), connection.outlet->in_flight()));
    left = left.subspan(together.size());
    bool nobody_there = false;
    for (Settlement& each : attempt(*connection.outlet, together, lease.claim.lease)) {
      all_delivered &= each.state == Parcel::State::delivered;
      nobody_there |= each.delivery.nobody_there;
      connection.unsettled.push_back(std::move(each));
    }
    if (outage_.learn(nobody_there, clock_.steady())) let_all_go();
    if (outage_.lasts()) break;
  }
  connection.appetite.learn(all_delivered, clock_.steady() - began);
}

void Courier::let_all_go() {
  const Instant now = clock_.now();
  parcels_.bring_forward(settings_.outlet, now, now);
  wake();
}

std::vector<Settlement> Courier::attempt(Outlet& outlet, std::span<const Parcel> parcels, std::int64_t lease) {
  const Instant began = clock_.now();
  const Duration before = clock_.steady();
  std::vector<Delivery> deliveries = send(outlet, parcels);
  plant::crash_point("after-send");
  const Duration latency = clock_.steady() - before;
  std::vector<Settlement> settlements;
  for (std::size_t i = 0; i < parcels.size(); ++i) {
    settlements.push_back(
        conclude(parcels[i], std::move(deliveries.at(i)), settings_.terms, began, clock_.now(), random_.unit()));
    settlements.back().lease = lease;
    tell(settlements.back(), latency);
  }
  return settlements;
}

void Courier::tell(const Settlement& settlement, Duration latency) {
  const bool alert = is_alert_due(settlement);
  if (alert)
    spdlog::warn("{}: parcels have been waiting for {}", settings_.outlet, to_text(*settings_.terms.retry.patience));
  if (observer_)
    observer_({settings_.outlet, settlement.delivery.outcome, settlement.state, latency, settlement.attempt, alert});
}

std::vector<Delivery> Courier::send(Outlet& outlet, std::span<const Parcel> parcels) const {
  try {
    return outlet.send_together(parcels);
  } catch (const std::exception&) {
    // One parcel that our own code stumbles over must not stop the others; it may have been sent.
    spdlog::error("{}: a bug in the engine, parcel {}", settings_.outlet, parcels.front().id);
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::unknown;
    delivery.text = "a bug in the engine";
    return std::vector<Delivery>(parcels.size(), delivery);
  }
}

void Courier::settle(Connection& connection) {
  if (connection.unsettled.empty()) return;
  parcels_.settle(connection.unsettled);
  plant::crash_point("after-settle");
  connection.unsettled.clear();
}

bool Courier::is_alert_due(const Settlement& settlement) {
  const Retry& retry = settings_.terms.retry;
  std::lock_guard lock(mutex_);
  if (is_answer(settlement.delivery.outcome)) {
    failing_since_.reset();
    alerted_ = false;
    return false;
  }
  if (!retry.patience) return false;
  const Duration now = clock_.steady();
  if (!failing_since_) failing_since_ = now;
  const bool parcel_passed_it =
      waited(retry, settlement.attempt) >= *retry.patience && waited(retry, settlement.attempt - 1) < *retry.patience;
  if (alerted_ || !(parcel_passed_it || now - *failing_since_ >= *retry.patience)) return false;
  alerted_ = true;
  return true;
}

}  // namespace pons
