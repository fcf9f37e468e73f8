#include "tests/sim/simulation.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

#include "adapters/file/site_folder.h"
#include "adapters/memory/store.h"
#include "tests/sim/hospital.h"
#include "tests/sim/planted.h"
#include "tests/sim/replay.h"

namespace pons::sim {

namespace {

using namespace std::chrono_literals;

constexpr Duration kDrainsWithin = 3h;  // once nothing goes wrong any more, and every outlet is open

std::shared_ptr<const Site> load(SiteFiles files) {
  const std::map<std::string, std::string> environment{{"PACS_NORTH_HOST", "pacs"}, {"DUTY_DESK_URL", "https://desk/"}};
  const auto lookup = [&](std::string_view kind, std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(std::string(name));
    return kind == "env" && found != environment.end() ? std::optional(found->second) : std::nullopt;
  };
  Findings findings;
  auto site = Site::load(files, lookup, findings);
  if (!site) throw std::runtime_error(to_text(findings));
  return site;
}

class Simulation {
 public:
  Simulation(const Plan& plan, const Generations& generations)
      : plan_(plan),
        generations_(generations),
        chance_(plan.seed),
        history_(world_, plan.live),
        watch_(world_, memory_, history_),
        planted_(plan.planted, memory_, memory_),
        weather_(draw_weather()),
        receivers_(world_, watch_, weather_, chance_.fork("receivers")),
        // Monday to Sunday, at any hour: outlets open and close.
        beginning_(*from_rfc3339("2026-11-23T00:00:00Z") + chance_.between(Duration(0s), Duration(167h))),
        hospital_({world_, history_, watch_, weather_, nodes_}, memory_, chance_.fork("hospital")) {}

  Outcome run() {
    site_ = chance_.happens(0.5) ? generations_.lacking : generations_.whole;
    make_nodes();
    hospital_.plan(plan_.hours, static_cast<std::size_t>(plan_.hours / 30min));
    plan_failures();
    if (!plan_.dead.empty()) receivers_.down(plan_.dead, plan_.hours);
    world_.run_until(plan_.hours);
    end_failures();
    drain();
    check();
    return outcome();
  }

 private:
  Weather draw_weather() {
    Chance chance = chance_.fork("weather");
    const auto draw = [&](std::initializer_list<double> rates) {
      return rates.begin()[static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(rates.size()) - 1))];
    };
    Weather weather;
    weather.store_lost = draw({0, 0.002, 0.02, 0.1, 0.3});
    weather.answer_lost = draw({0, 0.002, 0.02, 0.1});
    weather.gave_up = draw({0, 0.01, 0.2});
    weather.power = draw({0, 0.0003, 0.002});
    weather.refusals = draw({0, 0.02});
    weather.answers = draw({0, 0.02, 0.2});
    weather.twins = draw({0, 0.05, 0.3});
    weather.mails = draw({0, 0.05});
    return weather;
  }

  void make_nodes() {
    const auto count = chance_.between(1, 3);
    for (std::int64_t i = 1; i <= count; ++i) {
      const std::string name = "node-" + std::to_string(i);
      nodes_.push_back(std::make_unique<Node>(
          Node::Rooms{world_, planted_, planted_, memory_, watch_, history_, receivers_, weather_, [this] { wake(); }},
          name, beginning_, chance_.fork(name)));
      nodes_.back()->start(site_);
    }
  }

