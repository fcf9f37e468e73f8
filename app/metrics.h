#pragma once

#include <prometheus/registry.h>

#include <string>

#include "engine/message/receipt.h"
#include "engine/runtime/courier.h"

namespace pons {

/// What the engine counts while it works, in Prometheus' names and units. No patient data: endpoints and outcomes only.
/// Safe from many threads.
class Metrics final {
 public:
  Metrics();

  /// Shows zeros from the start, so that the first of a kind is seen as an increase.
  void expect_inlet(const std::string& inlet);
  void expect_outlet(const std::string& outlet);

  /// An inlet handed in a message and was told after `took`.
  void answered(const std::string& inlet, const Receipt& receipt, Duration took);
  /// An inlet handed in a message and was told nothing, since the database is away: its sender has it still.
  void unanswered(const std::string& inlet);
  void count(const Courier::Attempt& attempt);
  /// A transaction over so many messages took so long.
  void committed(std::size_t messages, Duration took);
  /// "lost", "gave way" (40001, 40P01: done again), "refused" (for what was in it: halved until the guilty one is
  /// found).
  void database_trouble(const std::string& kind);
  /// A worklist query was answered with so many items.
  void queried(std::size_t items, Duration took);

  /// All of it in Prometheus' text format.
  std::string text() const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Family<prometheus::Counter>& duplicates_;
  prometheus::Family<prometheus::Counter>& unanswered_;
  prometheus::Family<prometheus::Histogram>& answer_seconds_;
  prometheus::Family<prometheus::Counter>& deliveries_;
  prometheus::Family<prometheus::Histogram>& delivery_seconds_;
  prometheus::Family<prometheus::Gauge>& failing_;
  prometheus::Family<prometheus::Counter>& database_errors_;
  prometheus::Histogram& batch_messages_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Histogram& worklist_seconds_;
  prometheus::Counter& worklist_items_;
};

}  // namespace pons
