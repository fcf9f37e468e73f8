#include "app/catalogue.h"

#include <fmt/format.h>

#include <stdexcept>

#include "adapters/dicom/outlet.h"
#include "adapters/http/outlet.h"
#include "adapters/mllp/inlet.h"
#include "adapters/mllp/outlet.h"
#include "engine/runtime/courier_settings.h"

namespace pons {

namespace {

std::optional<Tls> tls_of(const Endpoint& endpoint) {
  if (endpoint.tls_ca.empty()) return {};
  return Tls{endpoint.tls_ca, endpoint.tls_certificate, endpoint.tls_key};
}

std::optional<ServerTls> server_tls_of(const Endpoint& endpoint) {
  const auto& tls = endpoint.server_tls;
  return tls ? std::optional(ServerTls{tls->certificate, tls->key, tls->clients}) : std::nullopt;
}

/// Null where we call.
std::shared_ptr<MllpDoor> door_of(const Endpoint& endpoint) {
  if (endpoint.kind != Endpoint::Kind::mllp_outlet || endpoint.is_client) return nullptr;
  return std::make_shared<MllpDoor>(MllpDoor::Settings{
      endpoint.name, endpoint.host, endpoint.port, server_tls_of(endpoint), endpoint.callers, endpoint.at_once == 1});
}

std::unique_ptr<Outlet> make_outlet(const Endpoint& endpoint, const std::shared_ptr<MllpDoor>& door, Counter& counter,
                                    const Clock& clock, const std::shared_ptr<AskingAssociations>& asking) {
  if (endpoint.kind == Endpoint::Kind::mllp_outlet) {
    MllpOutlet::Settings settings;
    settings.host = endpoint.host;
    settings.port = endpoint.port;
    settings.tls = tls_of(endpoint);
    settings.door = door;
    settings.in_flight = endpoint.in_flight;
    settings.commits = endpoint.mllp_release == 2;
    settings.reply_within = endpoint.reply_within;
    settings.accept = endpoint.accept;
    return std::make_unique<MllpOutlet>(std::move(settings));
  }
  if (endpoint.kind == Endpoint::Kind::dicom_outlet) {
    DicomOutlet::Settings settings;
    settings.to = dicom_destination(endpoint);
    settings.asking = asking;
    settings.reply_within = endpoint.reply_within;
    return std::make_unique<DicomOutlet>(std::move(settings), counter, clock);
  }
  PostTarget target;
  target.url = endpoint.url;
  target.ca_file = endpoint.tls_ca;
  target.reply_within = endpoint.reply_within;
  return std::make_unique<HttpOutlet>(std::move(target));
}

}  // namespace

std::unique_ptr<Inlet> make_inlet(const Endpoint& endpoint, Counter& counter, const Clock& clock) {
  MllpInlet::Settings settings;
  settings.name = endpoint.name;
  settings.host = endpoint.host;
  settings.port = endpoint.port;
  settings.dialect = endpoint.dialect();
  settings.tls = server_tls_of(endpoint);
  settings.calls = endpoint.is_client;
  settings.called_tls = tls_of(endpoint);
  settings.commits = endpoint.mllp_release == 2;
  settings.in_flight = endpoint.in_flight;
  settings.callers = endpoint.callers;
  settings.at_once_by_address = endpoint.at_once_by_address;
  return std::make_unique<MllpInlet>(std::move(settings), counter, clock);
}

std::unique_ptr<Courier> make_courier(const Endpoint& endpoint, Parcels& parcels, const Clock& clock, Random& random,
                                      Courier::Observer observer, Counter& counter,
                                      const std::shared_ptr<AskingAssociations>& asking) {
  return std::make_unique<Courier>(
      courier_settings(endpoint), parcels,
      [endpoint, door = door_of(endpoint), &counter, &clock, asking] {
        return make_outlet(endpoint, door, counter, clock, asking);
      },
      clock, random, std::move(observer));
}

DicomDestination dicom_destination(const Endpoint& endpoint) {
  DicomDestination to;
  to.host = endpoint.host;
  to.port = endpoint.port;
  to.called = endpoint.ae_title;
  if (!endpoint.tls_ca.empty()) to.tls = DicomClientTls{endpoint.tls_ca, endpoint.tls_certificate, endpoint.tls_key};
  return to;
}

std::string destination_of(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::dicom_outlet)
    return fmt::format("dicom://{}:{}/{}", endpoint.host, endpoint.port, endpoint.ae_title);
  return endpoint.kind == Endpoint::Kind::mllp_outlet ? fmt::format("mllp://{}:{}", endpoint.host, endpoint.port)
                                                      : endpoint.url;
}

}  // namespace pons
