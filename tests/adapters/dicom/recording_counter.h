#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "engine/ports/inlet.h"

namespace pons {

/// An engine that answers what the test wants, and remembers what it was handed.
struct RecordingCounter final : Counter {
  std::vector<Envelope> envelopes;
  std::function<Receipt(const Envelope&)> decide = [](const Envelope&) { return Receipt{}; };
  Receipt accept(Envelope envelope) override {
    std::lock_guard lock(mutex_);
    envelopes.push_back(envelope);
    return decide(envelopes.back());
  }
  std::string attribute(std::size_t i, const std::string& name) const { return envelopes.at(i).attributes.at(name); }

 private:
  std::mutex mutex_;
};

}  // namespace pons
