#pragma once

#include "adapters/http/post.h"
#include "engine/ports/outlet.h"

namespace pons {

/// Posts one document to a URL, with the parcel's content type and its control id as Idempotency-Key. A FHIR Bundle to
/// the base URL of an R4 server is delivered only when every entry of the answer is (FHIR R4 3.1.0.11.2).
class HttpOutlet final : public Outlet {
 public:
  explicit HttpOutlet(PostTarget target) : post_(std::move(target)) {}

  Delivery send(const Parcel& parcel) override;
  void stop() override { post_.stop(); }

 private:
  Post post_;
};

}  // namespace pons
