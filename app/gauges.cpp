#include "app/gauges.h"

#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

#include "engine/ports/store.h"

namespace pons {

namespace {

using namespace std::chrono_literals;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr auto kShortestPause = 1s;
constexpr int kPatience = 50;  // a look takes 2 % of the time, however long it is

/// Family of one name.
class Family {
 public:
  Family(std::string name, std::string help) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = MetricType::Gauge;
  }
  template <class Number>
  Family& add(Number value, std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric metric;
    metric.gauge.value = static_cast<double>(value);
    metric.label = std::move(labels);
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  const MetricFamily& family() const { return family_; }

 private:
  MetricFamily family_;
};

void append_parcels(const Overview& overview, std::vector<MetricFamily>& families) {
  Family parcels("pons_parcels", "Deliveries that are not delivered, by endpoint and state");
  Family oldest("pons_oldest_parcel_seconds", "Age of the oldest queued delivery's message");
  Family lanes("pons_lanes", "Lanes with a delivery in them: about as many patients");
  Family longest("pons_longest_lane_parcels", "Deliveries in the fullest lane");
  Family unanswered("pons_awaited_answers", "Messages that the receiver's application has yet to answer (answers_at)");
  Family oldest_unanswered("pons_oldest_awaited_answer_seconds", "Age of the oldest of them");
  for (const Overview::Endpoint& each : overview.endpoints) {
    const ClientMetric::Label endpoint{"endpoint", each.name};
    parcels.add(each.queued, {endpoint, {"state", "queued"}});
    parcels.add(each.held, {endpoint, {"state", "held"}});
    parcels.add(each.parked, {endpoint, {"state", "parked"}});
    oldest.add(each.oldest, {endpoint});
    lanes.add(each.lanes, {endpoint});
    longest.add(each.longest_lane, {endpoint});
    unanswered.add(each.unanswered, {endpoint});
    oldest_unanswered.add(each.oldest_unanswered, {endpoint});
  }
  for (const Family& each : {parcels, oldest, lanes, longest, unanswered, oldest_unanswered})
    families.push_back(each.family());
}

void append_runs(const Overview& overview, std::vector<MetricFamily>& families) {
  Family runs("pons_runs", "Runs that are set aside, by route and state");
  Family oldest("pons_oldest_run_seconds", "How long the oldest has been set aside");
  for (const Overview::Runs& each : overview.runs) {
    runs.add(each.count, {{"route", each.route}, {"state", each.state}});
    oldest.add(each.oldest, {{"route", each.route}, {"state", each.state}});
  }
  families.push_back(runs.family());
  families.push_back(oldest.family());
}

/// 0, 1970, where it cannot be read: no less urgent than one that has ended.
void append_certificates(const Certificates& certificates, std::vector<MetricFamily>& families) {
  Family ends("pons_certificate_expiry_timestamp_seconds",
              "When the endpoint's certificate ends, seconds since 1970; 0: its file cannot be read");
  for (const auto& [endpoint, certificate] : certificates)
    ends.add(std::chrono::floor<std::chrono::seconds>(certificate.end().time_since_epoch()).count(),
             {{"endpoint", endpoint}});
  families.push_back(ends.family());
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t open_files() {
  std::error_code ignored;
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {});
}

void append_process(const std::filesystem::path& state, std::vector<MetricFamily>& families) {
  static const std::time_t kStarted = std::time(nullptr);
  std::error_code failed;
  const auto space = std::filesystem::space(state, failed);
  if (!failed)
    families.push_back(
        Family("pons_state_free_bytes", "Space that is left where the state folder is").add(space.available).family());
  families.push_back(Family("pons_build_info", "The version that runs").add(1, {{"version", PONS_VERSION}}).family());
  families.push_back(
      Family("process_resident_memory_bytes", "Resident memory of the engine").add(resident_bytes()).family());
  families.push_back(Family("process_open_fds", "Open file descriptors").add(open_files()).family());
  families.push_back(
      Family("process_start_time_seconds", "Start of the process, seconds since 1970").add(kStarted).family());
}

}  // namespace

void Gauges::look() {
  const auto began = Steady::now();
  try {
    if (!connection_ || !connection_->is_alive()) connection_.emplace(conninfo_);
    overview_ = read_overview(*connection_);
    for (const std::string& each : outlets_) overview_->endpoint(each);
  } catch (const std::exception&) {
    connection_.reset();
    overview_.reset();
  }
  const auto ended = Steady::now();
  next_look_ = ended + std::max<Steady::duration>(kShortestPause, kPatience * (ended - began));
}

void Gauges::show(std::vector<std::string> outlets) {
  std::lock_guard lock(mutex_);
  outlets_ = std::move(outlets);
}

void Gauges::show(Certificates certificates) {
  std::lock_guard lock(mutex_);
  certificates_ = std::move(certificates);
}

std::string Gauges::text() {
  std::vector<MetricFamily> families;
  {
    std::lock_guard lock(mutex_);
    if (Steady::now() >= next_look_) look();
    append_certificates(certificates_, families);
    families.push_back(Family("pons_database_up", "1 while the database answers").add(overview_ ? 1 : 0).family());
    if (overview_) {
      append_parcels(*overview_, families);
      append_runs(*overview_, families);
      families.push_back(
          Family("pons_questions", "Questions that a person must decide").add(overview_->questions).family());
      families.push_back(Family("pons_database_bytes", "Size of the database").add(overview_->bytes).family());
    }
  }
  append_process(state_, families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace pons
