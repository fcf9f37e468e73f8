#pragma once

#include <planted.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

/// What tests/faults plants into builds of its own (cmake -DPONS_PLANT=name): bugs that its checker must catch, and
/// points at which the engine kills itself. In any other build all of it is false and empty, and nothing is left.
namespace pons::plant {

inline constexpr std::string_view kPlanted = PONS_PLANT;
inline constexpr std::string_view kNote = kPlanted.empty() ? "" : ", planted: " PONS_PLANT;  // beside the version

inline constexpr bool kAckBeforeCommit = kPlanted == "ack_before_commit";
inline constexpr bool kCommitAsynchronously = kPlanted == "commit_asynchronously";
inline constexpr bool kPlainSkipLocked = kPlanted == "plain_skip_locked";
inline constexpr bool kDedupeByControlId = kPlanted == "dedupe_by_control_id";
inline constexpr bool kDropAtHighWater = kPlanted == "drop_at_high_water";
inline constexpr bool kNewControlIdOnRetry = kPlanted == "new_control_id_on_retry";
inline constexpr bool kSendAfterLease = kPlanted == "send_after_lease";

/// A retry under another name.
inline void renumber([[maybe_unused]] std::string& control_id, [[maybe_unused]] std::string& document,
                     [[maybe_unused]] int attempts) {
  if constexpr (kNewControlIdOnRetry) {
    if (attempts == 0) return;
    const std::string fresh = control_id + "R" + std::to_string(attempts);
    if (const auto place = document.find(control_id); place != document.npos)
      document.replace(place, control_id.size(), fresh);
    control_id = fresh;
  }
}

/// kill -9 of this process when this point is passed for the n-th time, as PONS_CRASH_AT=point:n asks.
inline void crash_point([[maybe_unused]] std::string_view point) {
  if constexpr (kPlanted == "crash_points") {
    static const std::string at = std::getenv("PONS_CRASH_AT") ? std::getenv("PONS_CRASH_AT") : "";
    static const auto colon = at.find(':');
    static std::atomic<long> left = colon == at.npos ? 0 : std::atol(at.c_str() + colon + 1);
    if (colon != at.npos && point == std::string_view(at).substr(0, colon) && --left == 0) ::kill(::getpid(), SIGKILL);
  }
}

}  // namespace pons::plant
