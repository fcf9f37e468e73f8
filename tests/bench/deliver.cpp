// A backlog of deliveries for one endpoint, drained by the engine over eight connections: deliveries/s, whether each
// patient's came in order, the engine's memory, what each delivery costs in processor time, fsyncs and WAL, and beside
// it, in the same run, the same messages sent to the same receiver by a loop that keeps nothing.
//
// Usage: bench_deliver PONS [--scale S] [--connections N]
// PONS: the engine's binary. The backlog is S (0.01) times a million, filled by COPY for 5,000 patients.
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "adapters/mllp/deframer.h"
#include "adapters/postgres/cluster.h"
#include "adapters/postgres/schema.h"
#include "engine/base/digest.h"
#include "engine/message/parcel.h"
#include "tests/bench/bench.h"

using namespace pons;
using bench::Engine, bench::Folder;
using Steady = std::chrono::steady_clock;

namespace {

constexpr long kPatients = 5000;
constexpr double kBytesOfAParcel = 4096;  // on disk, with indexes, attempts and WAL

std::string control_id(long number) {
  return "B" + std::to_string(number % kPatients) + "." + std::to_string(number / kPatients);
}

/// A report of about 1 KB.
std::string document(long number) {
  return "MSH|^~\\&|PONS|HOSP|EHR|HOSP|20261124100000||ORU^R01^ORU_R01|" + control_id(number) + "|P|2.5\rPID|1||M" +
         std::to_string(number % kPatients) +
         "^^^HOSP^MR||DOE^JANE||19800102|F\rOBR|1||F1|CT1^CT head^L\rOBX|1|TX|59776-5^Findings^LN||" +
         std::string(800, 'x') + "||||||F\r";
}

/// Answers AA at once to whoever connects, and looks whether each patient's messages come in ascending order.
class Receiver final {
 public:
  Receiver() : listening_(Poco::Net::SocketAddress("127.0.0.1", 0)), last_(kPatients, -1) {
    acceptor_ = std::thread([this] {
      while (!stopping_)
        if (listening_.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ))
          threads_.emplace_back([this, socket = listening_.acceptConnection()]() mutable { serve(socket); });
    });
  }
  ~Receiver() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& each : threads_) each.join();
  }

  std::uint16_t port() const { return listening_.address().port(); }
  long received() const { return received_; }
  long out_of_order() const { return out_of_order_; }
  void begin_anew() {
    std::lock_guard lock(mutex_);
    last_.assign(kPatients, -1);
    received_ = 0;
  }

 private:
  void serve(Poco::Net::StreamSocket& socket) {
    socket.setNoDelay(true);
    Deframer deframer(1 << 20);
    std::string buffer(1 << 16, '\0');
    while (!stopping_) {
      if (!socket.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ)) continue;
      const int read = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (read <= 0) return;
      deframer.feed({buffer.data(), static_cast<std::size_t>(read)});
      std::string answers;
      while (const auto message = deframer.next()) answers += frame(answer(*message));
      socket.sendBytes(answers.data(), static_cast<int>(answers.size()));
    }
  }

  std::string answer(const std::string& message) {
    const auto begin = message.find("|B") + 1, end = message.find('|', begin);
    const std::string id = message.substr(begin, end - begin);
    const auto dot = id.find('.');
    const auto patient = static_cast<std::size_t>(std::stol(id.substr(1, dot - 1)));
    const long number = std::stol(id.substr(dot + 1));
    {
      std::lock_guard lock(mutex_);
      if (number <= last_[patient]) ++out_of_order_;
      last_[patient] = number;
    }
    ++received_;
    return "MSH|^~\\&|EHR|HOSP|PONS|HOSP|20261124||ACK|A|P|2.5\rMSA|AA|" + id + "\r";
  }

  Poco::Net::ServerSocket listening_;
  std::atomic<bool> stopping_ = false;
  std::atomic<long> received_ = 0, out_of_order_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::vector<long> last_;
};

/// A site with one endpoint that sends.
std::string site_with(const Folder& folder, std::uint16_t port, int connections) {
  const auto site = folder.path() / "site";
  std::filesystem::create_directories(site / "routes");
  std::filesystem::create_directories(site / "mappings");
  std::ofstream(site / "routes/endpoints.yaml")
      << fmt::format("endpoints:\n  ehr-mllp:\n    send: mllp://127.0.0.1:{}\n    at_once: {}\n", port, connections);
  return site.string();
}

