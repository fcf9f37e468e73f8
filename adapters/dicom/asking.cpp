#include "adapters/dicom/asking.h"

#include <algorithm>

namespace pons {

namespace {

constexpr auto kSlice = std::chrono::milliseconds(200);  // how long a wait may not notice that the engine stops

Delivery unknown(const char* text) {
  Delivery delivery;
  delivery.outcome = Delivery::Outcome::unknown;
  delivery.text = text;
  return delivery;
}

}  // namespace

AskingAssociations::Line::~Line() {
  std::lock_guard lock(all_.mutex_);
  if (sent_) {
    sent_->state = State::answered;
    sent_->delivery = unknown("the association was lost before the answer");
  }
  std::erase_if(all_.places_, [this](const auto& each) {
    if (each.second.line != this) return false;
    give_back(each.second);
    return true;
  });
  all_.moved_.notify_all();
}

void AskingAssociations::Line::asked(const std::string& transaction) {
  std::lock_guard lock(all_.mutex_);
  Place& place = all_.places_[transaction];
  if (place.line == this) return;
  give_back(place);  // it was asked for once more, on another association
  place = {this, nullptr};
  all_.moved_.notify_all();
}

const Parcel* AskingAssociations::Line::next() {
  std::lock_guard lock(all_.mutex_);
  if (sent_) return nullptr;
  for (const auto& [transaction, place] : all_.places_) {
    if (place.line != this || !place.errand || place.errand->state != State::waits) continue;
    sent_ = place.errand;
    sent_->state = State::sent;
    all_.moved_.notify_all();
    return &sent_->result;
  }
  return nullptr;
}

bool AskingAssociations::Line::answered(Delivery delivery) {
  std::lock_guard lock(all_.mutex_);
  if (!sent_) return false;
  sent_->state = State::answered;
  sent_->delivery = std::move(delivery);
  std::erase_if(all_.places_, [this](const auto& each) { return each.second.errand == sent_; });
  sent_.reset();
  all_.moved_.notify_all();
  return true;
}

std::optional<Delivery> AskingAssociations::send(const Parcel& result, Deadline sent_by, Deadline answered_by,
                                                 const std::atomic<bool>& stopping) {
  std::unique_lock lock(mutex_);
  const auto place = places_.find(result.control_id);
  if (place == places_.end() || place->second.errand) return {};
  const auto errand = std::make_shared<Errand>(Errand{result});
  place->second.errand = errand;
  if (!wait(lock, *errand, State::waits, sent_by, stopping)) {
    places_.at(result.control_id).errand.reset();
    return {};
  }
  if (errand->state == State::given_back) return {};
  if (!wait(lock, *errand, State::sent, answered_by, stopping)) return unknown("no answer in time");
  return errand->delivery;
}

void AskingAssociations::give_back(const Place& place) {
  if (place.errand && place.errand->state == State::waits) place.errand->state = State::given_back;
}

bool AskingAssociations::wait(std::unique_lock<std::mutex>& lock, const Errand& errand, State beyond, Deadline deadline,
                              const std::atomic<bool>& stopping) {
  while (errand.state == beyond && !stopping && std::chrono::steady_clock::now() < deadline)
    moved_.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() + kSlice));
  return errand.state != beyond;
}

}  // namespace pons
