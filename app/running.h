#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace pons {

/// The engine that runs on a state folder, as it says itself in the file `running` there.
struct Running {
  int process = 0;                                  // its id
  std::map<std::string, std::uint16_t> ports;       // where it listens, by endpoint; "dicom" and "http" are built in
  std::map<std::string, std::string> destinations;  // where it sends to: "ehr-mllp" to "mllp://127.0.0.1:6661"

  /// While it lives the file is there; the destructor of `RunningFile` takes it away.
  static std::optional<Running> on(const std::filesystem::path& state);
};

/// Written when the engine is ready, gone when it stops.
class RunningFile final {
 public:
  RunningFile(const std::filesystem::path& state, const Running& running);
  ~RunningFile();
  RunningFile(const RunningFile&) = delete;
  RunningFile& operator=(const RunningFile&) = delete;
  /// Again, with what changed.
  void write(const Running& running) const;

 private:
  const std::filesystem::path path_;
};

}  // namespace pons
