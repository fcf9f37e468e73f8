// Closed-loop MLLP senders against the engine on its own PostgreSQL: msg/s, p50, p99, fsyncs and WAL bytes a message,
// what each of the three spends of a processor on a message (which a busy machine hardly changes), and beside them, in
// the same run, COPY of the same rows with one COMMIT for each batch of the same size.
//
// Usage, from the repository's root: bench_ingest PONS [SECONDS [CONNECTIONS…]]
// PONS: the engine's binary; each setting runs so long, 10 s by default, at 1, 8 and 32 connections.
#include <Poco/Net/StreamSocket.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "adapters/mllp/deframer.h"
#include "adapters/postgres/cluster.h"
#include "adapters/postgres/connection.h"

using namespace pons;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int kPatients = 500;
std::atomic<int> last_number = 0;

/// A new order of about 1 KB for one of 500 patients, or every other time an update of the patient.
std::string message(int number) {
  const std::string n = std::to_string(number), patient = std::to_string(number % kPatients);
  const std::string pid = "PID|1||M" + patient + "^^^HOSP^MR~99" + patient + "^^^NHS^NH||DOE^JANE||19800102|F|||" + n +
                          " High Street^^Town^^12345\r";
  const auto head = [&](const char* sender, const char* type) {
    return std::string("MSH|^~\\&|") + sender + "|NORTH|IMAGING|HOSP|20261124100000||" + type + "|C" + n + "|P|2.5\r";
  };
  if (number % 2 == 0)
    return head("HIS", "ADT^A08^ADT_A01") + "EVN||20261124100000\r" + pid + "PV1|1|I|RADX|||||D1^WHO^ALAN\rNTE|1||" +
           std::string(700, 'x') + "\r";
  return head("RIS", "ORM^O01") + pid + "PV1|1|I|RADX|||||D1^WHO^ALAN\rORC|NW|P" + n + "|F" + n +
         "||SC||^^^20261125093000\rOBR|1|P" + n + "|F" + n + "|CT1^CT head^L||||||||||||D1^WHO^ALAN||A" + n +
         "|R1|S1||||CT\rNTE|1||" + std::string(550, 'x') + "\r";
}

/// `pons run` on a state of its own, ended by SIGTERM.
class Engine final {
 public:
  explicit Engine(const std::string& binary) {
    std::string name = (std::filesystem::temp_directory_path() / "pons-bench-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    int out[2];
    if (pipe(out) != 0) throw std::runtime_error("no pipe");
    if ((pid_ = fork()) == 0) {
      for (const char* port : {"RIS_PORT", "HIS_PORT", "REPORTS_PORT", "DICOM_PORT", "HTTP_PORT"}) setenv(port, "0", 1);
      dup2(out[1], 1);
      execl(binary.c_str(), binary.c_str(), "run", "--state", state().c_str(), nullptr);
      _exit(127);
    }
    close(out[1]);
    FILE* lines = fdopen(out[0], "r");
    char line[512];
    while (fgets(line, sizeof line, lines) && std::string(line) != "ready\n")
      for (auto* port : {&ris_, &his_})
        if (strstr(line, port == &ris_ ? " ris-mllp " : " his-mllp "))
          *port = static_cast<std::uint16_t>(std::stoi(strrchr(line, ':') + 1));
  }
  ~Engine() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }

  std::uint16_t ris() const { return ris_; }
  std::uint16_t his() const { return his_; }
  pid_t process() const { return pid_; }
  std::string state() const { return (folder_ / "var").string(); }
  /// Resident memory in MB.
  long resident() const {
    std::ifstream file(fmt::format("/proc/{}/statm", pid_));
    long all = 0, resident = 0;
    file >> all >> resident;
    return resident * sysconf(_SC_PAGESIZE) >> 20;
  }

 private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
  std::uint16_t ris_ = 0, his_ = 0;
};

/// Sends until the end and waits for each answer; milliseconds of each.
std::vector<double> send_until(Steady::time_point end, const Engine& engine) {
  Poco::Net::StreamSocket ris(Poco::Net::SocketAddress("127.0.0.1", engine.ris()));
  Poco::Net::StreamSocket his(Poco::Net::SocketAddress("127.0.0.1", engine.his()));
  ris.setNoDelay(true);
  his.setNoDelay(true);
  std::vector<double> times;
  char buffer[8192];
  while (Steady::now() < end) {
    const int number = ++last_number;
    const std::string framed = frame(message(number));
    Poco::Net::StreamSocket& socket = number % 2 == 0 ? his : ris;
    const auto began = Steady::now();
    socket.sendBytes(framed.data(), static_cast<int>(framed.size()));
    std::string answer;
    while (answer.find('\x1c') == std::string::npos) {
      const int received = socket.receiveBytes(buffer, sizeof buffer);
      if (received <= 0) throw std::runtime_error("the engine hung up");
      answer.append(buffer, static_cast<std::size_t>(received));
    }
    if (answer.find("MSA|AA|") == std::string::npos) throw std::runtime_error("not AA: " + answer);
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
  }
  return times;
}

struct Wal {
  double syncs = 0, bytes = 0;
};

Wal wal(Connection& connection) {
  // The statistics of other backends come late; a moment lets them arrive.
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  const Rows rows = connection.run("SELECT wal_sync, wal_bytes::bigint FROM pg_stat_wal");
  return {static_cast<double>(rows.number(0, 0)), static_cast<double>(rows.number(0, 1))};
}

