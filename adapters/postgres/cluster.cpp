#include "adapters/postgres/cluster.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/base/digest.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// One user for all, over the socket only: who may open the socket's folder may use the database.
constexpr const char* kUser = "postgres";

// A new one does not start while a process of a former one, whose postmaster was killed, still ends. How long recovery
// may take after that is not limited: it answers when it is done.
constexpr auto kStartsWithin = 10s;

fs::path find_programs() {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql"))
    if (fs::exists(entry.path() / "bin/postgres")) newest = std::max(newest, entry.path() / "bin");
  if (newest.empty()) throw std::runtime_error("PostgreSQL is not installed; install postgresql-15");
  return newest;
}

struct User {
  uid_t user;
  gid_t group;
  std::vector<gid_t> groups;
};

/// Where this is root: the system user `postgres`, as whom PostgreSQL runs.
std::optional<User> look_up_other_user() {
  if (geteuid() != 0) return {};
  const passwd* found = getpwnam(kUser);
  if (!found) throw std::runtime_error("there is no system user postgres; install postgresql-15");
  User user{found->pw_uid, found->pw_gid, {}};
  int count = 0;
  getgrouplist(kUser, user.group, nullptr, &count);
  user.groups.resize(static_cast<std::size_t>(count));
  getgrouplist(kUser, user.group, user.groups.data(), &count);
  return user;
}

const std::optional<User>& other_user() {
  static const std::optional<User> kUserFound = look_up_other_user();
  return kUserFound;
}

// What follows a fork may take no lock, of memory for one: another thread may have held it.

void become(const std::optional<User>& user) {
  if (user &&
      (setgroups(user->groups.size(), user->groups.data()) != 0 || setgid(user->group) != 0 || setuid(user->user) != 0))
    _exit(126);
}

/// A connection that the engine closes would stay open with PostgreSQL, and its peer would wait for ever.
void keep_our_files() {
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  const long end = sysconf(_SC_OPEN_MAX);  // a kernel before 5.11
  for (int file = 3; file < end; ++file) fcntl(file, F_SETFD, FD_CLOEXEC);
}

pid_t spawn(const std::vector<std::string>& command, const fs::path& log, bool ends_with_us) {
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const std::optional<User>& user = other_user();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  keep_our_files();
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  become(user);
  // After setuid, which clears it. Fast shutdown for a postmaster whose engine was killed.
  if (ends_with_us) prctl(PR_SET_PDEATHSIG, SIGINT);
  if (ends_with_us && getppid() != parent) _exit(0);
  setpgid(0, 0);  // a Ctrl-C on the terminal is for the engine, which stops PostgreSQL last
  dup2(out, 1);
  dup2(out, 2);
  if (chdir("/") == 0) execv(arguments[0], arguments.data());
  _exit(127);
}

