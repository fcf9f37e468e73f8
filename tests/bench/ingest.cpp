// Closed-loop MLLP senders against the engine on its own PostgreSQL: msg/s, p50, p99, fsyncs and WAL bytes a message
// (full-page images apart), what each of the three spends of a processor on a message (which a busy machine hardly
// changes), and beside them, in the same run, COPY of the same rows with one COMMIT for each batch of the same size.
//
// Usage, from the repository's root: bench_ingest PONS [SECONDS [CONNECTIONS…]]
// PONS: the engine's binary; each setting runs so long, 10 s by default, at 1, 8 and 32 connections.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/postgres/cluster.h"
#include "adapters/postgres/connection.h"
#include "tests/bench/bench.h"
#include "tests/bench/receiver.h"

using namespace pons;
using bench::Engine, bench::Processor, bench::Wal;
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

/// Sends until the end and waits for each answer; milliseconds of each.
std::vector<double> send_until(Steady::time_point end, const Engine& engine) {
  Poco::Net::StreamSocket ris(Poco::Net::SocketAddress("127.0.0.1", engine.port("ris-mllp")));
  Poco::Net::StreamSocket his(Poco::Net::SocketAddress("127.0.0.1", engine.port("his-mllp")));
  ris.setNoDelay(true);
  his.setNoDelay(true);
  std::vector<double> times;
  while (Steady::now() < end) {
    const int number = ++last_number;
    const std::string text = message(number);
    Poco::Net::StreamSocket& socket = number % 2 == 0 ? his : ris;
    const auto began = Steady::now();
    const std::string answer = bench::ask(socket, text);
    if (answer.find("MSA|AA|") == std::string::npos) throw std::runtime_error("not AA: " + answer);
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
  }
  return times;
}

double measure(const Engine& engine, Connection& connection, int connections, int seconds) {
  const Wal before = bench::wal(connection);
  const Processor idle = bench::processor(engine);
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
  const Processor busy = bench::processor(engine);
  const Wal after = bench::wal(connection);
  std::sort(times.begin(), times.end());
  const double count = static_cast<double>(times.size());
  const auto at = [&](double part) { return times[static_cast<std::size_t>(part * (count - 1))]; };
  fmt::print("{:>11} {:>8.0f} {:>8.2f} {:>8.2f} {:>12.2f} {:>11.0f} {:>8} {:>7.0f} {:>9.0f} {:>8.0f}\n", connections,
             count / elapsed, at(0.5), at(0.99), (after.syncs - before.syncs) / count,
             bench::wal_bytes(connection, before, after) / count, engine.resident(),
             (busy.engine - idle.engine) / count, (busy.database - idle.database) / count,
             (busy.senders - idle.senders) / count);
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
  const bench::Folder folder;
  const Engine engine(argv[1], ".", folder);
  Connection connection(cluster_conninfo(engine.state()));
  fmt::print("{} and {} bytes, ADT and ORM in turn, {} patients, {} s a row\n", message(2).size(), message(1).size(),
             kPatients, seconds);
  fmt::print("PostgreSQL: {}\n", bench::settings(connection));
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
