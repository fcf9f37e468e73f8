#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace pons {

/// How it went when a running engine was asked to go on with its site as it is now: a file in the state folder, written
/// by the engine for whoever asked.
struct Applied {
  bool is_in_force = false;
  std::string report;  // findings, tests, endpoints that changed; lines

  void tell(const std::filesystem::path& state) const;
  /// Nothing: the engine has not said yet.
  static std::optional<Applied> on(const std::filesystem::path& state);
  static void forget(const std::filesystem::path& state);
};

}  // namespace pons
