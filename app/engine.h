#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/dicom/inlet.h"
#include "adapters/http/health.h"
#include "adapters/postgres/cluster.h"
#include "adapters/postgres/parcels.h"
#include "adapters/postgres/performed_steps.h"
#include "adapters/postgres/store.h"
#include "adapters/postgres/worklist.h"
#include "app/gauges.h"
#include "app/measured.h"
#include "app/options.h"
#include "app/running.h"
#include "engine/base/random.h"
#include "engine/runtime/courier.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/rejoin.h"
#include "engine/runtime/until_delivered.h"

namespace pons {

/// The running engine: what it is made of, in the order in which it starts. It stops the other way round.
class Engine final {
 public:
  /// Serves when the constructor returns. Throws std::runtime_error with what to do about it.
  Engine(const Options& options, std::shared_ptr<const Site> site);
  ~Engine();

  /// Where it listens and where it sends to, a line each.
  std::vector<std::string> connections() const;
  /// The ports that it took, by endpoint.
  Running running() const;
  /// What a person should know: where the data is, for one.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Starts the private PostgreSQL again when it died. Call it each second.
  void supervise();

 private:
  void show_metrics(const std::filesystem::path& state);
  Counter& counter_of(const Endpoint& inlet);
  void wake_couriers(const std::vector<Parcel>& parcels);

  std::vector<std::string> notes_;
  const std::shared_ptr<const Site> site_;
  std::unique_ptr<Cluster> cluster_;  // none: the database is somebody else's
  std::string conninfo_;
  Metrics metrics_;
  std::unique_ptr<Gauges> gauges_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<PostgresStore> postgres_;
  std::unique_ptr<MeasuredStore> store_;
  std::unique_ptr<PostgresParcels> parcels_;
  std::unique_ptr<PostgresWorklist> steps_;
  std::unique_ptr<MeasuredWorklist> worklist_;
  std::unique_ptr<PostgresPerformedSteps> performed_steps_;
  std::map<std::string, std::unique_ptr<Courier>> couriers_;  // by endpoint
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<UntilDelivered> until_delivered_;               // the intake as inlets with `ack: delivered` see it
  std::unique_ptr<Rejoin> joined_, joined_until_delivered_;       // the two, for messages that come in fragments
  std::unique_ptr<MeasuredCounter> counter_, delivered_counter_;  // those as inlets see them
  std::unique_ptr<HealthInlet> health_;
  std::unique_ptr<DicomInlet> dicom_;
  std::map<std::string, std::unique_ptr<Inlet>> inlets_;  // by endpoint
};

}  // namespace pons
