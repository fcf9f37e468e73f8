#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "engine/message/envelope.h"
#include "engine/message/receipt.h"

namespace pons {

/// Where every inlet hands in what it received. Implemented by runtime/Intake; tests implement it to play the engine.
class Counter {
 public:
  virtual ~Counter() = default;
  /// Returns when what became of the envelope is durable. Blocks while the queues are full: a sender waits, nothing is
  /// dropped. Throws StoreLost when the database is away: then the sender gets no answer and keeps its message.
  virtual Receipt accept(Envelope envelope) = 0;
  /// The same; where the receipt waits for more than the store, `stored` is called as soon as the envelope is durable,
  /// in the same thread.
  using Stored = std::function<void(const Receipt&)>;
  virtual Receipt accept_and_tell(Envelope envelope, const Stored& /*stored*/) { return accept(std::move(envelope)); }
};

/// An open door: listens from construction until stop().
class Inlet {
 public:
  virtual ~Inlet() = default;
  /// Takes nothing new, lets the answers that are due go out, and returns within seconds.
  virtual void stop() = 0;
  /// Where it listens, for a person: "mllp://127.0.0.1:2575".
  virtual std::string address() const = 0;
  /// The port that it took, where port 0 was asked for.
  virtual std::uint16_t port() const = 0;
};

}  // namespace pons
