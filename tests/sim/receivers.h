#pragma once

#include <map>

#include "engine/ports/outlet.h"
#include "tests/sim/watch.h"
#include "tests/sim/weather.h"

namespace pons::sim {

/// The systems at the other end of the outlets: up or down, quick or slow, and what they make of what they read.
class Receivers final {
 public:
  Receivers(World& world, Watch& watch, Weather& weather, Chance chance)
      : world_(world), watch_(watch), weather_(weather), chance_(chance) {}

  /// Where it is down for longer already, it stays so.
  void down(const std::string& outlet, Duration until) { down_until_[outlet] = std::max(down_until_[outlet], until); }
  void up(const std::string& outlet) { down_until_.erase(outlet); }
  /// What is sent comes here when its time has come, whoever sent it and whatever became of him.
  bool is_down(const std::string& outlet) const;
  /// Reads it, and says whether it takes it: always the same for the same parcel.
  bool read(const Parcel& parcel);

 private:
  World& world_;
  Watch& watch_;
  Weather& weather_;
  Chance chance_;
  std::map<std::string, Duration> down_until_;
  std::map<std::int64_t, bool> takes_;
};

/// A connection to one of them.
class Wire final : public Outlet {
 public:
  Wire(World& world, Receivers& receivers, Weather& weather, Chance chance, Duration reply_within,
       std::function<void()> risk_power)
      : world_(world),
        receivers_(receivers),
        weather_(weather),
        chance_(chance),
        reply_within_(reply_within),
        risk_power_(std::move(risk_power)) {}

  Delivery send(const Parcel& parcel) override;

 private:
  Delivery ended(Delivery::Outcome outcome, const char* text) const;
  Delivery lose_answer(const Parcel& parcel, Duration began);

  World& world_;
  Receivers& receivers_;
  Weather& weather_;
  Chance chance_;
  const Duration reply_within_;
  const std::function<void()> risk_power_;
};

}  // namespace pons::sim
