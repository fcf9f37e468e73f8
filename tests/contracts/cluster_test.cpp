#include "adapters/postgres/cluster.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <thread>

#include "adapters/postgres/connection.h"
#include "engine/ports/store.h"
#include "tests/support/postgres.h"

using namespace pons;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

pid_t postmaster_of(const test::Database& database) {
  std::ifstream file(database.folder() / "postgres/data/postmaster.pid");
  pid_t pid = 0;
  file >> pid;
  return pid;
}

bool answers(const test::Database& database) {
  try {
    return Connection(database.conninfo()).run("SELECT 1").number(0, 0) == 1;
  } catch (const StoreLost&) {
    return false;
  }
}

std::set<std::string> open_files(pid_t process) {
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(process) + "/fd"))
    files.insert(fs::read_symlink(entry.path()).string());
  return files;
}

/// As POCO makes them: not closed on exec.
class Socket {
 public:
  Socket() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {}
  ~Socket() { close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  std::string name() const { return fs::read_symlink("/proc/self/fd/" + std::to_string(socket_)).string(); }

 private:
  const int socket_;
};

/// A process that has nothing to do with PostgreSQL.
class Stranger {
 public:
  Stranger() : process_(fork()) {
    if (process_ == 0)
      while (true) pause();
  }
  ~Stranger() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  pid_t process() const { return process_; }
  bool lives() const { return waitpid(process_, nullptr, WNOHANG) == 0; }

 private:
  const pid_t process_;
};

}  // namespace

TEST_CASE("a PostgreSQL that is started again has no socket of the engine's") {
  test::Database database;
  const Socket socket;
  const pid_t killed = postmaster_of(database);
  REQUIRE(kill(killed, SIGKILL) == 0);
  for (int i = 0; i < 400 && (!answers(database) || postmaster_of(database) == killed); ++i) {
    database.cluster().supervise();
    std::this_thread::sleep_for(50ms);
  }
  REQUIRE(postmaster_of(database) != killed);
  const auto files = open_files(postmaster_of(database));
  CHECK(files.size() > 3);
  CHECK_FALSE(files.contains(socket.name()));
}

TEST_CASE("a process that has the number of a former PostgreSQL by now is let alone") {
  test::Database database;
  database.cluster().stop();
  const Stranger stranger;
  std::ofstream(database.folder() / "postgres/data/postmaster.pid") << stranger.process() << '\n';
  try {
    const Cluster again(database.folder());
  } catch (const std::runtime_error&) {
    // PostgreSQL itself wants to be told about a process of its own user.
    REQUIRE(geteuid() != 0);
  }
  CHECK(stranger.lives());
}

TEST_CASE("a PostgreSQL that a former engine left behind makes room") {
  const test::Database database;
  const pid_t left = postmaster_of(database);
  const Cluster again(database.folder());
  CHECK(postmaster_of(database) != left);
  CHECK(answers(database));
}
