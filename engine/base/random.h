#pragma once

namespace pons {

/// Where chance comes from: whatever scatters its waits takes a Random, so that tests own the chance. Safe from many
/// threads.
class Random {
 public:
  virtual ~Random() = default;
  /// From 0 to below 1.
  virtual double unit() = 0;
};

class SystemRandom final : public Random {
 public:
  double unit() override;
};

}  // namespace pons
