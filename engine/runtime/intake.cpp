#include "engine/runtime/intake.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <random>

#include "engine/base/digest.h"
#include "engine/base/plant.h"

namespace pons {

namespace {

template <class Set>
bool any_in(const std::vector<std::int64_t>& keys, const Set& set) {
  return std::any_of(keys.begin(), keys.end(), [&](std::int64_t key) { return set.contains(key); });
}

bool is_behind_a_lost_one(const Envelope& envelope) {
  return envelope.stream && envelope.stream->is_broken;
}

/// No other engine has the same, and none before or after it.
std::string new_life() {
  std::random_device chance;
  std::string life;
  for (int i = 0; i < 4; ++i) life += std::to_string(chance()) + '.';
  return life;
}

/// A run that was set aside is parked once, not again at every start.
void end_run(Book& book, std::int64_t id) {
  const PendingRun* found = id != 0 ? book.runs.find(id) : nullptr;
  if (!found) return;
  PendingRun run = *found;
  run.state = PendingRun::State::ended;
  book.runs.put(std::move(run));
}

}  // namespace

Intake::Intake(Store& store, std::shared_ptr<const Site> site, const Clock& clock, Settings settings, Observer observer)
    : store_(store),
      clock_(clock),
      settings_(settings),
      observer_(std::move(observer)),
      life_(new_life()),
      generation_(std::make_shared<const Generation>(std::move(site))) {
  store_.release_held(clock_.now());
}

Intake::~Intake() {
  stop();
}

void Intake::use(std::shared_ptr<const Site> site) {
  {
    std::lock_guard lock(mutex_);
    earlier_.push_back(generation_);
    generation_ = std::make_shared<const Generation>(std::move(site));
    releases_held_ = true;
  }
  look_for_due_runs();
}

std::shared_ptr<const Intake::Generation> Intake::generation() const {
  std::lock_guard lock(mutex_);
  return generation_;
}

void Intake::start() {
  for (std::size_t i = 0; i < settings_.workers; ++i) workers_.emplace_back([this] { work(); });
  due_watcher_ = std::thread([this] { watch_due_runs(); });
}

Coming Intake::hand_in(Envelope envelope) {
  auto waiting = waiting_for(std::move(envelope));
  auto receipt = waiting->receipt.get_future();
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopping_ || has_room_for(*waiting); });
    if (plant::kDropAtHighWater && waiting_.size() > 2) {
      waiting->receipt.set_value({});
      return Coming(std::move(receipt));
    }
    queue(std::move(waiting));
  }
  arrived_.notify_one();
  return Coming(std::move(receipt));
}

std::optional<std::future<Receipt>> Intake::try_accept(Envelope envelope) {
  auto waiting = waiting_for(std::move(envelope));
  auto receipt = waiting->receipt.get_future();
  {
    std::lock_guard lock(mutex_);
    if (!stopping_ && !has_room_for(*waiting)) return {};
    queue(std::move(waiting));
  }
  arrived_.notify_one();
  return receipt;
}

std::unique_ptr<Intake::Waiting> Intake::waiting_for(Envelope envelope) {
  auto waiting = std::make_unique<Waiting>();
  waiting->generation = generation();
  waiting->subject = waiting->generation->site->subject(envelope);
  // What names none has an identity of its own: when the answer to its commit is lost, the store knows it by that.
  if (waiting->subject.identity.empty() && envelope.pending == 0)
    waiting->subject.identity = {life_ + std::to_string(++handed_in_), sha256(*envelope.bytes)};
  waiting->keys = waiting->subject.lock_keys();
  waiting->envelope = std::move(envelope);
  return waiting;
}

bool Intake::has_room_for(const Waiting& waiting) const {
  return waiting_.empty() || waiting_bytes_ + waiting.envelope.bytes->size() <= settings_.waiting_bytes;
}

void Intake::queue(std::unique_ptr<Waiting> waiting) {
  if (stopping_) throw StoreLost("the engine is stopping");
  const std::size_t size = waiting->envelope.bytes->size();
  waiting_.push_back(std::move(waiting));
  waiting_bytes_ += size;
}

