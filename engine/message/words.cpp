#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "engine/message/envelope.h"
#include "engine/message/parcel.h"
#include "engine/message/receipt.h"

namespace pons {

namespace {

template <class Enum, std::size_t N>
using Words = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Words<Envelope::Kind, 8> kKinds{{{Envelope::Kind::hl7, "hl7"},
                                           {Envelope::Kind::mpps_create, "mpps-create"},
                                           {Envelope::Kind::mpps_set, "mpps-set"},
                                           {Envelope::Kind::availability, "availability"},
                                           {Envelope::Kind::stored, "stored"},
                                           {Envelope::Kind::commitment_request, "commitment-request"},
                                           {Envelope::Kind::commitment_result, "commitment-result"},
                                           {Envelope::Kind::event, "event"}}};
constexpr Words<Receipt::Outcome, 7> kOutcomes{{{Receipt::Outcome::done, "done"},
                                                {Receipt::Outcome::held, "held"},
                                                {Receipt::Outcome::waiting, "waiting"},
                                                {Receipt::Outcome::dropped, "dropped"},
                                                {Receipt::Outcome::refused, "refused"},
                                                {Receipt::Outcome::parked, "parked"},
                                                {Receipt::Outcome::unrouted, "unrouted"}}};
constexpr Words<Parcel::State, 4> kStates{{{Parcel::State::queued, "queued"},
                                           {Parcel::State::delivered, "delivered"},
                                           {Parcel::State::held, "held"},
                                           {Parcel::State::parked, "parked"}}};
constexpr Words<Delivery::Outcome, 4> kDeliveries{{{Delivery::Outcome::delivered, "delivered"},
                                                   {Delivery::Outcome::unavailable, "unavailable"},
                                                   {Delivery::Outcome::refused, "refused"},
                                                   {Delivery::Outcome::unknown, "unknown"}}};

template <class Enum, std::size_t N>
std::string word(const Words<Enum, N>& words, Enum value) {
  return std::string(std::find_if(words.begin(), words.end(), [&](auto& each) { return each.first == value; })->second);
}

template <class Enum, std::size_t N>
Enum meaning(const Words<Enum, N>& words, std::string_view text) {
  const auto found = std::find_if(words.begin(), words.end(), [&](auto& each) { return each.second == text; });
  if (found == words.end()) throw std::invalid_argument("unknown word in the store: " + std::string(text));
  return found->first;
}

}  // namespace

std::string to_text(Envelope::Kind kind) {
  return word(kKinds, kind);
}
std::string to_text(Receipt::Outcome outcome) {
  return word(kOutcomes, outcome);
}
std::string to_text(Parcel::State state) {
  return word(kStates, state);
}
std::string to_text(Delivery::Outcome outcome) {
  return word(kDeliveries, outcome);
}
Envelope::Kind kind_from(std::string_view text) {
  return meaning(kKinds, text);
}
Parcel::State parcel_state_from(std::string_view text) {
  return meaning(kStates, text);
}
Receipt::Outcome outcome_from(std::string_view text) {
  return meaning(kOutcomes, text);
}

}  // namespace pons
