#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <utility>

#include "engine/message/envelope.h"
#include "engine/message/receipt.h"

namespace pons {

/// A receipt that is on its way.
class Coming {
 public:
  using Get = std::function<Receipt()>;

  explicit Coming(std::future<Receipt> receipt) : receipt_(std::move(receipt)) {}

  bool is_here(std::chrono::microseconds within = {}) const {
    return receipt_.wait_for(within) == std::future_status::ready;
  }
  /// Waits. Throws StoreLost as accept() does. Once.
  Receipt get() {
    const Get receipt = [this] { return receipt_.get(); };
    return around_ ? around_(receipt) : receipt();
  }
  /// Whoever hands on what it was handed may look at what comes of it.
  void look(std::function<Receipt(const Get&)> around) { around_ = std::move(around); }

 private:
  std::future<Receipt> receipt_;
  std::function<Receipt(const Get&)> around_;
};

/// Where every inlet hands in what it received. Implemented by runtime/Intake; tests implement it to play the engine.
class Counter {
 public:
  virtual ~Counter() = default;
  /// Returns when what became of the envelope is durable. Blocks while the queues are full: a sender waits, nothing is
  /// dropped. Throws StoreLost when the database is away: then the sender gets no answer and keeps its message.
  virtual Receipt accept(Envelope envelope) = 0;
  /// The same without waiting for the receipt: what is handed in next comes behind it. A counter that cannot do that
  /// waits all the same.
  virtual Coming hand_in(Envelope envelope) {
    std::promise<Receipt> receipt;
    try {
      receipt.set_value(accept(std::move(envelope)));
    } catch (...) {
      receipt.set_exception(std::current_exception());
    }
    return Coming(receipt.get_future());
  }
  /// The same as accept(); where the receipt waits for more than the store, `stored` is called as soon as the envelope
  /// is durable, in the same thread.
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
  /// The port that it took, where port 0 was asked for; 0 where it calls its partner instead.
  virtual std::uint16_t port() const = 0;
};

}  // namespace pons
