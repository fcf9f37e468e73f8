#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/dicom/inlet.h"
#include "adapters/http/health.h"
#include "adapters/postgres/cluster.h"
#include "adapters/postgres/parcels.h"
#include "adapters/postgres/performed_steps.h"
#include "adapters/postgres/store.h"
#include "adapters/postgres/worklist.h"
#include "app/certificates.h"
#include "app/gauges.h"
#include "app/last_message.h"
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

  /// Goes on with `site` in place of the one it has (P7). What was handed in ends under the earlier one, what was held
  /// starts again; endpoints that stay alike keep their connections, others begin anew. Throws std::runtime_error when
  /// something cannot listen where it should: then the earlier site is in force again.
  void apply(std::shared_ptr<const Site> site);
  const Site& site() const { return *site_; }

  /// Where it listens and where it sends to, a line each.
  std::vector<std::string> connections() const;
  /// The ports that it took, by endpoint.
  Running running() const;
  /// What a person should know: where the data is, for one.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Starts the private PostgreSQL again when it died, and keeps what has to be known of it. Call it each second.
  void supervise();

 private:
  /// What serves an endpoint, and the endpoint as it was when it began.
  template <class Server>
  struct Serving {
    Endpoint endpoint;
    std::unique_ptr<Server> server;
  };

  void serve(std::shared_ptr<const Site> site);
  void close_inlets(const Site& site);
  void open_inlets(const Site& site);
  /// With the doors at which their receivers call.
  void end_couriers(const Site& site);
  void start_couriers(const Site& site);
  void show_certificates(const Site& site);
  Counter& counter_of(const Endpoint& inlet);
  void wake_couriers(const std::vector<Parcel>& parcels);

  std::vector<std::string> notes_;
  std::shared_ptr<const Site> site_;
  std::unique_ptr<Cluster> cluster_;  // none: the database is somebody else's
  std::string conninfo_;
  Metrics metrics_;
  std::unique_ptr<Gauges> gauges_;
  std::unique_ptr<LastMessage> last_message_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<PostgresStore> postgres_;
  std::unique_ptr<MeasuredStore> store_;
  std::unique_ptr<PostgresParcels> queued_;
  std::unique_ptr<MeasuredParcels> parcels_;
  std::unique_ptr<PostgresWorklist> steps_;
  std::unique_ptr<MeasuredWorklist> worklist_;
  std::unique_ptr<PostgresPerformedSteps> performed_;
  std::unique_ptr<MeasuredPerformedSteps> performed_steps_;
  const std::shared_ptr<AskingAssociations> asking_ = std::make_shared<AskingAssociations>();
  std::mutex couriers_mutex_;                         // guards what follows
  std::map<std::string, Serving<Courier>> couriers_;  // by endpoint
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<UntilDelivered> until_delivered_;               // the intake as inlets with `ack: delivered` see it
  std::unique_ptr<Rejoin> joined_, joined_until_delivered_;       // the two, for messages that come in fragments
  std::unique_ptr<MeasuredCounter> counter_, delivered_counter_;  // those as inlets see them
  std::unique_ptr<HealthInlet> health_;
  std::optional<ShownCertificate> dicom_certificate_;
  std::unique_ptr<DicomInlet> dicom_;
  std::map<std::string, Serving<Inlet>> inlets_;  // by endpoint
};

}  // namespace pons
