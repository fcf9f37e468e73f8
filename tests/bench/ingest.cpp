// Closed-loop MLLP senders against the engine on its own PostgreSQL: msg/s, p50, p99, fsyncs and WAL bytes a message
// (full-page images apart), what each of the three spends of a processor on a message (which a busy machine hardly
// changes), and beside them, in the same run, COPY of the same rows into empty tables with one COMMIT for each batch of
// the same size.
//
// Usage, from the repository's root: bench_ingest PONS [--scale S] [--seconds N] [--connections C...]
// PONS: the engine's binary. S (0) times a million messages are there already, filled by COPY, for a tenth as many
// patients; each setting runs N (10) seconds, at 1, 8 and 32 connections. Exit code 1: the store holds anything else
// than what was answered AA.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/postgres/cluster.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/schema.h"
#include "tests/bench/bench.h"
#include "tests/bench/history.h"
#include "tests/bench/options.h"
#include "tests/bench/receiver.h"

using namespace pons;
using bench::Engine, bench::Processor, bench::Wal;
using Steady = std::chrono::steady_clock;

namespace {

constexpr double kMostASecond = 8000;  // messages, of whatever machine

/// What is there before anything is sent; and who has sent what since.
struct Traffic {
  const long history, patients;
  std::atomic<long> last = history;
};

/// Sends until the end and waits for each answer; milliseconds of each.
std::vector<double> send_until(Steady::time_point end, const Engine& engine, Traffic& traffic) {
  Poco::Net::StreamSocket ris(Poco::Net::SocketAddress("127.0.0.1", engine.port("ris-mllp")));
  Poco::Net::StreamSocket his(Poco::Net::SocketAddress("127.0.0.1", engine.port("his-mllp")));
  ris.setNoDelay(true);
  his.setNoDelay(true);
  std::vector<double> times;
  while (Steady::now() < end) {
    const long number = ++traffic.last;
    const std::string text = bench::message(number, traffic.patients);
    Poco::Net::StreamSocket& socket = number % 2 == 0 ? his : ris;
    const auto began = Steady::now();
    const std::string answer = bench::ask(socket, text);
    if (answer.find("MSA|AA|") == std::string::npos) throw std::runtime_error("not AA: " + answer);
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
  }
  return times;
}

void measure(const Engine& engine, Connection& connection, Traffic& traffic, int connections, double seconds) {
  const Wal before = bench::wal(connection);
  const Processor idle = bench::processor(engine);
  const auto began = Steady::now();
  const auto end = began + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  std::vector<double> times;
  std::mutex mutex;
  std::vector<std::thread> senders;
  for (int i = 0; i < connections; ++i)
    senders.emplace_back([&] {
      const auto mine = send_until(end, engine, traffic);
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
}

/// The rows that the engine has written, as COPY gives them.
std::vector<std::string> rows_of(PGconn* connection, const std::string& table, const std::string& since) {
  PQclear(PQexec(connection, ("COPY (SELECT * FROM " + table + " WHERE " + since + ") TO STDOUT").c_str()));
  std::vector<std::string> rows;
  char* row = nullptr;
  for (int size = 0; (size = PQgetCopyData(connection, &row, 0)) > 0; PQfreemem(row))
    rows.emplace_back(row, static_cast<std::size_t>(size));
  PQclear(PQgetResult(connection));
  return rows;
}

/// What the engine has written so far, COPYed into empty tables like its own with the same indexes, one COMMIT for as
/// many messages as there are connections: messages a second.
double copy_floor(Connection& connection, const std::string& conninfo, const Traffic& traffic, int batch) {
  const std::string message = "message > " + std::to_string(traffic.history),
                    record = "id > " + std::to_string(bench::History(traffic.history, traffic.patients).last_record());
  const std::vector<std::pair<std::string, std::string>> tables{{"journal", message},      {"journal_key", message},
                                                                {"trace", message},        {"change", message},
                                                                {"imaging_order", record}, {"scheduled_step", record}};
  const std::unique_ptr<PGconn, decltype(&PQfinish)> reader(PQconnectdb(conninfo.c_str()), PQfinish);
  PQclear(PQexec(reader.get(), "SET search_path TO pons"));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [table, since] : tables) {
    rows.push_back(rows_of(reader.get(), table, since));
    connection.script("CREATE TABLE bench_" + table + " (LIKE " + table + " INCLUDING ALL)");
  }
  const std::size_t messages = rows.front().size(), batches = messages / static_cast<std::size_t>(batch);
  const auto began = Steady::now();
  for (std::size_t i = 0; i < batches; ++i) {
    connection.script("BEGIN");
    for (std::size_t table = 0; table < tables.size(); ++table) {
      std::string text;
      for (std::size_t row = rows[table].size() * i / batches; row < rows[table].size() * (i + 1) / batches; ++row)
        text += rows[table][row];
      connection.copy("COPY bench_" + tables[table].first + " FROM STDIN", text);
    }
    connection.script("COMMIT");
  }
  const double elapsed = std::chrono::duration<double>(Steady::now() - began).count();
  for (const auto& [table, since] : tables) connection.script("DROP TABLE bench_" + table);
  return static_cast<double>(messages) / elapsed;
}

/// Each message that was answered AA stands in the journal as done, every other one with its order and its step.
bool adds_up(Connection& connection, const Traffic& traffic) {
  const long orders = (traffic.last + 1) / 2;
  const Rows found = connection.run(
      "SELECT (SELECT count(*) FROM journal WHERE outcome = 'done'), (SELECT count(*) FROM imaging_order),"
      " (SELECT count(*) FROM scheduled_step)");
  if (found.number(0, 0) == traffic.last && found.number(0, 1) == orders && found.number(0, 2) == orders) return true;
  fmt::print("Of {} messages {} are done, and of {} orders there are {} with {} steps\n", traffic.last.load(),
             found.number(0, 0), orders, found.number(0, 1), found.number(0, 2));
  return false;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string pons;
  double seconds = 10, scale = 0;
  std::vector<int> settings{1, 8, 32};
  bench::read_options(argc, argv, "bench_ingest: messages in", {&pons, &seconds, &scale, &settings});
  const long history = std::lround(scale * 1e6);
  Traffic traffic{history, std::max(500L, history / 10 + 1)};
  setvbuf(stdout, nullptr, _IOLBF, 0);
  // Each setting adds its messages; its COPY writes, for a while, all that were sent until then once more.
  const double sent = kMostASecond * seconds * static_cast<double>(settings.size());
  bench::want_disk(1e9 + bench::kBytesOfAMessage * (static_cast<double>(history) + 2 * sent));
  const bench::Folder folder;
  if (history > 0) {
    Cluster cluster(folder.state());
    prepare_schema(cluster.conninfo());
    Connection connection(cluster.conninfo());
    bench::History(history, traffic.patients).fill(connection);
  }
  const Engine engine(pons, ".", folder);
  Connection connection(cluster_conninfo(engine.state()));
  fmt::print("{} and {} bytes, ADT and ORM in turn, {} patients, {} messages before, {} s a row\n",
             bench::message(2, 500).size(), bench::message(1, 500).size(), traffic.patients, history, seconds);
  fmt::print("PostgreSQL: {}\n", bench::settings(connection));
  fmt::print(
      "connections    msg/s   p50 ms   p99 ms   fsyncs/msg   WAL B/msg   RSS MB  engine  database  senders: us/msg\n");
  for (const int connections : settings) {
    measure(engine, connection, traffic, connections, seconds);
    fmt::print("            {:>7.0f} msg/s: COPY of the same rows, {} messages to a COMMIT\n",
               copy_floor(connection, cluster_conninfo(engine.state()), traffic, connections), connections);
  }
  return adds_up(connection, traffic) ? 0 : 1;
} catch (const std::exception& error) {
  return bench::fail(error);  // its folder and its engine are gone
}