void Intake::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  due_wakes_.notify_all();
  stops_.notify_all();
  if (due_watcher_.joinable()) due_watcher_.join();
  arrived_.notify_all();
  room_.notify_all();
  for (std::thread& worker : workers_)
    if (worker.joinable()) worker.join();
}

void Intake::watch_due_runs() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      due_wakes_.wait_for(lock, settings_.looks_for_due_runs, [&] { return stopping_ || look_now_; });
      if (stopping_) return;
      look_now_ = false;
    }
    start_due_runs();
  }
}

void Intake::start_due_runs() {
  try {
    release_held();
    const auto room = room_for_runs();
    if (!room) return;
    for (Envelope& each : store_.due_runs(clock_.now(), *room)) start_again(std::move(each));
  } catch (const StoreLost&) {
    // The database is away; the runs keep their places in it.
  } catch (const std::exception&) {
    spdlog::error("no memory, or a bug in the engine: due runs start later");
  }
}

std::optional<Store::Room> Intake::room_for_runs() const {
  std::lock_guard lock(mutex_);
  if (waiting_bytes_ >= settings_.waiting_bytes) return {};
  return Store::Room{settings_.batch_envelopes, settings_.batch_bytes, {restarting_.begin(), restarting_.end()}};
}

void Intake::release_held() {
  {
    std::lock_guard lock(mutex_);
    std::erase_if(earlier_, [](const auto& each) { return each.expired(); });
    if (!releases_held_ || !earlier_.empty()) return;
    releases_held_ = false;
  }
  try {
    store_.release_held(clock_.now());
  } catch (...) {
    std::lock_guard lock(mutex_);
    releases_held_ = true;
    throw;
  }
}

void Intake::start_again(Envelope envelope) {
  auto waiting = waiting_for(std::move(envelope));
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    const auto [run, is_new] = restarting_.insert(waiting->envelope.pending);
    if (!is_new) return;
    try {
      queue(std::move(waiting));
    } catch (...) {
      restarting_.erase(run);
      throw;
    }
  }
  arrived_.notify_one();
}

void Intake::work() {
  const Rest rest = [this](Duration time) {
    std::unique_lock lock(mutex_);
    stops_.wait_for(lock, time, [&] { return stopping_; });
  };
  while (true) {
    Load load;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] {
        load = take();
        return !load.empty() || (stopping_ && waiting_.empty());
      });
    }
    if (load.empty()) return;
    work_on(std::move(load), rest);
  }
}

