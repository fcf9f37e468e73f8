#include "adapters/http/outlet.h"

#include <Poco/URI.h>

#include "adapters/http/verdict.h"

namespace pons {

namespace {

/// A control id comes from a message: it must not end the header's line. What is not a plain visible character is
/// percent-encoded.
std::string header_value(const std::string& control_id) {
  std::string value;
  Poco::URI::encode(control_id, "", value);
  return value;
}

}  // namespace

Delivery HttpOutlet::send(const Parcel& parcel) {
  const bool is_fhir = parcel.content_type == Parcel::kFhir;
  Post::Headers headers{{"Idempotency-Key", header_value(parcel.control_id)}};
  if (is_fhir) headers.emplace_back("Accept", Parcel::kFhir);
  const PostResult result = post_.send(parcel.content_type, parcel.document, headers);
  return is_fhir ? fhir_verdict(result) : verdict(result);
}

}  // namespace pons
