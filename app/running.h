#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace pons {

/// A state folder is one process's until that ends, however it ends: it has the file `lock` there under a record lock
/// (fcntl, F_SETLK). A process that closes that file gives up its own lock, so ask `Running::on` before you make this.
class StateLock final {
 public:
  /// Throws std::runtime_error where another process has it.
  explicit StateLock(const std::filesystem::path& state);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  const std::filesystem::path state_;
  int file_ = -1;
};

/// The engine that runs on a state folder, as it says itself in the file `running` there.
struct Running {
  pid_t process = 0;                                // its id here; 0: it runs in another container
  std::map<std::string, std::uint16_t> ports;       // where it listens, by endpoint; "dicom" and "http" are built in
  std::map<std::string, std::string> destinations;  // where it sends to: "ehr-mllp" to "mllp://127.0.0.1:6661"

  /// Nothing, unless a process has the folder's lock and said that it is ready.
  static std::optional<Running> on(const std::filesystem::path& state);
  /// By who has the lock: once it is ready, and again with what changed. Its `StateLock` takes the file away.
  void tell(const std::filesystem::path& state) const;
};

}  // namespace pons