bool can_reach(const fs::path& folder) {
  const std::optional<User>& user = other_user();
  const pid_t child = fork();
  if (child == 0) {
    become(user);
    _exit(access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void make_own_folder(const fs::path& folder) {
  fs::create_directories(folder);
  if (const auto& user = other_user(); user && chown(folder.c_str(), user->user, user->group) != 0)
    throw std::runtime_error("cannot give " + folder.string() + " to the user postgres");
  fs::permissions(folder, fs::perms::owner_all);
}

std::string key_of(const fs::path& state) {
  return to_hex(sha256(fs::absolute(state).lexically_normal().string())).substr(0, 12);
}

// sun_path holds 107 characters; the state folder may be deep.
fs::path socket_folder(const fs::path& state) {
  return "/tmp/pons-" + std::to_string(geteuid()) + "-" + key_of(state);
}

/// A backup that is played back serves readers long before it takes what is written.
bool takes_writes(const std::string& conninfo) {
  if (PQping(conninfo.c_str()) != PQPING_OK) return false;
  try {
    return !Connection(conninfo).run("SELECT pg_is_in_recovery()").truth(0, 0);
  } catch (const StoreLost&) {
    return false;
  }
}

/// As every process of PostgreSQL does.
bool works_in(const fs::path& data, pid_t process) {
  std::error_code it_has_ended;
  return fs::equivalent("/proc/" + std::to_string(process) + "/cwd", data, it_has_ended);
}

/// The postmaster that an engine which was killed left behind; 0 when there is none. After a crash of the machine its
/// number may be any other process's.
pid_t left_behind(const fs::path& data) {
  std::ifstream file(data / "postmaster.pid");
  pid_t pid = 0;
  file >> pid;
  return pid > 0 && works_in(data, pid) ? pid : 0;
}

}  // namespace

std::string cluster_conninfo(const std::filesystem::path& state) {
  return "host=" + socket_folder(state).string() + " user=" + kUser + " dbname=postgres connect_timeout=5";
}

Cluster::Cluster(const fs::path& state)
    : programs_(find_programs()),
      folder_(fs::absolute(state) / "postgres"),
      socket_(socket_folder(state)),
      conninfo_(cluster_conninfo(state)) {
  make_own_folder(folder_);
  if (!can_reach(folder_)) {
    folder_ = fs::path("/var/lib/pons") / key_of(state);
    note_ = "the user postgres cannot reach the state folder: the data is in " + folder_.string();
    fs::create_directories(folder_.parent_path());
    make_own_folder(folder_);
  }
  make_own_folder(socket_);
  if (!fs::exists(folder_ / "data/PG_VERSION")) create();
  start();
}

Cluster::~Cluster() {
  stop();
  std::error_code ignored;
  fs::remove_all(socket_, ignored);
}

void Cluster::create() {
  // A folder that initdb did not finish is no cluster: it is begun again.
  fs::remove_all(folder_ / "new");
  const pid_t child =
      spawn({programs_ / "initdb", "-D", folder_ / "new", "-k", "-E", "UTF8", "--locale=C", "-A", "trust", "-U", kUser},
            folder_ / "log", false);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("initdb failed; see " + (folder_ / "log").string());
  fs::rename(folder_ / "new", folder_ / "data");
}

void Cluster::start() {
  if (const pid_t old = left_behind(folder_ / "data")) {
    kill(old, SIGINT);
    for (int i = 0; i < 100 && works_in(folder_ / "data", old); ++i) std::this_thread::sleep_for(50ms);
  }
  const auto give_up = std::chrono::steady_clock::now() + kStartsWithin;
  do {
    spawn_postmaster();
    while (!has_ended()) {
      if (takes_writes(conninfo_)) return;
      std::this_thread::sleep_for(20ms);
    }
    std::this_thread::sleep_for(200ms);
  } while (std::chrono::steady_clock::now() < give_up);
  throw std::runtime_error("the private PostgreSQL did not start; see " + (folder_ / "log").string());
}

void Cluster::spawn_postmaster() {
  postmaster_ = spawn({programs_ / "postgres",
                       "-D",
                       folder_ / "data",
                       "-c",
                       "listen_addresses=",
                       "-c",
                       "unix_socket_directories=" + socket_.string(),
                       "-c",
                       "max_locks_per_transaction=512",
                       "-c",
                       "shared_buffers=128MB",
                       "-c",
                       "max_wal_size=2GB",
                       "-c",
                       "wal_compression=lz4",
                       "-c",
                       "default_toast_compression=lz4",
                       "-c",
                       "log_min_error_statement=panic",
                       "-c",
                       "log_error_verbosity=terse",
                       "-c",
                       "log_parameter_max_length_on_error=0"},
                      folder_ / "log", true);
}

bool Cluster::has_ended() {
  int status = 0;
  if (postmaster_ > 0 && waitpid(postmaster_, &status, WNOHANG) == postmaster_) postmaster_ = -1;
  return postmaster_ <= 0;
}

void Cluster::supervise() {
  if (!has_ended()) return;
  spdlog::error("the private PostgreSQL ended and is started again; its log is {}", (folder_ / "log").string());
  spawn_postmaster();
}

void Cluster::stop() {
  if (postmaster_ <= 0) return;
  kill(postmaster_, SIGINT);
  int status = 0;
  for (int i = 0; i < 160; ++i) {
    if (waitpid(postmaster_, &status, WNOHANG) == postmaster_) {
      postmaster_ = -1;
      return;
    }
    std::this_thread::sleep_for(50ms);
  }
  kill(postmaster_, SIGQUIT);
  waitpid(postmaster_, &status, 0);
  postmaster_ = -1;
}

}  // namespace pons
