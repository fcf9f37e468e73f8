#include "app/engine.h"

#include <libpq-fe.h>
#include <prometheus/counter.h>

#include "adapters/postgres/schema.h"

namespace pons {

namespace {

const Endpoint kRis{"ris-mllp", "8859/1", "HOSP"};

const KnownStations kStations{{"CT1", "CT"}, {"CT2", "CT"}, {"MR1", "MR"},
                              {"DX1", "DX"}, {"US1", "US"}, {"FINDSCU", ""}};

Intake::Observer count_receipts(prometheus::Registry& registry) {
  auto& family =
      prometheus::BuildCounter().Name("pons_messages_total").Help("Messages by what became of them").Register(registry);
  auto& duplicates = prometheus::BuildCounter()
                         .Name("pons_duplicates_total")
                         .Help("Messages answered again")
                         .Register(registry)
                         .Add({});
  return [&family, &duplicates](const Receipt& receipt) {
    if (receipt.duplicate)
      duplicates.Increment();
    else
      family.Add({{"outcome", to_text(receipt.outcome)}}).Increment();
  };
}

}  // namespace

Engine::Engine(const Options& options) {
  std::filesystem::create_directories(options.state);
  if (options.database.empty()) {
    cluster_ = std::make_unique<Cluster>(options.state);
    if (!cluster_->note().empty()) notes_.push_back(cluster_->note());
  }
  conninfo_ = options.conninfo();
  prepare_schema(conninfo_);
  store_ = std::make_unique<PostgresStore>(conninfo_);
  worklist_ = std::make_unique<PostgresWorklist>(conninfo_);
  auto site = std::make_shared<const Site>(std::map<std::string, Endpoint>{{kRis.name, kRis}});
  intake_ = std::make_unique<Intake>(*store_, std::move(site), Intake::Settings{}, count_receipts(*registry_));
  health_ = std::make_unique<HealthInlet>(HealthInlet::Settings{.port = port_from("HTTP_PORT", 8080)}, registry_,
                                          [this] { return PQping(conninfo_.c_str()) == PQPING_OK; });
  dicom_ = std::make_unique<DicomInlet>(
      DicomInlet::Settings{.port = port_from("DICOM_PORT", 11112), .stations = kStations}, *worklist_);
  ris_ = std::make_unique<MllpInlet>(MllpInlet::Settings{.name = kRis.name, .port = port_from("RIS_PORT", 2575)},
                                     *intake_, clock_);
}

// Doors first, then what was accepted, then (by its own destructor) the database.
Engine::~Engine() {
  ris_->stop();
  dicom_->stop();
  health_->stop();
  intake_->stop();
}

std::vector<std::string> Engine::listeners() const {
  return {ris_->address(), dicom_->address(), health_->address()};
}

void Engine::supervise() {
  if (cluster_) cluster_->supervise();
}

}  // namespace pons
