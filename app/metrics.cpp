#include "app/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

namespace pons {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const Buckets kMessages{1, 2, 4, 8, 16, 32, 64};

template <class Builder>
auto& family(prometheus::Registry& registry, Builder builder, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

auto& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return family(registry, prometheus::BuildCounter(), name, help);
}

auto& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return family(registry, prometheus::BuildHistogram(), name, help);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Metrics::Metrics()
    : messages_(counters(registry_, "pons_messages_total", "Messages by inlet and what became of them")),
      duplicates_(counters(registry_, "pons_duplicates_total", "Messages that came again and were answered alike")),
      unanswered_(counters(registry_, "pons_unanswered_total", "Messages not answered, since the database was away")),
      answer_seconds_(histograms(registry_, "pons_answer_seconds", "From a whole message to its answer, by inlet")),
      deliveries_(counters(registry_, "pons_deliveries_total", "Attempts to deliver by endpoint and outcome")),
      delivery_seconds_(histograms(registry_, "pons_delivery_seconds", "From sending to the answer, by endpoint")),
      failing_(family(registry_, prometheus::BuildGauge(), "pons_endpoint_failing",
                      "1 while the last attempt to an endpoint did not deliver")),
      database_errors_(counters(registry_, "pons_database_errors_total",
                                "Transactions that the database did not take: lost, gave way, refused")),
      batch_messages_(histograms(registry_, "pons_batch_messages", "Messages in one transaction").Add({}, kMessages)),
      commit_seconds_(
          histograms(registry_, "pons_commit_seconds", "A transaction from its begin to its commit").Add({}, kSeconds)),
      worklist_seconds_(
          histograms(registry_, "pons_worklist_seconds", "A worklist query to its last item").Add({}, kSeconds)),
      worklist_items_(counters(registry_, "pons_worklist_items_total", "Items answered to worklist queries").Add({})) {
  for (const char* kind : {"lost", "gave way", "refused"}) database_errors_.Add({{"kind", kind}});
}

void Metrics::expect_inlet(const std::string& inlet) {
  using Outcome = Receipt::Outcome;
  for (const Outcome each : {Outcome::done, Outcome::held, Outcome::waiting, Outcome::dropped, Outcome::refused,
                             Outcome::parked, Outcome::unrouted})
    messages_.Add({{"inlet", inlet}, {"outcome", to_text(each)}});
  duplicates_.Add({{"inlet", inlet}});
  unanswered_.Add({{"inlet", inlet}});
  answer_seconds_.Add({{"inlet", inlet}}, kSeconds);
}

void Metrics::expect_outlet(const std::string& outlet) {
  using Outcome = Delivery::Outcome;
  for (const Outcome each : {Outcome::delivered, Outcome::unavailable, Outcome::refused, Outcome::unknown})
    deliveries_.Add({{"endpoint", outlet}, {"outcome", to_text(each)}});
  delivery_seconds_.Add({{"endpoint", outlet}}, kSeconds);
  failing_.Add({{"endpoint", outlet}});
}

void Metrics::answered(const std::string& inlet, const Receipt& receipt, Duration took) {
  if (receipt.duplicate)
    duplicates_.Add({{"inlet", inlet}}).Increment();
  else
    messages_.Add({{"inlet", inlet}, {"outcome", to_text(receipt.outcome)}}).Increment();
  answer_seconds_.Add({{"inlet", inlet}}, kSeconds).Observe(seconds(took));
}

void Metrics::unanswered(const std::string& inlet) {
  unanswered_.Add({{"inlet", inlet}}).Increment();
}

void Metrics::count(const Courier::Attempt& attempt) {
  deliveries_.Add({{"endpoint", attempt.outlet}, {"outcome", to_text(attempt.outcome)}}).Increment();
  delivery_seconds_.Add({{"endpoint", attempt.outlet}}, kSeconds).Observe(seconds(attempt.latency));
  failing_.Add({{"endpoint", attempt.outlet}}).Set(attempt.outcome == Delivery::Outcome::delivered ? 0 : 1);
}

void Metrics::committed(std::size_t messages, Duration took) {
  batch_messages_.Observe(static_cast<double>(messages));
  commit_seconds_.Observe(seconds(took));
}

void Metrics::database_trouble(const std::string& kind) {
  database_errors_.Add({{"kind", kind}}).Increment();
}

void Metrics::queried(std::size_t items, Duration took) {
  worklist_items_.Increment(static_cast<double>(items));
  worklist_seconds_.Observe(seconds(took));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace pons
