#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>

namespace pons {

/// The highest number that an engine on this state folder has seen a message committed under: the file `last_message`
/// there. A database that has not come so far was restored from a backup. Written each ten seconds, since it is a
/// safety net; where it cannot be written the earlier one stays.
class LastMessage final {
 public:
  explicit LastMessage(const std::filesystem::path& state);
  ~LastMessage() { write(); }
  LastMessage(const LastMessage&) = delete;
  LastMessage& operator=(const LastMessage&) = delete;

  /// 0: there was none yet.
  std::int64_t number() const { return number_; }
  /// From any thread.
  void saw(std::int64_t number);
  /// Call it each second, from one thread.
  void keep();

 private:
  void write();

  const std::filesystem::path path_;
  std::atomic<std::int64_t> number_ = 0;
  std::int64_t written_ = 0;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace pons
