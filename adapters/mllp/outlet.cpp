#include "adapters/mllp/outlet.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <string_view>

#include "adapters/mllp/deframer.h"
#include "adapters/mllp/verdict.h"
#include "engine/base/plant.h"

namespace pons {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Duration kSlice = 200ms;  // how long a read may not notice that the engine stops

Delivery ended(Delivery::Outcome outcome, std::string text) {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.text = std::move(text);
  return delivery;
}

bool holds_framing(std::string_view document) {
  return document.find('\x0b') != std::string_view::npos || document.find('\x1c') != std::string_view::npos;
}

}  // namespace

Delivery MllpOutlet::send(const Parcel& parcel) {
  if (holds_framing(parcel.document))
    return ended(Delivery::Outcome::refused, "the message holds a byte that MLLP frames with (0B or 1C)");
  const Deadline deadline = steady_clock::now() + settings_.reply_within;
  try {
    make_ready(deadline);
  } catch (const Poco::Exception& error) {
    connection_.reset();
    return ended(Delivery::Outcome::unavailable, "not connected: " + error.displayText());
  }
  try {
    connection_->write(frame(parcel.document), deadline);
    plant::crash_point("before-receivers-answer");
    return await_answer(parcel, deadline);
  } catch (const Poco::Exception& error) {
    connection_.reset();
    return ended(Delivery::Outcome::unknown, "the connection was lost before the answer: " + error.displayText());
  }
}

void MllpOutlet::make_ready(Deadline deadline) {
  if (connection_ && connection_->drain(deadline)) return;
  connection_.reset();
  connection_ = std::make_unique<MllpConnection>(settings_.host, settings_.port, settings_.tls, deadline);
}

Delivery MllpOutlet::await_answer(const Parcel& parcel, Deadline deadline) {
  Deframer deframer(settings_.answer_limit);
  std::size_t passed_over = 0;
  while (!stopping_) {
    const auto left = std::chrono::floor<Duration>(deadline - steady_clock::now());
    if (left <= 0ms) break;
    deframer.feed(connection_->read(std::min(left, kSlice)));
    while (const auto answer = deframer.next()) {
      if (auto delivery = hear(*answer, parcel, deadline)) return *std::move(delivery);
      if (*answer != kCommitted) ++passed_over;
    }
    if (deframer.is_over_limit()) {
      connection_.reset();
      return ended(Delivery::Outcome::unknown, "the answer is too long");
    }
  }
  if (stopping_) return ended(Delivery::Outcome::unknown, "the engine stopped before the answer came");
  return ended(Delivery::Outcome::unknown,
               passed_over == 0 ? "no answer in time" : "no answer to this message in time, though to others");
}

std::optional<Delivery> MllpOutlet::hear(const std::string& frame_content, const Parcel& parcel, Deadline deadline) {
  if (settings_.commits) {
    if (frame_content == kCommitted) return {};
    if (frame_content == kNotCommitted)
      return ended(Delivery::Outcome::unavailable, "the other side could not store it (NAK)");
    connection_->write(frame(kCommitted), deadline);
  }
  return verdict(frame_content, parcel.control_id, settings_.accept);
}

}  // namespace pons
