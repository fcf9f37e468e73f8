#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace pons {

/// The engine's own PostgreSQL under its state folder: created, started, supervised and stopped by the engine. Data
/// checksums, a Unix socket in a short path and no TCP. Never as root: a root engine runs it as the system user
/// `postgres`, and where that user cannot reach the state folder the data is kept under /var/lib/pons.
class Cluster final {
 public:
  /// Creates the cluster when it is new, starts it, and returns when it takes what is written. Throws
  /// std::runtime_error with what to do about it.
  explicit Cluster(const std::filesystem::path& state);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  const std::string& conninfo() const { return conninfo_; }
  /// Where the data is, when that is not in the state folder; else empty.
  const std::string& note() const { return note_; }
  /// Starts it again when it has died, and does not wait until it answers. Call it now and then, from one thread.
  void supervise();
  /// Fast shutdown, eight seconds at most.
  void stop();

 private:
  void create();
  void start();
  void spawn_postmaster();
  bool has_ended();

  std::filesystem::path programs_;  // the folder of initdb and postgres
  std::filesystem::path folder_;    // data/ and log live here
  std::filesystem::path socket_;
  std::string conninfo_, note_;
  pid_t postmaster_ = -1;
};

/// The conninfo of the cluster under that state folder, for commands that ask a running engine.
std::string cluster_conninfo(const std::filesystem::path& state);

}  // namespace pons
