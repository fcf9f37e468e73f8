// What the neighbours of a sick endpoint notice: how soon senders are answered, how soon their orders reach another
// receiver, and how soon the worklist answers among 100,000 steps, first alone, then beside a backlog for an endpoint
// that is dead, then while that backlog drains over eight connections; and the engine's memory. Minutes of a machine
// differ by more than a dead endpoint costs: so for a few seconds it is tried, and for a few it is not, in turn.
//
// Usage, from the repository's root: bench_isolation PONS [--scale S] [--seconds N]
// PONS: the engine's binary. The backlog is S (0.01) times a million, filled by COPY; N (20) seconds go into each row.
#include <array>
#include <cmath>
#include <unordered_map>

#include "adapters/postgres/cluster.h"
#include "adapters/postgres/outlet_lock.h"
#include "adapters/postgres/schema.h"
#include "tests/bench/backlog.h"
#include "tests/bench/bench.h"
#include "tests/bench/modality.h"
#include "tests/bench/options.h"
#include "tests/bench/receiver.h"

using namespace pons;
using bench::Engine, bench::Folder, bench::milliseconds_since, bench::Receiver;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int kSteps = 100'000;
constexpr int kSenders = 4, kOrdersASecond = 100, kQueriesASecond = 20;

/// Milliseconds that several threads add.
class Times final {
 public:
  void add(double milliseconds) {
    std::lock_guard lock(mutex_);
    times_.push_back(milliseconds);
  }
  std::vector<double> take() {
    std::lock_guard lock(mutex_);
    std::vector<double> taken = std::exchange(times_, {});
    std::sort(taken.begin(), taken.end());
    return taken;
  }

 private:
  std::mutex mutex_;
  std::vector<double> times_;
};

