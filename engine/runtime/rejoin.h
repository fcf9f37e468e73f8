#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "engine/ports/inlet.h"
#include "engine/ports/store.h"
#include "engine/route/site.h"

namespace pons {

/// The counter of inlets that join fragments (HL7 v2.5.1 2.10.2). A fragment that more will follow is handed on as it
/// is, and kept by the routes' room; with the last one the whole is handed on in its place, so that it is locked,
/// decided and answered as any message. Nothing is kept here: another node, or this one after a crash, can go on.
class Rejoin final : public Counter {
 public:
  Rejoin(Counter& next, Store& store, std::shared_ptr<const Site> site)
      : next_(next), store_(store), site_(std::move(site)) {}

  /// From now on the endpoints are those of `site`.
  void use(std::shared_ptr<const Site> site) { site_.store(std::move(site)); }

  Receipt accept(Envelope envelope) override { return next_.accept(with_fragments(std::move(envelope))); }
  /// A fragment is waited for: the next one asks for it.
  Coming hand_in(Envelope envelope) override;
  Receipt accept_and_tell(Envelope envelope, const Stored& stored) override {
    return next_.accept_and_tell(with_fragments(std::move(envelope)), stored);
  }

 private:
  bool joins_fragments(const Envelope& envelope) const;
  /// The envelope itself when it is no last fragment, or when those before it are not here.
  Envelope with_fragments(Envelope envelope);

  Counter& next_;
  Store& store_;
  std::atomic<std::shared_ptr<const Site>> site_;
};

}  // namespace pons
