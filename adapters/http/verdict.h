#pragma once

#include "adapters/http/post.h"
#include "engine/message/parcel.h"

namespace pons {

/// What a status says about the document (RFC 9110 15):
///   2xx                                     delivered
///   3xx, 401, 407, 408, 409, 425, 429, 5xx  unavailable: not the document is wrong, but the address, the credentials
///   or
///                                           the moment
///   504                                     unknown: a gateway lost the answer
///   other 4xx                               refused, 412 (a conditional write that fits several records) among them
Delivery::Outcome outcome_of(int status);

/// The outcome of a post; an answer that did not come is unknown when the document may have arrived.
Delivery verdict(const PostResult& result);

/// The same for a transaction Bundle posted to a FHIR server: a 2xx is delivered only when every entry of the Bundle in
/// the answer has a 2xx of its own, or there is no body. A 2xx with any other body, a sign-in page say, is unknown.
Delivery fhir_verdict(const PostResult& result);

}  // namespace pons
