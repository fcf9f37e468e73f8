#pragma once

#include <memory>

#include "adapters/dicom/asking.h"
#include "adapters/dicom/call.h"
#include "engine/ports/inlet.h"
#include "engine/ports/outlet.h"
#include "engine/ports/parcels.h"
#include "engine/route/endpoint.h"
#include "engine/runtime/courier.h"

namespace pons {

/// Every kind of endpoint, named once: what listens, and what sends.

/// The door of an endpoint that listens.
std::unique_ptr<Inlet> make_inlet(const Endpoint& endpoint, Counter& counter, const Clock& clock);

/// The courier of an endpoint that sends. Its outlets are made here, one for each connection.
/// `counter` is handed what the other side has to say of its own. `asking`: where results of storage commitment may go
/// back.
std::unique_ptr<Courier> make_courier(const Endpoint& endpoint, Parcels& parcels, const Clock& clock, Random& random,
                                      Courier::Observer observer, Counter& counter,
                                      const std::shared_ptr<AskingAssociations>& asking);

/// Whom an endpoint `send: dicom://…` calls.
DicomDestination dicom_destination(const Endpoint& endpoint);

/// Where it sends to, for a person: "mllp://127.0.0.1:6661".
std::string destination_of(const Endpoint& endpoint);

}  // namespace pons