double at(const std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

/// When each order was sent, until it is delivered.
class Journey final {
 public:
  void begins(int number) {
    std::lock_guard lock(mutex_);
    began_[number] = Steady::now();
  }
  /// `message`: with the order's number in OBR-2, "P17".
  void ends(const std::string& message) {
    const auto place = message.find("OBR|1|P");
    if (place == std::string::npos) return;
    std::lock_guard lock(mutex_);
    const auto found = began_.find(std::atoi(message.c_str() + place + 7));
    if (found == began_.end()) return;
    times.add(milliseconds_since(found->second));
    began_.erase(found);
  }

  Times times;

 private:
  std::mutex mutex_;
  std::unordered_map<int, Steady::time_point> began_;
};

std::string order(int number) {
  const std::string n = std::to_string(number), patient = std::to_string(number % 500);
  return "MSH|^~\\&|RIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|C" + n + "|P|2.5\rPID|1||I" + patient +
         "^^^HOSP^MR||DOE^JANE||19800102|F\rPV1|1|I|RADX|||||D1^WHO^ALAN\rORC|NW|P" + n + "|F" + n +
         "||SC||^^^20261126093000\rOBR|1|P" + n + "|F" + n + "|CT1^CT head^L||||||||||||D1^WHO^ALAN||A" + n +
         "|R1|S1||||CT\r";
}

/// The sample site, whose orders go on to the healthy receiver too; beside it an endpoint that nothing is sent to any
/// more, but for its backlog.
std::string site_with(const Folder& folder, std::uint16_t healthy, std::uint16_t sick) {
  const auto site = folder.path() / "site";
  std::filesystem::create_directories(site);
  for (const char* part : {"routes", "mappings"})
    std::filesystem::copy(part, site / part, std::filesystem::copy_options::recursive);
  const auto edit = [&](const char* file, const std::string& before, const std::string& more) {
    std::ifstream in(site / file);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto place = text.find(before);
    if (place == std::string::npos) throw std::runtime_error(std::string("no place in ") + file);
    std::ofstream(site / file) << text.insert(place, more);
  };
  edit("routes/endpoints.yaml", "  ris-mllp:\n",
       fmt::format(
           "  healthy:\n    send: mllp://127.0.0.1:{}\n    at_once: 4\n\n"
           "  sick:\n    send: mllp://127.0.0.1:{}\n    at_once: 8\n    retry: {{every: 10s, up_to: 10s, for: 3d}}\n\n",
           healthy, sick));
  edit("routes/ris-orders.yaml", "  - endpoint: worklist", "  - endpoint: healthy\n    send: received\n");
  return site.string();
}

/// Those who share the engine with the sick endpoint, at a steady pace.
class Neighbours final {
 public:
  Neighbours(const Engine& engine, Journey& journey) : engine_(engine), journey_(journey) {
    for (int i = 0; i < kSenders; ++i) threads_.emplace_back([this, i] { send(i); });
    threads_.emplace_back([this] { ask(); });
  }
  ~Neighbours() {
    stopping_ = true;
    for (std::thread& each : threads_) each.join();
  }

  struct Phase {
    std::vector<double> answers, deliveries, queries;  // sorted
    long resident = 0;

    void add(const Phase& more) {
      merge(answers, more.answers), merge(deliveries, more.deliveries), merge(queries, more.queries);
      resident = std::max(resident, more.resident);
    }
    static void merge(std::vector<double>& sorted, const std::vector<double>& more) {
      const auto middle = sorted.insert(sorted.end(), more.begin(), more.end());
      std::inplace_merge(sorted.begin(), middle, sorted.end());
    }
  };
  Phase watch(double seconds) {
    answers_.take(), journey_.times.take(), queries_.take();
    Phase phase;
    for (const auto began = Steady::now(); Steady::now() - began < std::chrono::duration<double>(seconds);) {
      phase.resident = std::max(phase.resident, engine_.resident());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    phase.answers = answers_.take();
    phase.deliveries = journey_.times.take();
    phase.queries = queries_.take();
    return phase;
  }

 private:
  void send(int first) {
    Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", engine_.port("ris-mllp")));
    socket.setNoDelay(true);
    auto next = Steady::now();
    for (int number = 10 * kSteps + first; !stopping_; number += kSenders) {
      next += std::chrono::microseconds(1'000'000 * kSenders / kOrdersASecond);
      std::this_thread::sleep_until(next);
      const auto began = Steady::now();
      journey_.begins(number);
      const std::string answer = bench::ask(socket, order(number));
      if (answer.find("MSA|AA|") == std::string::npos || answer.find("held") != std::string::npos)
        throw std::runtime_error("no effect: " + answer);
      answers_.add(milliseconds_since(began));
    }
  }

  void ask() {
    bench::Modality modality(engine_.port("dicom"));
    const dicom::Dataset keys = bench::asking(bench::kTypical);
    auto next = Steady::now();
    while (!stopping_) {
      next += std::chrono::microseconds(1'000'000 / kQueriesASecond);
      std::this_thread::sleep_until(next);
      const auto began = Steady::now();
      if (modality.find(keys) != 20) throw std::runtime_error("not 20 answers");
      queries_.add(milliseconds_since(began));
    }
  }

  const Engine& engine_;
  Journey& journey_;
  std::atomic<bool> stopping_ = false;
  Times answers_, queries_;
  std::vector<std::thread> threads_;
};

void tell(const char* name, const Neighbours::Phase& phase, const Neighbours::Phase& base) {
  const auto times = [](const std::vector<double>& now, const std::vector<double>& before) {
    return fmt::format("{:>8.2f} {:>8.2f} {:>5.2f} {:>5.2f}", at(now, 0.5), at(now, 0.99),
                       at(now, 0.5) / at(before, 0.5), at(now, 0.99) / at(before, 0.99));
  };
  fmt::print("{:>22} {} {} {} {:>6}\n", name, times(phase.answers, base.answers),
             times(phase.deliveries, base.deliveries), times(phase.queries, base.queries), phase.resident);
}

constexpr double kTurn = 5, kSettles = 2;  // seconds

/// Beside the same backlog: while its endpoint, which is dead, is not tried, and while it is.
std::array<Neighbours::Phase, 2> in_turn(Connection& connection, Neighbours& neighbours, double seconds) {
  const auto due = [&](const char* after) {
    connection.run_all({{"BEGIN", {}},
                        lock_outlets("SELECT $1::text", {"sick"}),
                        {std::string("UPDATE parcel_state SET due = now() + ") + after +
                             " WHERE outlet = 'sick' AND state = 'queued' AND ready",
                         {}},
                        {"COMMIT", {}}});
    neighbours.watch(kSettles);
  };
  std::array<Neighbours::Phase, 2> phases;
  for (double left = seconds; left > 0; left -= kTurn) {
    due("interval '1 day'");
    phases[0].add(neighbours.watch(std::min(left, kTurn)));
    due("random() * interval '10 s'");  // as its retries are spread
    phases[1].add(neighbours.watch(std::min(left, kTurn)));
  }
  return phases;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string pons;
  double scale = 0.01, seconds = 20;
  bench::read_options(argc, argv, "bench_isolation: the neighbours of a sick endpoint", {&pons, &seconds, &scale});
  const long count = std::lround(scale * 1e6);
  signal(SIGPIPE, SIG_IGN);
  setenv("TCP_NODELAY", "1", 1);
  setvbuf(stdout, nullptr, _IOLBF, 0);
  OFLog::configure(OFLogger::ERROR_LOG_LEVEL);
  bench::want_disk(2e9 + bench::kBytesOfAParcel * static_cast<double>(count));
  const Folder folder;
  Journey journey;
  const Receiver healthy([&journey](const std::string& message) { journey.ends(message); });
  const std::uint16_t sick = bench::free_port();
  const std::string site = site_with(folder, healthy.port(), sick);
  {
    Cluster cluster(folder.state());
    prepare_schema(cluster.conninfo());
    Connection connection(cluster.conninfo());
    connection.be_patient();
    bench::fill_worklist(connection, kSteps);
    connection.script("SELECT setval('record_id', 10000000)");
  }
  const Engine engine(pons, site, folder);
  Connection connection(cluster_conninfo(engine.state()));
  fmt::print(
      "{} orders and {} worklist queries a second; times in ms: p50, p99, and both against the row above, the last"
      " against the second\n",
      kOrdersASecond, kQueriesASecond);
  fmt::print("{:>22} {:^29} {:^29} {:^29} {:>6}\n", "", "answers to senders", "deliveries to another",
             "C-FIND of 100,000", "RSS MB");
  Neighbours neighbours(engine, journey);
  neighbours.watch(3);
  const auto alone = neighbours.watch(seconds);
  tell("alone", alone, alone);
  bench::fill_backlog(connection, "sick", count);
  neighbours.watch(15);  // what the filling itself delayed is over
  const auto [idle, tried] = in_turn(connection, neighbours, seconds);
  tell("a backlog lies there", idle, alone);
  tell("its dead end is tried", tried, idle);
  bench::BacklogOrder order;
  const Receiver back([&order](const std::string& message) { order.take(bench::control_id_of(message)); }, sick);
  while (back.received() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const auto draining = neighbours.watch(seconds);
  const long drained = back.received();
  tell("it drains", draining, idle);
  fmt::print("{} of {} were drained meanwhile, {} out of order{}\n", drained, count, order.out_of_order(),
             drained == count ? "; the backlog ended before the phase did: take a larger --scale" : "");
  return order.out_of_order() == 0 ? 0 : 1;
} catch (const std::exception& error) {
  return bench::fail(error);  // its folder and its engine are gone
}
