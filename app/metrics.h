#pragma once

#include <prometheus/registry.h>

#include "engine/runtime/courier.h"
#include "engine/runtime/intake.h"

namespace pons {

/// What /metrics shows. No patient data: endpoints and outcomes only.
class Metrics final {
 public:
  explicit Metrics(prometheus::Registry& registry);

  void count(const Receipt& receipt);
  void count(const Courier::Attempt& attempt);

 private:
  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Family<prometheus::Counter>& deliveries_;
  prometheus::Family<prometheus::Gauge>& failing_;
  prometheus::Counter& duplicates_;
};

}  // namespace pons
