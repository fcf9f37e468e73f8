#pragma once

#include "app/metrics.h"
#include "engine/ports/inlet.h"
#include "engine/ports/parcels.h"
#include "engine/ports/performed_steps.h"
#include "engine/ports/store.h"
#include "engine/ports/worklist.h"

namespace pons {

/// Each of these is the port that it is made with, and counts what goes through it.

class MeasuredCounter final : public Counter {
 public:
  MeasuredCounter(Counter& counter, Metrics& metrics, const Clock& clock)
      : counter_(counter), metrics_(metrics), clock_(clock) {}
  Receipt accept(Envelope envelope) override;
  Coming hand_in(Envelope envelope) override;
  Receipt accept_and_tell(Envelope envelope, const Stored& stored) override;

 private:
  template <class Accept>
  Receipt measure(const std::string& inlet, Duration began, const Accept& accept);

  Counter& counter_;
  Metrics& metrics_;
  const Clock& clock_;
};

class MeasuredStore final : public Store {
 public:
  MeasuredStore(Store& store, Metrics& metrics, const Clock& clock) : store_(store), metrics_(metrics), clock_(clock) {}
  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override;
  std::vector<Envelope> due_runs(Instant now, const Room& room) override;
  std::optional<Envelope> set_aside_in(const std::string& lane) override;
  void release_held(Instant now) override;

 private:
  Store& store_;
  Metrics& metrics_;
  const Clock& clock_;
};

class MeasuredParcels final : public Parcels {
 public:
  MeasuredParcels(Parcels& parcels, Metrics& metrics) : parcels_(parcels), metrics_(metrics) {}
  Claim claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) override;
  Claim claim_numbered(const std::string& outlet, Instant now, Instant until) override;
  void settle(const std::vector<Settlement>& settlements) override;
  void release(const Claim& claim) override;
  void bring_forward(const std::string& outlet, Instant latest, Instant now) override;
  std::vector<Parcel::State> states(std::int64_t message) override;
  Backlog backlog(const std::string& outlet) override;

 private:
  Parcels& parcels_;
  Metrics& metrics_;
};

class MeasuredPerformedSteps final : public PerformedSteps {
 public:
  MeasuredPerformedSteps(PerformedSteps& steps, Metrics& metrics) : steps_(steps), metrics_(metrics) {}
  std::optional<std::string> performed_dataset(const std::string& uid) override;

 private:
  PerformedSteps& steps_;
  Metrics& metrics_;
};

class MeasuredWorklist final : public Worklist {
 public:
  MeasuredWorklist(Worklist& worklist, Metrics& metrics, const Clock& clock)
      : worklist_(worklist), metrics_(metrics), clock_(clock) {}
  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override;

 private:
  Worklist& worklist_;
  Metrics& metrics_;
  const Clock& clock_;
};

}  // namespace pons
