#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/message/parcel.h"

namespace pons {

/// The open associations on which stations asked for storage commitment: a result may go back on them (PS3.4 J.3.3).
/// An association stays its own thread's, which looks here for what it shall send. Safe from many threads.
class AskingAssociations final {
  struct Errand;

 public:
  /// One association, as its thread sees it.
  class Line {
   public:
    explicit Line(AskingAssociations& all) : all_(all) {}
    /// The association is over: what was sent has lost its answer, what was not goes another way.
    ~Line();
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    /// The station asked under this Transaction UID, and was told that it will be answered.
    void asked(const std::string& transaction);
    /// What shall be sent now; null: nothing, or the last one has not been answered. Valid until it is answered.
    const Parcel* next();
    /// False: nothing was sent.
    bool answered(Delivery delivery);

   private:
    AskingAssociations& all_;
    std::shared_ptr<Errand> sent_;
  };

  using Deadline = std::chrono::steady_clock::time_point;
  /// Sends a result on the association on which it was asked for. Nothing: that one is over, or had no silent moment
  /// before `sent_by`; the result was not sent.
  std::optional<Delivery> send(const Parcel& result, Deadline sent_by, Deadline answered_by,
                               const std::atomic<bool>& stopping);

 private:
  enum class State { waits, sent, answered, given_back };

  struct Errand {
    Parcel result;
    State state = State::waits;
    Delivery delivery{};
  };
  struct Place {
    const Line* line = nullptr;
    std::shared_ptr<Errand> errand;  // null: no result has come
  };

  /// What waits there goes another way.
  static void give_back(const Place& place);
  bool wait(std::unique_lock<std::mutex>& lock, const Errand& errand, State beyond, Deadline deadline,
            const std::atomic<bool>& stopping);

  std::mutex mutex_;  // guards what follows, and every errand
  std::condition_variable moved_;
  std::map<std::string, Place> places_;  // by Transaction UID
};

}  // namespace pons
