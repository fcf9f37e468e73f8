#include "app/engine.h"

#include <libpq-fe.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <cstdlib>
#include <thread>

#include "adapters/postgres/restored.h"
#include "adapters/postgres/schema.h"
#include "app/catalogue.h"
#include "engine/base/plant.h"
#include "engine/base/threads.h"

namespace pons {

namespace {

/// A port from the environment, else its default. Throws std::runtime_error naming the variable.
std::uint16_t port_from(const char* variable, std::uint16_t otherwise) {
  const char* set = std::getenv(variable);
  if (!set || !*set) return otherwise;
  const std::string_view text(set);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error(std::string(variable) + " is \"" + set +
                             "\"; write a port from 0 to 65535, 0 for any free one");
  return port;
}

WorklistPolicy policy_of(const Station& station) {
  WorklistPolicy policy;
  policy.tell_ignored_keys = station.tell_unsupported_keys;
  policy.station_from_caller = station.is_own_station;
  policy.charset = station.charset;
  policy.modalities = station.visible_modalities;
  policy.stations = station.visible_stations;
  return policy;
}

/// Files that are named in the environment. A listener that shall be encrypted is never open because a name is missing.
std::optional<DicomTls> tls_from_environment() {
  const auto file = [](const char* variable) {
    const char* set = std::getenv(variable);
    if (set && !*set) throw std::runtime_error(std::string(variable) + " names no file; unset it for none");
    return std::string(set ? set : "");
  };
  DicomTls tls{file("DICOM_CERTIFICATE"), file("DICOM_KEY"), file("DICOM_CLIENTS")};
  if (tls.certificate.empty() && tls.key.empty() && tls.clients.empty()) return {};
  if (tls.certificate.empty() || tls.key.empty())
    throw std::runtime_error("DICOM over TLS wants DICOM_CERTIFICATE and DICOM_KEY, each a PEM file");
  return tls;
}

/// In which the times of orders are that come without one, where all listeners agree.
std::optional<Zone> zone_of(const Site& site) {
  std::optional<Zone> zone;
  for (const auto& [name, endpoint] : site.endpoints()) {
    if (!endpoint.is_inlet()) continue;
    if (zone && !(*zone == endpoint.zone)) return {};
    zone = endpoint.zone;
  }
  return zone ? zone : Zone();
}

DicomInlet::Settings dicom_settings(const Site& site) {
  const std::map<std::string, Station>& stations = site.parts().stations;
  DicomInlet::Settings settings;
  settings.port = port_from("DICOM_PORT", 11112);
  if (const char* host = std::getenv("DICOM_HOST"); host && *host) settings.host = host;
  settings.tls = tls_from_environment();
  settings.zone = zone_of(site);
  // A site that names nobody is tried out on its own machine; beyond it nobody is let in unnamed.
  settings.lets_anybody_call = stations.empty() && settings.host == DicomInlet::Settings{}.host;
  for (const Route& route : site.routes())
    for (const Destination& each : route.to)
      if (const Endpoint* endpoint = site.endpoint(each.endpoint);
          endpoint && endpoint->kind == Endpoint::Kind::dicom_outlet && each.documents.front() == "commitment")
        settings.archives.insert(endpoint->ae_title);
  for (const auto& [title, station] : stations) {
    settings.stations[title] = station.modality;
    settings.callers[title] = policy_of(station);
    if (station.has_strict_mpps) settings.strict_mpps.insert(title);
    if (!station.archive.empty() && !station.told_at.empty()) {
      settings.committing.insert(title);
      settings.archives.insert(site.endpoint(station.archive)->ae_title);
    }
    if (!station.user.empty()) settings.users[title] = {station.user, station.password};
    if (station.may_store) settings.storing.insert(title);
  }
  return settings;
}

/// What serves an endpoint that the site has not, or has otherwise.
template <class ByEndpoint>
std::vector<std::string> outdated(const ByEndpoint& serving, const Site& site) {
  std::vector<std::string> names;
  for (const auto& [name, each] : serving)
    if (const Endpoint* endpoint = site.endpoint(name); !endpoint || !endpoint->is_like(each.endpoint))
      names.push_back(name);
  return names;
}

/// Each gives the send in hand some seconds: the same ones for all.
template <class Serving>
void stop_together(const std::map<std::string, Serving>& couriers) {
  std::vector<std::thread> stops;
  for (const auto& [name, courier] : couriers) {
    Courier& each = *courier.server;
    if (!add_thread(stops, [&each] { each.stop(); })) each.stop();
  }
  for (std::thread& stop : stops) stop.join();
}

}  // namespace

Engine::Engine(const Options& options, std::shared_ptr<const Site> site) : site_(std::move(site)) {
  std::filesystem::create_directories(options.state);
  if (options.database.empty()) {
    cluster_ = std::make_unique<Cluster>(options.state);
    if (!cluster_->note().empty()) notes_.push_back(cluster_->note());
  }
  conninfo_ = options.conninfo();
  prepare_schema(conninfo_);
  last_message_ = std::make_unique<LastMessage>(options.state);
  refuse_restored(conninfo_, last_message_->number());
  postgres_ = std::make_unique<PostgresStore>(conninfo_);
  store_ = std::make_unique<MeasuredStore>(*postgres_, metrics_, clock_);
  queued_ = std::make_unique<PostgresParcels>(conninfo_);
  parcels_ = std::make_unique<MeasuredParcels>(*queued_, metrics_);
  steps_ = std::make_unique<PostgresWorklist>(conninfo_);
  worklist_ = std::make_unique<MeasuredWorklist>(*steps_, metrics_, clock_);
  performed_ = std::make_unique<PostgresPerformedSteps>(conninfo_);
  performed_steps_ = std::make_unique<MeasuredPerformedSteps>(*performed_, metrics_);
  intake_ = std::make_unique<Intake>(*store_, site_, clock_, Intake::Settings{},
                                     [this](const Receipt& receipt, const std::vector<Parcel>& parcels) {
                                       last_message_->saw(receipt.message);
                                       wake_couriers(parcels);
                                     });
  until_delivered_ = std::make_unique<UntilDelivered>(*intake_, *parcels_, UntilDelivered::Settings{});
  joined_ = std::make_unique<Rejoin>(*intake_, *store_, site_);
  joined_until_delivered_ = std::make_unique<Rejoin>(*until_delivered_, *store_, site_);
  counter_ = std::make_unique<MeasuredCounter>(*joined_, metrics_, clock_);
  delivered_counter_ = std::make_unique<MeasuredCounter>(*joined_until_delivered_, metrics_, clock_);
  metrics_.expect_inlet("dicom");
  gauges_ = std::make_unique<Gauges>(conninfo_, options.state);
  if (cluster_) queued_->release_all();
  start_couriers(*site_);
  intake_->start();
  health_ = std::make_unique<HealthInlet>(
      HealthInlet::Settings{.port = port_from("HTTP_PORT", 8080)}, [this] { return metrics_.text() + gauges_->text(); },
      [this] { return PQping(conninfo_.c_str()) == PQPING_OK; });
  DicomInlet::Settings dicom = dicom_settings(*site_);
  dicom.asking = asking_;
  if (dicom.tls) dicom_certificate_.emplace(dicom.tls->certificate, true);
  dicom_ = std::make_unique<DicomInlet>(std::move(dicom), *worklist_, *counter_, clock_, performed_steps_.get());
  open_inlets(*site_);
  show_certificates(*site_);
}

void Engine::apply(std::shared_ptr<const Site> site) {
  const auto earlier = site_;
  try {
    serve(std::move(site));
  } catch (const std::exception& error) {
    const std::string why = error.what();
    try {
      serve(earlier);
    } catch (const std::exception& worse) {
      throw std::runtime_error(why + "; and of the earlier site: " + worse.what() + ". Mend it and apply again");
    }
    throw;
  }
}

// A door is never open for an endpoint that the generation in force does not have.
void Engine::serve(std::shared_ptr<const Site> site) {
  plant::crash_point("before-apply");
  end_couriers(*site);
  close_inlets(*site);
  intake_->use(site);
  plant::crash_point("in-apply");
  joined_->use(site);
  joined_until_delivered_->use(site);
  dicom_->use(dicom_settings(*site));
  open_inlets(*site);
  start_couriers(*site);
  show_certificates(*site);
  site_ = std::move(site);
  plant::crash_point("after-apply");
}

void Engine::close_inlets(const Site& site) {
  for (const std::string& each : outdated(inlets_, site)) {
    inlets_[each].server->stop();
    inlets_.erase(each);
  }
}

void Engine::open_inlets(const Site& site) {
  for (const auto& [name, endpoint] : site.endpoints()) {
    if (!endpoint.is_inlet() || inlets_.contains(name)) continue;
    metrics_.expect_inlet(name);
    inlets_[name] = {endpoint, make_inlet(endpoint, counter_of(endpoint), clock_)};
  }
}

void Engine::end_couriers(const Site& site) {
  std::map<std::string, Serving<Courier>> ending;
  {
    std::lock_guard lock(couriers_mutex_);
    for (const std::string& each : outdated(couriers_, site)) ending.insert(couriers_.extract(each));
  }
  stop_together(ending);
}

void Engine::start_couriers(const Site& site) {
  for (const auto& [name, endpoint] : site.endpoints()) {
    if (endpoint.is_off || !endpoint.is_outlet() || couriers_.contains(name)) continue;
    metrics_.expect_outlet(name);
    auto courier = make_courier(
        endpoint, *parcels_, clock_, random_, [this](const Courier::Attempt& attempt) { metrics_.count(attempt); },
        *counter_, asking_);
    courier->start();
    std::lock_guard lock(couriers_mutex_);
    couriers_[name] = {endpoint, std::move(courier)};
  }
  std::vector<std::string> names;
  for (const auto& [name, courier] : couriers_) names.push_back(name);
  gauges_->show(std::move(names));
}

void Engine::show_certificates(const Site& site) {
  Certificates certificates = certificates_of(site);
  if (dicom_certificate_) certificates.emplace("dicom", *dicom_certificate_);
  warn_of_certificates(certificates, clock_.now());
  gauges_->show(std::move(certificates));
}

// Doors first, then what was accepted, then what is being sent, then (by its own destructor) the database.
Engine::~Engine() {
  until_delivered_->stop();
  for (auto& [name, inlet] : inlets_) inlet.server->stop();
  dicom_->stop();
  health_->stop();
  intake_->stop();
  stop_together(couriers_);
}

Counter& Engine::counter_of(const Endpoint& inlet) {
  return inlet.ack == Endpoint::Ack::delivered ? *delivered_counter_ : *counter_;
}

void Engine::wake_couriers(const std::vector<Parcel>& parcels) {
  std::set<std::string> outlets;
  for (const Parcel& each : parcels) outlets.insert(each.outlet);
  std::lock_guard lock(couriers_mutex_);
  for (const std::string& each : outlets)
    if (const auto courier = couriers_.find(each); courier != couriers_.end()) courier->second.server->wake();
}

std::vector<std::string> Engine::connections() const {
  std::vector<std::string> lines;
  for (const auto& [name, inlet] : inlets_)
    lines.push_back((inlet.endpoint.is_client ? "calling    " : "listening  ") + name + "  " + inlet.server->address());
  lines.push_back("listening  " + dicom_->address());
  lines.push_back("listening  " + health_->address());
  for (const auto& [name, endpoint] : site_->endpoints()) {
    if (!endpoint.is_outlet()) continue;
    lines.push_back((endpoint.is_client ? "sending    " : "awaiting   ") + name + "  " +
                    (endpoint.is_off ? "off" : destination_of(endpoint)));
  }
  return lines;
}

Running Engine::running() const {
  Running running;
  for (const auto& [name, inlet] : inlets_)
    if (!inlet.endpoint.is_client) running.ports[name] = inlet.server->port();
  running.ports["dicom"] = dicom_->port();
  running.ports["http"] = health_->port();
  for (const auto& [name, endpoint] : site_->endpoints())
    if (endpoint.is_outlet() && !endpoint.is_off) running.destinations[name] = destination_of(endpoint);
  return running;
}

void Engine::supervise() {
  if (cluster_) cluster_->supervise();
  last_message_->keep();
}

}  // namespace pons
