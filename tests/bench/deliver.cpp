// A backlog of deliveries for one endpoint, drained by the engine over eight connections: deliveries/s, whether each
// patient's came in order, the engine's memory, what each delivery costs in processor time, fsyncs and WAL, and beside
// it, in the same run, the same messages sent to the same receiver by a loop that keeps nothing.
//
// Usage: bench_deliver PONS [--scale S]
// PONS: the engine's binary. The backlog is S (0.01) times a million, filled by COPY for 5,000 patients.
#include <cmath>

#include "adapters/postgres/cluster.h"
#include "adapters/postgres/schema.h"
#include "tests/bench/backlog.h"
#include "tests/bench/bench.h"
#include "tests/bench/options.h"
#include "tests/bench/receiver.h"

using namespace pons;
using bench::BacklogOrder, bench::Engine, bench::Folder, bench::Receiver;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int kConnections = 8;

/// A site with one endpoint that sends.
std::string site_with(const Folder& folder, std::uint16_t port) {
  const auto site = folder.path() / "site";
  std::filesystem::create_directories(site / "routes");
  std::filesystem::create_directories(site / "mappings");
  std::ofstream(site / "routes/endpoints.yaml")
      << fmt::format("endpoints:\n  ehr-mllp:\n    send: mllp://127.0.0.1:{}\n    at_once: {}\n", port, kConnections);
  return site.string();
}

/// The same messages over as many connections, by nobody who would have to remember anything: deliveries a second.
double floor_of(long count) {
  const Receiver receiver([](const std::string&) {});
  const auto began = Steady::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < kConnections; ++i)
    threads.emplace_back([&, i] {
      Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", receiver.port()));
      socket.setNoDelay(true);
      for (long number = 0; number < count; ++number) {
        if (number % bench::kBacklogPatients % kConnections != i) continue;
        bench::ask(socket, bench::backlog_document(number));
      }
    });
  for (std::thread& each : threads) each.join();
  return static_cast<double>(count) / std::chrono::duration<double>(Steady::now() - began).count();
}

/// The endpoint is dead until all is noted that is compared with what comes after. True: all arrived, in order.
bool drain(const Engine& engine, std::uint16_t port, Connection& connection, long count) {
  const bench::Wal before = bench::wal(connection);
  const bench::Processor idle = bench::processor(engine);
  BacklogOrder order;
  const Receiver receiver([&order](const std::string& message) { order.take(bench::control_id_of(message)); }, port);
  while (receiver.received() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto began = Steady::now();
  long most = 0;
  while (receiver.received() < count && Steady::now() - began < std::chrono::hours(1)) {
    most = std::max(most, engine.resident());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const double elapsed = std::chrono::duration<double>(Steady::now() - began).count();
  const bench::Processor busy = bench::processor(engine);
  const bench::Wal after = bench::wal(connection);
  const auto drained = static_cast<double>(receiver.received());
  fmt::print("{:>8.0f} deliveries/s of {}, {} out of order, RSS at most {} MB\n", drained / elapsed,
             receiver.received(), order.out_of_order(), most);
  fmt::print(
      "         each: {:.0f} us engine, {:.0f} us PostgreSQL, {:.0f} us the receiver; {:.2f} fsyncs, {:.0f} B WAL\n",
      (busy.engine - idle.engine) / drained, (busy.database - idle.database) / drained,
      (busy.senders - idle.senders) / drained, (after.syncs - before.syncs) / drained,
      bench::wal_bytes(connection, before, after) / drained);
  return order.out_of_order() == 0 && receiver.received() >= count;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string pons;
  double scale = 0.01;
  bench::read_options(argc, argv, "bench_deliver: a backlog for one endpoint", {.pons = &pons, .scale = &scale});
  const long count = std::lround(scale * 1e6);
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, nullptr, _IOLBF, 0);
  bench::want_disk(1e9 + bench::kBytesOfAParcel * static_cast<double>(count));
  const Folder folder;
  fmt::print("{} parcels of {} bytes for {} patients, {} connections\n", count, bench::backlog_document(1).size(),
             bench::kBacklogPatients, kConnections);
  fmt::print("{:>8.0f} deliveries/s by a loop that keeps nothing\n", floor_of(std::min(count, 50'000L)));
  const std::uint16_t port = bench::free_port();
  const std::string site = site_with(folder, port);
  {
    Cluster cluster(folder.state());
    prepare_schema(cluster.conninfo());
    Connection connection(cluster.conninfo());
    bench::fill_backlog(connection, "ehr-mllp", count);
  }
  const Engine engine(pons, site, folder);
  Connection connection(cluster_conninfo(engine.state()));
  return drain(engine, port, connection, count) ? 0 : 1;
} catch (const std::exception& error) {
  return bench::fail(error);  // its folder and its engine are gone
}
