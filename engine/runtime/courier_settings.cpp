#include "engine/runtime/courier_settings.h"

namespace pons {

namespace {

Terms terms_of(const Endpoint& endpoint) {
  Terms terms;
  terms.retry.every = endpoint.retry.every;
  terms.retry.up_to = endpoint.retry.up_to;
  terms.retry.patience = endpoint.retry.alert_after;
  terms.retry.then = endpoint.retry.then_park ? Retry::Then::park : Retry::Then::go_on;
  terms.rejected = endpoint.rejected == Endpoint::Policy::hold   ? Terms::Rejected::hold
                   : endpoint.rejected == Endpoint::Policy::drop ? Terms::Rejected::drop
                                                                 : Terms::Rejected::park;
  return terms;
}

}  // namespace

Courier::Settings courier_settings(const Endpoint& endpoint) {
  Courier::Settings settings;
  settings.outlet = endpoint.name;
  settings.numbers = endpoint.numbers_messages;
  settings.at_once = static_cast<std::size_t>(endpoint.at_once);
  settings.terms = terms_of(endpoint);
  settings.rate = endpoint.per_second;
  settings.open = endpoint.open;
  settings.reply_within = endpoint.reply_within;
  settings.lease = endpoint.reply_within + Courier::kLeaseMargin + std::chrono::seconds(30);
  return settings;
}

}  // namespace pons
