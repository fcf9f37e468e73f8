#include "app/measured.h"

namespace pons {

namespace {

/// Runs the work, and counts what the database did not take.
template <class Work>
auto counting_trouble(Metrics& metrics, const Work& work) {
  try {
    return work();
  } catch (const BatchRefused&) {
    metrics.database_trouble("refused");
    throw;
  } catch (const TryAgain&) {
    metrics.database_trouble("gave way");
    throw;
  } catch (const StoreLost&) {
    metrics.database_trouble("lost");
    throw;
  }
}

class MeasuredBatch final : public Batch {
 public:
  MeasuredBatch(std::unique_ptr<Batch> batch, std::size_t messages, Duration began, Metrics& metrics,
                const Clock& clock)
      : batch_(std::move(batch)), messages_(messages), began_(began), metrics_(metrics), clock_(clock) {}

  Book& book() override { return batch_->book(); }
  std::int64_t message(std::size_t i) const override { return batch_->message(i); }
  bool left_out(std::size_t i) const override { return batch_->left_out(i); }
  std::optional<Receipt> earlier(std::size_t i) const override { return batch_->earlier(i); }
  bool control_id_reused(std::size_t i) const override { return batch_->control_id_reused(i); }
  void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
    counting_trouble(metrics_, [&] { batch_->save(envelopes, decisions); });
    metrics_.committed(messages_, clock_.steady() - began_);
  }

 private:
  const std::unique_ptr<Batch> batch_;
  const std::size_t messages_;
  const Duration began_;
  Metrics& metrics_;
  const Clock& clock_;
};

}  // namespace

template <class Accept>
Receipt MeasuredCounter::measure(const std::string& inlet, Duration began, const Accept& accept) {
  try {
    Receipt receipt = accept();
    metrics_.answered(inlet, receipt, clock_.steady() - began);
    return receipt;
  } catch (const StoreLost&) {
    metrics_.unanswered(inlet);
    throw;
  }
}

Receipt MeasuredCounter::accept(Envelope envelope) {
  const std::string inlet = envelope.inlet;
  return measure(inlet, clock_.steady(), [&] { return counter_.accept(std::move(envelope)); });
}

Coming MeasuredCounter::hand_in(Envelope envelope) {
  const std::string inlet = envelope.inlet;
  const Duration began = clock_.steady();
  try {
    Coming coming = counter_.hand_in(std::move(envelope));
    coming.look([this, inlet, began](const Coming::Get& get) { return measure(inlet, began, get); });
    return coming;
  } catch (const StoreLost&) {
    metrics_.unanswered(inlet);
    throw;
  }
}

Receipt MeasuredCounter::accept_and_tell(Envelope envelope, const Stored& stored) {
  const std::string inlet = envelope.inlet;
  return measure(inlet, clock_.steady(), [&] { return counter_.accept_and_tell(std::move(envelope), stored); });
}

std::unique_ptr<Batch> MeasuredStore::begin(const std::vector<Subject>& subjects) {
  const Duration began = clock_.steady();
  auto batch = counting_trouble(metrics_, [&] { return store_.begin(subjects); });
  return std::make_unique<MeasuredBatch>(std::move(batch), subjects.size(), began, metrics_, clock_);
}

std::vector<Envelope> MeasuredStore::due_runs(Instant now, const Room& room) {
  return counting_trouble(metrics_, [&] { return store_.due_runs(now, room); });
}

std::optional<Envelope> MeasuredStore::set_aside_in(const std::string& lane) {
  return counting_trouble(metrics_, [&] { return store_.set_aside_in(lane); });
}

void MeasuredStore::release_held(Instant now) {
  counting_trouble(metrics_, [&] { store_.release_held(now); });
}

Parcels::Claim MeasuredParcels::claim(const std::string& outlet, std::size_t limit, Instant now, Instant until) {
  return counting_trouble(metrics_, [&] { return parcels_.claim(outlet, limit, now, until); });
}

Parcels::Claim MeasuredParcels::claim_numbered(const std::string& outlet, Instant now, Instant until) {
  return counting_trouble(metrics_, [&] { return parcels_.claim_numbered(outlet, now, until); });
}

void MeasuredParcels::settle(const std::vector<Settlement>& settlements) {
  counting_trouble(metrics_, [&] { parcels_.settle(settlements); });
}

void MeasuredParcels::release(const Claim& claim) {
  counting_trouble(metrics_, [&] { parcels_.release(claim); });
}

void MeasuredParcels::bring_forward(const std::string& outlet, Instant latest, Instant now) {
  counting_trouble(metrics_, [&] { parcels_.bring_forward(outlet, latest, now); });
}

std::vector<Parcel::State> MeasuredParcels::states(std::int64_t message) {
  return counting_trouble(metrics_, [&] { return parcels_.states(message); });
}

Parcels::Backlog MeasuredParcels::backlog(const std::string& outlet) {
  return counting_trouble(metrics_, [&] { return parcels_.backlog(outlet); });
}

std::optional<std::string> MeasuredPerformedSteps::performed_dataset(const std::string& uid) {
  return counting_trouble(metrics_, [&] { return steps_.performed_dataset(uid); });
}

void MeasuredWorklist::find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) {
  const Duration began = clock_.steady();
  std::size_t items = 0;
  counting_trouble(metrics_, [&] {
    worklist_.find(query, [&](const WorklistItem& item) {
      ++items;
      return take(item);
    });
  });
  metrics_.queried(items, clock_.steady() - began);
}

}  // namespace pons
