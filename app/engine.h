#pragma once

#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/dicom/inlet.h"
#include "adapters/http/health.h"
#include "adapters/mllp/inlet.h"
#include "adapters/postgres/cluster.h"
#include "adapters/postgres/store.h"
#include "adapters/postgres/worklist.h"
#include "app/options.h"
#include "engine/runtime/intake.h"

namespace pons {

/// The running engine: what it is made of, in the order in which it starts. It stops the other way round.
class Engine final {
 public:
  /// Serves when the constructor returns. Throws std::runtime_error with what to do about it.
  explicit Engine(const Options& options);
  ~Engine();

  /// Where it listens, a line each.
  std::vector<std::string> listeners() const;
  /// What a person should know: where the data is, for one.
  const std::vector<std::string>& notes() const { return notes_; }
  std::uint16_t ris_port() const { return ris_->port(); }
  std::uint16_t dicom_port() const { return dicom_->port(); }
  /// Starts the private PostgreSQL again when it died. Call it each second.
  void supervise();

 private:
  std::vector<std::string> notes_;
  std::unique_ptr<Cluster> cluster_;  // none: the database is somebody else's
  std::string conninfo_;
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  SystemClock clock_;
  std::unique_ptr<PostgresStore> store_;
  std::unique_ptr<PostgresWorklist> worklist_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<HealthInlet> health_;
  std::unique_ptr<DicomInlet> dicom_;
  std::unique_ptr<MllpInlet> ris_;
};

}  // namespace pons