  /// Something was committed, somewhere: everybody finds it at his next poll.
  void wake() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!waking_.insert(i).second) continue;
      world_.after(chance_.between(Duration(1ms), Duration(500ms)), [this, i] {
        waking_.erase(i);
        nodes_[i]->look_for_due_runs();
        nodes_[i]->wake_couriers();
      });
    }
  }

  /// Again and again until the failures end, `mean` apart.
  void again(Duration mean, const std::function<void()>& fail) {
    world_.after(chance_.about(mean), [this, mean, fail] {
      if (!weather_.is_bad) return;
      fail();
      again(mean, fail);
    });
  }

  void plan_failures() {
    const bool power_is_steady = chance_.happens(0.3);
    for (const auto& each : nodes_) {
      Node& node = *each;
      if (!power_is_steady)
        again(5h, [this, &node] { node.lose_power(chance_.between(Duration(1s), Duration(10min))); });
      again(3h, [this, &node] { node.pause(chance_.between(Duration(1s), Duration(5min))); });
      again(4h, [this, &node] { node.set_clock_wrong(chance_.between(Duration(-5min), Duration(5min))); });
    }
    again(4h, [this] {
      const Duration time = chance_.happens(0.8) ? chance_.about(20s) : chance_.about(20min);
      history_.tell("database", "is away for " + std::to_string(time / 1s) + " s");
      weather_.store_away_until = world_.now() + time;
    });
    for (const auto& [name, endpoint] : site_->endpoints())
      if (endpoint.is_outlet() && !endpoint.is_off)
        again(3h, [this, outlet = name] {
          const Duration time = chance_.happens(0.7) ? chance_.about(5min) : chance_.about(3h);
          history_.tell(outlet, "is down for " + std::to_string(time / 1s) + " s");
          receivers_.down(outlet, world_.now() + time);
        });
    again(6h, [this] { reload(chance_.happens(0.5) ? generations_.lacking : generations_.whole); });
  }

  /// One machine after the other takes the new generation: while it works, or in that it stops and starts again.
  void reload(std::shared_ptr<const Site> site) {
    const bool while_it_works = chance_.happens(0.5);
    history_.tell("operator", site == generations_.whole ? "applies the whole site" : "applies the lacking site");
    site_ = std::move(site);
    Duration wait{};
    for (const auto& each : nodes_) {
      world_.after(wait, [this, while_it_works, &node = *each, wanted = site_] {
        if (wanted != site_) return;
        if (while_it_works && node.is_open()) return node.apply(wanted);
        node.stop();
        bring_up(node, wanted);
      });
      wait += 2min;
    }
  }

  void bring_up(Node& node, const std::shared_ptr<const Site>& wanted) {
    world_.after(61s, [this, &node, wanted] {
      if (wanted != site_ || (node.is_open() && node.site() == wanted)) return;
      if (node.is_off())
        node.start(wanted);
      else
        node.stop();
      bring_up(node, wanted);
    });
  }

  void end_failures() {
    history_.tell("operator", "nothing goes wrong any more");
    weather_.is_bad = false;
    weather_.store_away_until = {};
    for (const auto& [name, endpoint] : site_->endpoints()) receivers_.up(name);
    for (const auto& each : nodes_) each->set_clock_wrong({});
    // Nobody need start anything anew for the sake of what went wrong.
    if (site_ != generations_.whole || chance_.happens(0.3)) reload(generations_.whole);
  }

  bool has_drained() const { return hospital_.has_sent_all() && !watch_.has_open_parcels() && memory_.runs().empty(); }

  void drain() {
    // What happens in the hospital goes on for some time after the failures have ended.
    while (!hospital_.has_sent_all() && world_.now() < plan_.hours + 72h) world_.run_until(world_.now() + 10min);
    const Instant last = beginning_ + world_.now();
    Instant open = last;
    for (const auto& [name, endpoint] : site_->endpoints())
      if (endpoint.open && !endpoint.open->is_open(last)) open = std::max(open, endpoint.open->opens(last));
    const Duration end = open - beginning_ + kDrainsWithin;
    while (!has_drained() && world_.now() < end) world_.run_until(world_.now() + 1min);
  }

  void check() {
    for (const Sender* each : hospital_.senders()) {
      if (!each->has_sent_all()) history_.violated("drain", each->name() + " waits for an answer", each->first_label());
      each->check_order();
    }
    for (const PendingRun& each : memory_.runs())
      history_.violated("drain",
                        fmt::format("message {} is still set aside by {}: {}", each.message, each.route, each.reason),
                        watch_.label_of(each.message));
    watch_.check_parcels();
    watch_.check_commits();
    check_against_replay(generations_, watch_, memory_, history_);
  }

  Outcome outcome() {
    Outcome outcome;
    outcome.violations = history_.violations();
    std::set<std::string> labels;
    for (const auto& each : outcome.violations)
      if (labels.size() < 3 && !each.about.empty() && labels.insert(each.about).second)
        outcome.story += each.about + ":\n" + history_.about(each.about);
    outcome.virtual_time = world_.now();
    outcome.messages = hospital_.mails();
    outcome.commits = watch_.commits().size();
    outcome.deliveries = watch_.arrivals();
    for (const Settlement& each : memory_.attempts())
      outcome.most_attempts = std::max(outcome.most_attempts, static_cast<std::size_t>(each.attempt));
    for (const auto& each : nodes_) outcome.power_losses += each->power_losses();
    outcome.digest = history_.digest();
    return outcome;
  }

  const Plan plan_;
  const Generations& generations_;
  Chance chance_;
  World world_;
  History history_;
  MemoryStore memory_;
  Watch watch_;
  PlantedStore planted_;
  Weather weather_;
  Receivers receivers_;
  const Instant beginning_;
  std::vector<std::unique_ptr<Node>> nodes_;
  Hospital hospital_;
  std::shared_ptr<const Site> site_;
  std::set<std::size_t> waking_;
};

}  // namespace

Generations sample_generations() {
  SiteFiles files = read_site(PONS_SOURCE_DIR);
  Generations generations;
  generations.whole = load(files);
  std::string& codes = files.at("mappings/modality-codes.yaml");
  const std::string row = "  - [ \"*\",   US,      US ]\n";
  const auto at = codes.find(row);
  if (at == std::string::npos) throw std::runtime_error("the sample site has no ultrasound any more");
  codes.erase(at, row.size());
  generations.lacking = load(files);
  return generations;
}

Outcome simulate(const Plan& plan, const Generations& generations) {
  return Simulation(plan, generations).run();
}

}  // namespace pons::sim
