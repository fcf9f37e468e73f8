#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <deque>

#include "engine/runtime/intake.h"
#include "tests/sim/chance.h"
#include "tests/sim/dump.h"
#include "tests/sim/simulation.h"
#include "tests/sim/texts.h"
#include "tests/support/never_rests.h"

using namespace pons;
using namespace std::chrono_literals;
using sim::Chance;

namespace {

struct Message {
  Envelope::Kind kind = Envelope::Kind::hl7;
  std::string inlet, bytes;
  std::map<std::string, std::string> attributes = {};
};
/// One patient's messages, in the order in which his systems send them.
using Story = std::vector<Message>;

struct TestClock final : Clock {
  Instant now() const override { return time; }
  Instant time = *from_rfc3339("2026-11-24T12:00:00Z");
};

/// An engine that is given messages and has no threads.
class Bench {
 public:
  explicit Bench(std::shared_ptr<const Site> site) : intake_(store_, std::move(site), clock_, small_batches()) {}

  /// Waits for nothing: several may stand in one batch.
  void hand_in(const Message& message) {
    Envelope envelope;
    envelope.kind = message.kind;
    envelope.inlet = message.inlet;
    envelope.attributes = message.attributes;
    envelope.arrived = clock_.now();
    envelope.bytes = std::make_shared<const std::string>(message.bytes);
    REQUIRE(intake_.try_accept(std::move(envelope)));
  }
  void work() {
    while (intake_.step(test::never_rests)) continue;
  }
  /// Lets so much time pass; what may start again does.
  void after(Duration duration) {
    clock_.time += duration;
    do intake_.start_due_runs();
    while (intake_.step(test::never_rests));
  }
  std::string records() {
    after(1h);  // every wait is over
    return sim::dump(store_);
  }
  std::string study_of(const std::string& accession) const {
    for (const Order& each : store_.orders())
      if (each.accession.value == accession) return each.study_uid;
    return {};
  }

 private:
  static Intake::Settings small_batches() {
    Intake::Settings settings;
    settings.batch_envelopes = 5;
    return settings;
  }

  MemoryStore store_;
  TestClock clock_;
  Intake intake_;
};

sim::Exam exam_of(std::size_t patient, std::size_t number) {
  const std::string id = std::to_string(patient) + '0' + std::to_string(number);
  const std::array<const char*, 3> sections{"CT", "MRI", "US"};
  return {"P" + id, "F" + id, "A" + id, "S" + id, sections[number % 3], "20261125093000", number % 2 == 0};
}

/// A patient who is admitted, examined several times, renamed, and turns out to be somebody who was here before.
Story story_of(std::size_t patient, Chance& chance, const std::function<std::string(const sim::Exam&)>& study_of) {
  const sim::Person person{"M" + std::to_string(patient), "DOE^JANE"}, stranger{"T" + std::to_string(patient), "DOE^J"},
      renamed{person.number, "ROE^JANE"};
  std::size_t ids = 0;
  const auto id = [&] { return std::to_string(patient) + '-' + std::to_string(++ids); };
  Story story;
  const auto hl7 = [&](const char* inlet, std::string bytes) { story.push_back({Envelope::Kind::hl7, inlet, bytes}); };
  hl7("his-mllp", sim::adt(id(), "A04", person));
  const auto exams = static_cast<std::size_t>(chance.between(1, 3));
  for (std::size_t i = 0; i < exams; ++i) {
    const sim::Exam exam = exam_of(patient, i);
    const sim::Person& who = i == 0 ? stranger : person;
    if (chance.happens(0.3)) hl7("reporting-mllp", sim::report(id(), "P", who, exam, false));
    hl7("ris-mllp", sim::order(id(), "NW", who, exam));
    if (chance.happens(0.5)) {
      sim::Exam moved = exam;
      moved.start = "20261126100000";
      hl7("ris-mllp", sim::order(id(), "XO", who, moved));
    }
    if (chance.happens(0.2)) {
      hl7("ris-mllp", sim::order(id(), "CA", who, exam));
      continue;
    }
    const std::string uid = "1.2.3." + exam.filler.substr(1);
    const std::map<std::string, std::string> attributes{{"sop_instance_uid", uid}, {"calling", "CT1"}};
    story.push_back({Envelope::Kind::mpps_create, "dicom", sim::mpps_create(who, exam, study_of(exam)), attributes});
    story.push_back({Envelope::Kind::mpps_set, "dicom", sim::mpps_set(uid, chance.happens(0.8)), attributes});
    hl7("reporting-mllp", sim::report(id(), "F", who, exam, chance.happens(0.2)));
    if (chance.happens(0.5)) hl7("reporting-mllp", sim::report(id(), "C", who, exam, false));
  }
  hl7("his-mllp", sim::adt(id(), "A40", person, stranger.number));
  if (chance.happens(0.5)) hl7("his-mllp", sim::adt(id(), "A08", renamed));
  return story;
}

/// Study UIDs follow from the orders' numbers: a hospital where only the order came says which.
std::string study_alone(const std::shared_ptr<const Site>& site, const sim::Exam& exam) {
  Bench bench(site);
  bench.hand_in({Envelope::Kind::hl7, "ris-mllp", sim::order("1", "NW", {"M", "DOE^JANE"}, exam)});
  bench.work();
  return bench.study_of(exam.accession);
}

std::vector<Story> stories(const std::shared_ptr<const Site>& site, Chance& chance) {
  std::vector<Story> all;
  for (std::size_t patient = 1; patient <= 6; ++patient)
    all.push_back(story_of(patient, chance, [&](const sim::Exam& exam) { return study_alone(site, exam); }));
  return all;
}

std::string records_one_by_one(const std::shared_ptr<const Site>& site, const std::vector<Story>& all) {
  Bench bench(site);
  for (const Story& story : all)
    for (const Message& message : story) bench.hand_in(message), bench.work();
  return bench.records();
}

/// Which patient's message comes next is chance; his own stay in order. Some come twice, and some time passes.
std::string records_shuffled(const std::shared_ptr<const Site>& site, std::vector<Story> all, Chance& chance) {
  Bench bench(site);
  std::vector<std::deque<Message>> left;
  for (Story& story : all) left.emplace_back(story.begin(), story.end());
  std::vector<Message> gone;
  while (!left.empty()) {
    auto& next = chance.one_of(left);
    bench.hand_in(next.front());
    gone.push_back(next.front());
    next.pop_front();
    std::erase_if(left, [](const auto& each) { return each.empty(); });
    if (chance.happens(0.3)) bench.hand_in(chance.one_of(gone));
    if (chance.happens(0.3)) bench.work();
    if (chance.happens(0.1)) bench.after(chance.about(10min));
  }
  bench.work();
  return bench.records();
}

}  // namespace

TEST_CASE("patients' messages that are shuffled, sent twice and delayed end in the same records") {
  spdlog::set_level(spdlog::level::off);
  const auto site = sim::sample_generations().whole;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    Chance chance(seed);
    const auto all = stories(site, chance);
    const std::string expected = records_one_by_one(site, all);
    CHECK(expected.find("report ") != std::string::npos);
    CHECK(records_shuffled(site, all, chance) == expected);
    CHECK(records_shuffled(site, all, chance) == expected);
  }
}

TEST_CASE("one patient's messages in another order end in other records") {
  const auto site = sim::sample_generations().whole;
  Chance chance(1);
  const auto all = stories(site, chance);
  auto reversed = all;
  std::reverse(reversed.front().begin(), reversed.front().end());
  CHECK(records_one_by_one(site, reversed) != records_one_by_one(site, all));
}
