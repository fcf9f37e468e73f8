#include "adapters/mllp/outlet.h"

#include <Poco/Net/NetException.h>

#include <algorithm>
#include <string_view>

#include "adapters/mllp/deframer.h"
#include "adapters/mllp/verdict.h"
#include "engine/base/plant.h"
#include "engine/hl7/edit.h"

namespace pons {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Duration kGreetsWithin = 5s;  // whoever calls, with TLS
constexpr Duration kSlice = 200ms;      // how long a read may not notice that the engine stops

Delivery ended(Delivery::Outcome outcome, std::string text) {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.text = std::move(text);
  return delivery;
}

bool holds_framing(std::string_view document) {
  return document.find('\x0b') != std::string_view::npos || document.find('\x1c') != std::string_view::npos;
}

/// The message with its sequence number.
std::string numbered(const Parcel& parcel) {
  static const auto kNumber = hl7::Path::parse("MSH-13");
  const std::shared_ptr<const std::string> borrowed(std::shared_ptr<void>(), &parcel.document);
  auto message = hl7::Message::parse(borrowed);
  if (!message || !hl7::set(*message, *kNumber, hl7::State::value, std::to_string(*parcel.number)))
    return parcel.document;  // a batch: each of its messages would need a number
  return message->write();
}

}  // namespace

std::vector<Delivery> MllpOutlet::send_together(std::span<const Parcel> parcels) {
  std::vector<Delivery> deliveries(parcels.size());
  Flight flight;
  for (std::size_t i = 0; i < parcels.size(); ++i) {
    if (holds_framing(parcels[i].document))
      deliveries[i] = ended(Delivery::Outcome::refused, "the message holds a byte that MLLP frames with (0B or 1C)");
    else
      flight[&parcels[i]] = &deliveries[i];
  }
  if (flight.empty()) return deliveries;
  const Deadline deadline = steady_clock::now() + settings_.reply_within;
  try {
    make_ready(deadline);
  } catch (const Poco::Exception& error) {
    connection_.reset();
    for (const auto& [parcel, delivery] : flight) *delivery = not_connected(error.displayText());
    return deliveries;
  }
  try {
    // Keys of the map are in the order of the parcels.
    for (const auto& [parcel, delivery] : flight) {
      if (parcel->number)
        connection_->send(numbered(*parcel), deadline);
      else
        connection_->send(parcel->document, deadline);
    }
    plant::crash_point("before-receivers-answer");
    await_answers(flight, deadline);
  } catch (const Poco::Exception& error) {
    connection_.reset();
    end(flight, Delivery::Outcome::unknown, "the connection was lost before the answer: " + error.displayText());
  }
  return deliveries;
}

void MllpOutlet::end(Flight& flight, Delivery::Outcome outcome, const std::string& text) {
  for (const auto& [parcel, delivery] : flight) *delivery = ended(outcome, text);
  flight.clear();
}

// Of several outlets at one door each that says yes has a partner of its own.
bool MllpOutlet::is_ready() {
  try {
    return !settings_.door || has_caller(steady_clock::now() + kGreetsWithin);
  } catch (const Poco::Exception&) {
    return false;
  }
}

bool MllpOutlet::has_connection(Deadline deadline) {
  try {
    if (connection_ && connection_->drain(deadline)) return true;
  } catch (const Poco::Exception&) {
    // It broke while nothing was sent: another is needed, and nothing is lost.
  }
  connection_.reset();
  return false;
}

void MllpOutlet::make_ready(Deadline deadline) {
  if (settings_.door) {
    if (!has_caller(deadline)) throw Poco::Net::ConnectionAbortedException("nobody has called");
  } else if (!has_connection(deadline)) {
    connection_ = std::make_unique<MllpConnection>(connect(settings_.host, settings_.port, settings_.tls, deadline));
  }
}

bool MllpOutlet::has_caller(Deadline deadline) {
  MllpDoor& door = *settings_.door;
  if (has_connection(deadline) && !(door.is_for_one() && door.somebody_waits())) return true;
  if (auto caller = door.next(deadline)) connection_ = std::make_unique<MllpConnection>(*std::move(caller));
  return connection_ != nullptr;
}

void MllpOutlet::await_answers(Flight& flight, Deadline deadline) {
  Deframer deframer(settings_.answer_limit);
  std::size_t passed_over = 0;
  while (!stopping_ && !flight.empty()) {
    const auto left = std::chrono::floor<Duration>(deadline - steady_clock::now());
    if (left <= 0ms) break;
    deframer.feed(connection_->read(std::min(left, kSlice)));
    while (const auto answer = deframer.next())
      if (!hear(*answer, flight, deadline) && *answer != kCommitted) ++passed_over;
    if (deframer.is_over_limit()) {
      connection_.reset();
      return end(flight, Delivery::Outcome::unknown, "the answer is too long");
    }
  }
  if (stopping_) return end(flight, Delivery::Outcome::unknown, "the engine stopped before the answer came");
  end(flight, Delivery::Outcome::unknown,
      passed_over == 0 ? "no answer in time" : "no answer to this message in time, though to others");
}

bool MllpOutlet::hear(const std::string& frame_content, Flight& flight, Deadline deadline) {
  if (settings_.commits) {
    if (frame_content == kCommitted) return false;
    if (frame_content == kNotCommitted) {
      end(flight, Delivery::Outcome::unavailable, "the other side could not store it (NAK)");
      return true;
    }
    connection_->send(kCommitted, deadline);
  }
  for (const auto& [parcel, delivery] : flight)
    if (auto said = verdict(frame_content, parcel->control_id, settings_.accept)) {
      *delivery = *std::move(said);
      flight.erase(parcel);
      return true;
    }
  return false;
}

}  // namespace pons