/// Processor time of a process so far, in microseconds.
double used_by(pid_t process) {
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

Processor processor(const Engine& engine) {
  Processor used{used_by(engine.process()), 0, used_by(getpid())};
  std::ifstream file(engine.state() + "/postgres/data/postmaster.pid");
  pid_t postmaster = 0;
  file >> postmaster;
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", postmaster));
  for (pid_t child = 0; children >> child;) used.database += used_by(child);
  return used;
}

double measure(const Engine& engine, Connection& connection, int connections, int seconds) {
  const Wal before = wal(connection);
  const Processor idle = processor(engine);
  const auto began = Steady::now();
  std::vector<double> times;
  std::mutex mutex;
  std::vector<std::thread> senders;
  for (int i = 0; i < connections; ++i)
    senders.emplace_back([&] {
      const auto mine = send_until(began + std::chrono::seconds(seconds), engine);
      std::lock_guard lock(mutex);
      times.insert(times.end(), mine.begin(), mine.end());
    });
  for (std::thread& each : senders) each.join();
  const double elapsed = std::chrono::duration<double>(Steady::now() - began).count();
  const Processor busy = processor(engine);
  const Wal after = wal(connection);
  std::sort(times.begin(), times.end());
  const double count = static_cast<double>(times.size());
  const auto at = [&](double part) { return times[static_cast<std::size_t>(part * (count - 1))]; };
  fmt::print("{:>11} {:>8.0f} {:>8.2f} {:>8.2f} {:>12.2f} {:>11.0f} {:>8} {:>7.0f} {:>9.0f} {:>8.0f}\n", connections,
             count / elapsed, at(0.5), at(0.99), (after.syncs - before.syncs) / count,
             (after.bytes - before.bytes) / count, engine.resident(), (busy.engine - idle.engine) / count,
             (busy.database - idle.database) / count, (busy.senders - idle.senders) / count);
  return count / elapsed;
}

/// The rows that the engine wrote, as COPY gives them.
std::vector<std::string> rows_of(PGconn* connection, const std::string& table) {
  PQclear(PQexec(connection, ("COPY " + table + " TO STDOUT").c_str()));
  std::vector<std::string> rows;
  char* row = nullptr;
  for (int size = 0; (size = PQgetCopyData(connection, &row, 0)) > 0; PQfreemem(row))
    rows.emplace_back(row, static_cast<std::size_t>(size));
  PQclear(PQgetResult(connection));
  return rows;
}

/// What the engine has written so far, COPYed into tables like its own with the same indexes, one COMMIT for as many
/// messages as there are connections: messages a second.
double copy_floor(Connection& connection, const std::string& conninfo, int batch) {
  const std::vector<std::string> tables{"journal", "journal_key", "trace", "change", "imaging_order", "scheduled_step"};
  const std::unique_ptr<PGconn, decltype(&PQfinish)> reader(PQconnectdb(conninfo.c_str()), PQfinish);
  PQclear(PQexec(reader.get(), "SET search_path TO pons"));
  std::vector<std::vector<std::string>> rows;
  for (const std::string& each : tables) {
    rows.push_back(rows_of(reader.get(), each));
    connection.script("CREATE TABLE bench_" + each + " (LIKE " + each + " INCLUDING ALL)");
  }
  const std::size_t messages = rows.front().size(), batches = messages / static_cast<std::size_t>(batch);
  const auto began = Steady::now();
  for (std::size_t i = 0; i < batches; ++i) {
    connection.script("BEGIN");
    for (std::size_t table = 0; table < tables.size(); ++table) {
      std::string text;
      for (std::size_t row = rows[table].size() * i / batches; row < rows[table].size() * (i + 1) / batches; ++row)
        text += rows[table][row];
      connection.copy(("COPY bench_" + tables[table] + " FROM STDIN").c_str(), text);
    }
    connection.script("COMMIT");
  }
  const double elapsed = std::chrono::duration<double>(Steady::now() - began).count();
  for (const std::string& each : tables) connection.script("DROP TABLE bench_" + each);
  return static_cast<double>(messages) / elapsed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_ingest PONS [SECONDS [CONNECTIONS…]]\n");
    return 2;
  }
  const int seconds = argc > 2 ? std::stoi(argv[2]) : 10;
  Engine engine(argv[1]);
  Connection connection(cluster_conninfo(engine.state()));
  fmt::print("{} and {} bytes, ADT and ORM in turn, {} patients, {} s a row\n", message(2).size(), message(1).size(),
             kPatients, seconds);
  fmt::print(
      "connections    msg/s   p50 ms   p99 ms   fsyncs/msg   WAL B/msg   RSS MB  engine  database  senders: us/msg\n");
  std::vector<int> settings;
  for (int i = 3; i < argc; ++i) settings.push_back(std::stoi(argv[i]));
  if (settings.empty()) settings = {1, 8, 32};
  for (const int connections : settings) {
    measure(engine, connection, connections, seconds);
    fmt::print("            {:>7.0f} msg/s: COPY of the same rows, {} messages to a COMMIT\n",
               copy_floor(connection, cluster_conninfo(engine.state()), connections), connections);
  }
  return 0;
}