/// As the engine would have left them: queued, the first of each patient ready.
void fill(Connection& connection, long count) {
  constexpr long kAtOnce = 20'000;
  for (long first = 0; first < count; first += kAtOnce) {
    std::string parcels, states, lanes;
    for (long number = first; number < std::min(count, first + kAtOnce); ++number) {
      const long id = number + 1, patient = number % kPatients;
      parcels += fmt::format("{}\t1\tbench\t{}\t{}\t{}\n", id, control_id(number), Parcel::kHl7,
                             "\\\\x" + to_hex(document(number)));
      states += fmt::format("{}\tehr-mllp\t{{patient:{}}}\tqueued\t0\t2026-01-01\t2026-01-01\n", id, patient);
      lanes += fmt::format("patient:{}\tehr-mllp\t{}\n", patient, id);
    }
    connection.script("BEGIN");
    connection.copy("COPY parcel (id, message, route, control_id, content_type, document) FROM STDIN", parcels);
    connection.copy("COPY parcel_state (parcel, outlet, lanes, state, attempts, due, arrived) FROM STDIN", states);
    connection.copy("COPY parcel_lane (lane, outlet, parcel) FROM STDIN", lanes);
    connection.script("COMMIT");
  }
  connection.script("SELECT setval('parcel_number', " + std::to_string(count + 1) + ")");
  connection.script("VACUUM ANALYZE parcel");
  connection.script("VACUUM ANALYZE parcel_state");
  connection.script("VACUUM ANALYZE parcel_lane");
}

/// The same messages over as many connections, by nobody who would have to remember anything: deliveries a second.
double floor_of(const Receiver& receiver, int connections, long count) {
  const auto began = Steady::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i)
    threads.emplace_back([&, i] {
      Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", receiver.port()));
      socket.setNoDelay(true);
      char buffer[4096];
      for (long number = 0; number < count; ++number) {
        if (number % kPatients % connections != i) continue;
        const std::string framed = frame(document(number));
        socket.sendBytes(framed.data(), static_cast<int>(framed.size()));
        std::string answer;
        while (answer.find('\x1c') == answer.npos)
          answer.append(buffer, static_cast<std::size_t>(socket.receiveBytes(buffer, sizeof buffer)));
      }
    });
  for (std::thread& each : threads) each.join();
  return static_cast<double>(count) / std::chrono::duration<double>(Steady::now() - began).count();
}

void drain(const Engine& engine, const Receiver& receiver, Connection& connection, long count) {
  const bench::Wal before = bench::wal(connection);
  const bench::Processor idle = bench::processor(engine);
  const long done = receiver.received();
  const auto began = Steady::now();
  long most = 0;
  while (receiver.received() < count && Steady::now() - began < std::chrono::hours(1)) {
    most = std::max(most, engine.resident());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const double elapsed = std::chrono::duration<double>(Steady::now() - began).count();
  const bench::Processor busy = bench::processor(engine);
  const bench::Wal after = bench::wal(connection);
  const double drained = static_cast<double>(receiver.received() - done);
  fmt::print("{:>8.0f} deliveries/s of {}, {} out of order, RSS at most {} MB\n", drained / elapsed,
             receiver.received(), receiver.out_of_order(), most);
  fmt::print(
      "         each: {:.0f} us engine, {:.0f} us PostgreSQL, {:.0f} us the receiver; {:.2f} fsyncs, {:.0f} B WAL\n",
      (busy.engine - idle.engine) / drained, (busy.database - idle.database) / drained,
      (busy.senders - idle.senders) / drained, (after.syncs - before.syncs) / drained,
      bench::wal_bytes(connection, before, after) / drained);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"bench_deliver: a backlog for one endpoint"};
  std::string binary;
  double scale = 0.01;
  int connections = 8;
  app.add_option("pons", binary, "the engine's binary")->required();
  app.add_option("--scale", scale, "of a million parcels")->capture_default_str();
  app.add_option("--connections", connections, "to the receiver")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const long count = static_cast<long>(scale * 1e6);
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, nullptr, _IOLBF, 0);
  const Folder folder;
  folder.want(1e9 + kBytesOfAParcel * static_cast<double>(count));
  Receiver receiver;
  fmt::print("{} parcels of {} bytes for {} patients, {} connections\n", count, document(1).size(), kPatients,
             connections);
  fmt::print("{:>8.0f} deliveries/s by a loop that keeps nothing\n",
             floor_of(receiver, connections, std::min(count, 50'000L)));
  receiver.begin_anew();
  const std::string site = site_with(folder, receiver.port(), connections);
  {
    Cluster cluster(folder.state());
    prepare_schema(cluster.conninfo());
    Connection connection(cluster.conninfo());
    fill(connection, count);
  }
  const Engine engine(binary, site, folder);
  Connection connection(cluster_conninfo(engine.state()));
  drain(engine, receiver, connection, count);
  return receiver.out_of_order() == 0 && receiver.received() >= count ? 0 : 1;
}
