#pragma once

#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "adapters/postgres/connection.h"

/// What the benches of whole engines share.
namespace pons::bench {

/// Ends the program where less is free for folders.
inline void want_disk(double bytes) {
  const double free = static_cast<double>(std::filesystem::space(std::filesystem::temp_directory_path()).available);
  if (free >= bytes) return;
  fmt::print(stderr, "{:.1f} GB free where {:.1f} GB are wanted; take a smaller --scale\n", free / 1e9, bytes / 1e9);
  std::exit(1);
}

/// A folder for a state, gone in the end; as root its database can reach it.
class Folder final {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pons-bench-XXXXXX").string();
    path_ = mkdtemp(name.data());
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string state() const { return (path_ / "var").string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `pons run SITE` on that state and on free ports, ended by SIGTERM.
class Engine final {
 public:
  Engine(const std::string& binary, const std::string& site, const Folder& folder) : state_(folder.state()) {
    int out[2];
    if (pipe(out) != 0) throw std::runtime_error("no pipe");
    if ((pid_ = fork()) == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);  // also where the bench ends otherwise than by returning
      for (const char* port : {"RIS_PORT", "HIS_PORT", "REPORTS_PORT", "DICOM_PORT", "HTTP_PORT"}) setenv(port, "0", 1);
      dup2(out[1], 1);
      execl(binary.c_str(), binary.c_str(), "run", site.c_str(), "--state", state_.c_str(), nullptr);
      _exit(127);
    }
    close(out[1]);
    FILE* lines = fdopen(out[0], "r");
    char line[512], name[128];
    while (fgets(line, sizeof line, lines) && std::string(line) != "ready\n")
      if (sscanf(line, "listening %127s", name) == 1)
        ports_[name] = static_cast<std::uint16_t>(std::atoi(strrchr(line, ':') + 1));
  }
  ~Engine() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Of a listener by its name, or of what listens by its scheme: "dicom".
  std::uint16_t port(const std::string& name) const {
    const auto found = ports_.lower_bound(name);
    if (found == ports_.end() || !found->first.starts_with(name)) throw std::runtime_error("no port of " + name);
    return found->second;
  }
  pid_t process() const { return pid_; }
  const std::string& state() const { return state_; }
  /// Resident memory in MB.
  long resident() const {
    std::ifstream file(fmt::format("/proc/{}/statm", pid_));
    long all = 0, resident = 0;
    file >> all >> resident;
    return resident * sysconf(_SC_PAGESIZE) >> 20;
  }

 private:
  const std::string state_;
  pid_t pid_ = -1;
  std::map<std::string, std::uint16_t> ports_;
};

struct Wal {
  double syncs = 0;
  std::string position;
};

inline Wal wal(Connection& connection) {
  // The statistics of other backends come late; a moment lets them arrive.
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  const Rows rows = connection.run("SELECT wal_sync, pg_current_wal_insert_lsn() FROM pg_stat_wal");
  return {static_cast<double>(rows.number(0, 0)), rows.text(0, 1)};
}

/// Bytes of WAL between the two, without images of whole pages, whose number depends on when the last checkpoint was.
inline double wal_bytes(Connection& connection, const Wal& before, const Wal& after) {
  connection.script("CREATE EXTENSION IF NOT EXISTS pg_walinspect");
  const Rows rows = connection.run("SELECT sum(record_size)::bigint FROM pg_get_wal_stats($1::pg_lsn, $2::pg_lsn)",
                                   {before.position, after.position});
  return static_cast<double>(rows.number(0, 0));
}

/// What the cluster's speed depends on.
inline std::string settings(Connection& connection) {
  const Rows rows = connection.run(
      "SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings WHERE name IN"
      " ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'wal_compression',"
      " 'default_toast_compression', 'commit_delay', 'shared_buffers', 'max_wal_size', 'checkpoint_timeout', "
      "'data_checksums', 'server_version')");
  return rows.text(0, 0);
}

/// Processor time of a process so far, in microseconds.
inline double used_by(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 2)));
  std::string field;
  for (int i = 0; i < 11; ++i) rest >> field;  // fields 3 to 13
  double user = 0, system = 0;
  rest >> user >> system;
  return (user + system) * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Processor {
  double engine = 0, database = 0, senders = 0;
};

inline Processor processor(const Engine& engine) {
  Processor used{used_by(engine.process()), 0, used_by(getpid())};
  std::ifstream file(engine.state() + "/postgres/data/postmaster.pid");
  pid_t postmaster = 0;
  file >> postmaster;
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", postmaster));
  for (pid_t child = 0; children >> child;) used.database += used_by(child);
  return used;
}

}  // namespace pons::bench