/// The keys of a batch, which are given back whatever becomes of it.
class Intake::InFlight {
 public:
  InFlight(Intake& intake, const Load& load) : intake_(intake) {
    for (const auto& each : load) keys_.insert(keys_.end(), each->keys.begin(), each->keys.end());
  }
  ~InFlight() {
    {
      std::lock_guard lock(intake_.mutex_);
      for (const std::int64_t key : keys_) intake_.in_flight_.erase(intake_.in_flight_.find(key));
    }
    intake_.arrived_.notify_all();
    intake_.room_.notify_all();
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Intake& intake_;
  std::vector<std::int64_t> keys_;
};

// A database that is soon back costs nobody his answer. A commit whose outcome is not known is so asked for again under
// the locks of what it was about: what was stored gives its receipt.
void Intake::work_on(Load load, const Rest& rest) {
  const InFlight in_flight(*this, load);
  const Duration began = clock_.steady();
  while (!run(load)) {
    std::erase(load, nullptr);
    rest(settings_.rests);
    if (!asks_again(began)) return go_unanswered(load);
  }
}

bool Intake::asks_again(Duration began) const {
  std::lock_guard lock(mutex_);
  const Duration since = std::min(began, lost_since_.value_or(began));
  return !stopping_ && clock_.steady() < since + settings_.asks_again_for;
}

bool Intake::step(const Rest& rest) {
  Load load;
  {
    std::lock_guard lock(mutex_);
    load = take();
  }
  if (load.empty()) return false;
  work_on(std::move(load), rest);
  return true;
}

Intake::Load Intake::take() {
  Load load;
  std::unordered_set<std::int64_t> passed_over;  // keys of those that must wait: nothing may overtake them
  std::unordered_set<std::string> identities;
  std::size_t bytes = 0;
  for (auto each = waiting_.begin(); each != waiting_.end() && load.size() < settings_.batch_envelopes;) {
    Waiting& waiting = **each;
    const std::size_t size = waiting.envelope.bytes->size();
    const bool twin = !waiting.subject.identity.empty() && identities.contains(waiting.subject.identity.sender);
    if (twin || any_in(waiting.keys, in_flight_) || any_in(waiting.keys, passed_over)) {
      passed_over.insert(waiting.keys.begin(), waiting.keys.end());
      ++each;
      continue;
    }
    if (!load.empty() && bytes + size > settings_.batch_bytes) break;
    bytes += size;
    identities.insert(waiting.subject.identity.sender);
    load.push_back(std::move(*each));
    each = waiting_.erase(each);
  }
  waiting_bytes_ -= bytes;
  for (const auto& each : load) in_flight_.insert(each->keys.begin(), each->keys.end());
  return load;
}

std::optional<Decision> Intake::decide(const Waiting& waiting, Book& book) const {
  try {
    return waiting.generation->site->decide(waiting.envelope, book, clock_.now());
  } catch (const StoreLost&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;  // it may do another time: nobody is told anything
  } catch (const std::exception& bug) {
    // A bug of ours in one message must not stop the feed (P5).
    book.undo();
    end_run(book, waiting.envelope.pending);
    spdlog::error("message {} from {}: a bug in the engine, parked", waiting.envelope.message, waiting.envelope.inlet);
    Decision decision;
    decision.receipt = parked(waiting.envelope.message, bug.what());
    decision.trace = R"({"routes":[],"outcome":"parked"})";
    decision.changes = book.keep();
    return decision;
  }
}

bool Intake::run(Part load, int tries_left) {
  try {
    load = without_broken_streams(load);
    if (load.empty()) return true;
    std::vector<Subject> subjects;
    for (const auto& each : load) subjects.push_back(each->subject);
    const auto batch = store_.begin(subjects);
    std::vector<Envelope> envelopes(load.size());
    std::vector<std::optional<Decision>> decisions(load.size());
    std::vector<std::optional<Receipt>> receipts(load.size());
    for (std::size_t i = 0; i < load.size(); ++i) {
      if (batch->left_out(i)) continue;
      if (auto earlier = batch->earlier(i)) {
        receipts[i] = std::move(earlier);
        receipts[i]->duplicate = true;
        continue;
      }
      if (load[i]->envelope.pending == 0) load[i]->envelope.message = batch->message(i);
      decisions[i] = decide(*load[i], batch->book());
      envelopes[i] = load[i]->envelope;
      receipts[i] = decisions[i] ? decisions[i]->receipt : Receipt{};
      if (plant::kAckBeforeCommit && decisions[i]) load[i]->receipt.set_value(*receipts[i]);
    }
    batch->save(envelopes, decisions);
    // From the last to the first, so that those put back stand in the order in which they came.
    for (std::size_t i = load.size(); i-- > 0;) {
      if (!receipts[i])
        put_back(load[i]);
      else if (decisions[i] && !plant::kAckBeforeCommit)
        settle(std::move(load[i]), *std::move(receipts[i]), decisions[i]->parcels);
      else if (receipts[i]->duplicate)
        settle(std::move(load[i]), *std::move(receipts[i]));
      else
        forget_restart(load[i]->envelope.pending);  // it has ended meanwhile: whoever ended it has told
    }
    if (std::any_of(decisions.begin(), decisions.end(), [](const auto& each) { return each && !each->awakes.empty(); }))
      look_for_due_runs();
    say_back();
  } catch (const BatchRefused&) {
    if (load.size() == 1) {
      park(load.front());
      return true;
    }
    // The second half may be about the first one's patients: it never goes first.
    return run(load.first(load.size() / 2)) && run(load.subspan(load.size() / 2));
  } catch (const TryAgain&) {
    if (tries_left > 0) return run(load, tries_left - 1);
    fail(load);
  } catch (const StoreAway& away) {
    say_lost(away.what());
    return false;
  } catch (const StoreLost& lost) {
    // Of these, by what they name; others may fare better.
    spdlog::error("{}: {} messages go without an answer", lost.what(), load.size());
    fail(load);
  } catch (...) {
    fail(load);
  }
  return true;
}

Intake::Part Intake::without_broken_streams(Part load) {
  const auto broken = std::stable_partition(load.begin(), load.end(),
                                            [](const auto& each) { return !is_behind_a_lost_one(each->envelope); });
  fail({broken, load.end()}, std::make_exception_ptr(StoreLost("a message before it went without an answer")));
  return {load.begin(), broken};
}

// Once, however many are waiting.
void Intake::say_lost(const char* why) {
  std::lock_guard lock(mutex_);
  if (lost_since_) return;
  lost_since_ = clock_.steady();
  spdlog::error("{}; who sends waits, and goes without an answer when it is not back in {}", why,
                to_text(settings_.asks_again_for));
}

void Intake::say_back() {
  std::lock_guard lock(mutex_);
  if (!lost_since_) return;
  const Duration lasted = std::chrono::round<std::chrono::milliseconds>(clock_.steady() - *lost_since_);
  spdlog::warn("the database is back after {}; messages that went without an answer: {}", to_text(lasted), unanswered_);
  lost_since_.reset();
  unanswered_ = 0;
}

void Intake::go_unanswered(Part load) {
  {
    std::lock_guard lock(mutex_);
    unanswered_ += load.size();
  }
  fail(load, std::make_exception_ptr(StoreAway("the database is away")));
}

void Intake::fail(Part load, const std::exception_ptr& why) {
  for (auto& each : load) {
    if (!each) continue;
    if (each->envelope.pending != 0) forget_restart(each->envelope.pending);
    if (each->envelope.stream) each->envelope.stream->is_broken = true;
    each->receipt.set_exception(why);
    each.reset();
  }
}

void Intake::forget_restart(std::int64_t run) {
  std::lock_guard lock(mutex_);
  restarting_.erase(run);
}

void Intake::look_for_due_runs() {
  {
    std::lock_guard lock(mutex_);
    look_now_ = true;
  }
  due_wakes_.notify_one();
}

void Intake::park(std::unique_ptr<Waiting>& guilty) {
  try {
    const auto batch = store_.begin({guilty->subject});
    if (guilty->envelope.pending == 0) guilty->envelope.message = batch->message(0);
    Decision decision;
    decision.receipt = parked(guilty->envelope.message, "the database refused it");
    decision.trace = R"({"routes":[],"outcome":"parked"})";
    end_run(batch->book(), guilty->envelope.pending);
    batch->save({guilty->envelope}, {decision});
    spdlog::error("message {} from {}: the database refused it, parked", guilty->envelope.message,
                  guilty->envelope.inlet);
    settle(std::move(guilty), decision.receipt);
  } catch (...) {
    if (guilty) spdlog::error("a message from {} could not even be parked", guilty->envelope.inlet);
    fail({&guilty, 1});
  }
}

void Intake::put_back(std::unique_ptr<Waiting>& waiting) {
  std::lock_guard lock(mutex_);
  const std::size_t size = waiting->envelope.bytes->size();
  waiting_.push_front(std::move(waiting));
  waiting_bytes_ += size;
}

void Intake::settle(std::unique_ptr<Waiting> waiting, Receipt receipt, const std::vector<Parcel>& parcels) {
  if (waiting->envelope.pending != 0) forget_restart(waiting->envelope.pending);
  if (observer_) observer_(receipt, parcels);
  waiting->receipt.set_value(std::move(receipt));
}

}  // namespace pons
