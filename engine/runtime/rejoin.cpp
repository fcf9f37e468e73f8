#include "engine/runtime/rejoin.h"

#include <algorithm>
#include <vector>

#include "engine/base/digest.h"
#include "engine/hl7/fragments.h"
#include "engine/route/fragments.h"

namespace pons {

namespace {

constexpr std::size_t kMostFragments = 1'000;
constexpr std::size_t kLargestWhole = 128u << 20;  // bytes, as a frame

/// What stands before the last fragment, the nearest first.
struct Chain {
  std::vector<Envelope> fragments;
  std::vector<std::string> lanes;
  std::size_t bytes = 0;
};

/// Nothing: a link is missing. A chain that is too long ends early.
std::optional<Chain> chain_before(Store& store, const Envelope& last, const hl7::Message& message) {
  Chain chain;
  chain.bytes = last.bytes->size();
  std::string lane = fragment_lane(last.inlet, message, hl7::fragment_of(message).continues);
  while (chain.fragments.size() < kMostFragments && chain.bytes <= kLargestWhole) {
    auto kept = store.set_aside_in(lane);
    const auto fragment = kept ? hl7::Message::parse(kept->bytes) : Result<hl7::Message>(refused("none"));
    if (!fragment) return {};
    chain.bytes += kept->bytes->size();
    chain.fragments.push_back(*std::move(kept));
    chain.lanes.push_back(lane);
    const std::string before = hl7::fragment_of(*fragment).continues;
    if (before.empty()) return chain;
    lane = fragment_lane(last.inlet, *fragment, before);
  }
  return chain;
}

Result<std::string> whole_of(const Chain& chain, const Envelope& last) {
  if (chain.fragments.size() >= kMostFragments)
    return refused("it comes in more than " + std::to_string(kMostFragments) + " fragments", "MSH-14", 207);
  if (chain.bytes > kLargestWhole)
    return refused("its fragments are more than " + std::to_string(kLargestWhole >> 20) + " MB together", "MSH-14",
                   207);
  std::vector<std::string_view> pieces;
  for (auto each = chain.fragments.rbegin(); each != chain.fragments.rend(); ++each) pieces.push_back(*each->bytes);
  pieces.push_back(*last.bytes);
  return hl7::join(pieces);
}

}  // namespace

bool Rejoin::joins_fragments(const Envelope& envelope) const {
  const auto site = site_.load();
  const Endpoint* inlet = site->endpoint(envelope.inlet);
  return inlet && inlet->joins_fragments;
}

Coming Rejoin::hand_in(Envelope envelope) {
  const auto message = hl7::Message::parse(envelope.bytes);
  if (joins_fragments(envelope) && message && hl7::fragment_of(*message).is_part())
    return Counter::hand_in(std::move(envelope));
  return next_.hand_in(std::move(envelope));
}

Envelope Rejoin::with_fragments(Envelope envelope) {
  if (!joins_fragments(envelope)) return envelope;
  const auto message = hl7::Message::parse(envelope.bytes);
  if (!message || !hl7::fragment_of(*message).is_last()) return envelope;
  const auto chain = chain_before(store_, envelope, *message);
  if (!chain) return envelope;
  auto whole = whole_of(*chain, envelope);
  if (!whole) {
    envelope.attributes["fragment_fault"] = whole.fault().text;
    return envelope;
  }
  std::vector<std::int64_t> messages;
  for (const Envelope& each : chain->fragments) messages.insert(messages.begin(), each.message);
  envelope.attributes.merge(attributes_of_whole(messages, chain->lanes, *envelope.bytes));
  envelope.bytes = std::make_shared<const std::string>(*std::move(whole));
  return envelope;
}

}  // namespace pons
