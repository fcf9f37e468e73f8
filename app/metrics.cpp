#include "app/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace pons {

Metrics::Metrics(prometheus::Registry& registry)
    : messages_(prometheus::BuildCounter()
                    .Name("pons_messages_total")
                    .Help("Messages by what became of them")
                    .Register(registry)),
      deliveries_(prometheus::BuildCounter()
                      .Name("pons_deliveries_total")
                      .Help("Attempts to deliver by endpoint and outcome")
                      .Register(registry)),
      failing_(prometheus::BuildGauge()
                   .Name("pons_endpoint_failing")
                   .Help("1 while the last attempt to an endpoint did not deliver")
                   .Register(registry)),
      duplicates_(prometheus::BuildCounter()
                      .Name("pons_duplicates_total")
                      .Help("Messages answered again")
                      .Register(registry)
                      .Add({})) {}

void Metrics::count(const Receipt& receipt) {
  if (receipt.duplicate)
    duplicates_.Increment();
  else
    messages_.Add({{"outcome", to_text(receipt.outcome)}}).Increment();
}

void Metrics::count(const Courier::Attempt& attempt) {
  deliveries_.Add({{"endpoint", attempt.outlet}, {"outcome", to_text(attempt.outcome)}}).Increment();
  failing_.Add({{"endpoint", attempt.outlet}}).Set(attempt.outcome == Delivery::Outcome::delivered ? 0 : 1);
}

}  // namespace pons
