#pragma once

#include "app/metrics.h"
#include "engine/ports/inlet.h"
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
  std::vector<Envelope> due_runs(Instant now, const Room& room) override { return store_.due_runs(now, room); }
  std::optional<Envelope> set_aside_in(const std::string& lane) override { return store_.set_aside_in(lane); }
  void release_held(Instant now) override { store_.release_held(now); }

 private:
  Store& store_;
  Metrics& metrics_;
  const Clock& clock_;
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
