#include "adapters/dicom/worklist_scp.h"

#include <catch2/catch.hpp>
#include <functional>

#include "adapters/dicom/inlet.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/modality.h"

using namespace pons;
using dicom::Dataset;

namespace {

struct Steps final : Worklist {
  std::vector<std::string> items = {R"({"AccessionNumber":"A1"})", R"({"AccessionNumber":"A2"})"};
  WorklistQuery asked;
  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override {
    asked = query;
    for (const std::string& each : items)
      if (!take({each, "{}"})) return;
  }
};

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { throw StoreLost("away"); }
};

struct Engine {
  DicomInlet::Settings settings{.stations = {{"CT1", "CT"}}, .limit = 3};
  Steps worklist;
  NoCounter counter;
  SystemClock clock;
  DicomInlet inlet{settings, worklist, counter, clock};
};

Dataset keys(const std::string& json) {
  return *Dataset::from_json(json);
}

/// The statuses of all answers to a query, the last one's at the end.
std::vector<int> statuses(Modality& modality, Answer answer) {
  std::vector<int> all{answer.status()};
  while (all.back() == 0xFF00 || all.back() == 0xFF01) all.push_back(modality.next().status());
  return all;
}

std::vector<int> ask(const Engine& engine, const std::string& json) {
  Modality modality(engine.inlet.port());
  return statuses(modality, modality.find(keys(json)));
}

}  // namespace

TEST_CASE("an identifier of no bytes, or without a value in any answer, is answered") {
  Engine engine;
  Modality modality(engine.inlet.port());
  CHECK(statuses(modality, modality.find_everything()) == std::vector<int>{0xFF00, 0xFF00, 0});
  CHECK(ask(engine, R"({"PatientComments":""})") == std::vector<int>{0xFF00, 0xFF00, 0});
}

TEST_CASE("the limit is exact") {
  Engine engine;
  engine.worklist.items.assign(3, "{}");
  CHECK(ask(engine, R"({"AccessionNumber":""})") == std::vector<int>{0xFF00, 0xFF00, 0xFF00, 0});
  engine.worklist.items.assign(9, "{}");
  CHECK(ask(engine, R"({"AccessionNumber":""})") == std::vector<int>{0xFF00, 0xFF00, 0xFF00, 0});
}

TEST_CASE("a stored step that cannot be read does not hide the others") {
  Engine engine;
  engine.worklist.items.insert(engine.worklist.items.begin(), "spoiled");
  CHECK(ask(engine, R"({"AccessionNumber":""})") == std::vector<int>{0xFF00, 0xFF00, 0});
}

TEST_CASE("a key that is ignored is told, except to modalities that stop at it") {
  Engine engine;
  CHECK(ask(engine, R"({"AccessionNumber":"","PatientAge":"030Y"})") == std::vector<int>{0xFF01, 0xFF01, 0});
  engine.settings.policy.tell_ignored_keys = false;
  DicomInlet silent(engine.settings, engine.worklist, engine.counter, engine.clock);
  Modality modality(silent.port());
  CHECK(statuses(modality, modality.find(keys(R"({"AccessionNumber":"","PatientAge":"030Y"})"))).front() == 0xFF00);
}

TEST_CASE("a query without a station asks for its caller's steps, where a site wants that") {
  Engine engine;
  ask(engine, R"({"AccessionNumber":""})");
  CHECK(engine.worklist.asked.stations.empty());
  engine.settings.policy.station_from_caller = true;
  DicomInlet inlet(engine.settings, engine.worklist, engine.counter, engine.clock);
  Modality modality(inlet.port());
  statuses(modality, modality.find(keys(R"({"AccessionNumber":""})")));
  CHECK(engine.worklist.asked.stations == std::vector<std::string>{"CT1"});
}

TEST_CASE("an AE may have a policy of its own") {
  Engine engine;
  WorklistPolicy& own = engine.settings.callers["CT1"];
  own.tell_ignored_keys = false;
  own.modalities = {"CT", "PT"};
  own.stations = {"CT1"};
  DicomInlet inlet(engine.settings, engine.worklist, engine.counter, engine.clock);
  Modality modality(inlet.port());
  CHECK(statuses(modality, modality.find(keys(R"({"AccessionNumber":"","PatientAge":"030Y"})"))).front() == 0xFF00);
  CHECK(engine.worklist.asked.visible_modalities == std::vector<std::string>{"CT", "PT"});
  CHECK(engine.worklist.asked.visible_stations == std::vector<std::string>{"CT1"});
}

TEST_CASE("another AE's policy is not its neighbour's") {
  Engine engine;
  engine.settings.callers["MR1"].tell_ignored_keys = false;
  DicomInlet inlet(engine.settings, engine.worklist, engine.counter, engine.clock);
  Modality modality(inlet.port());
  CHECK(statuses(modality, modality.find(keys(R"({"AccessionNumber":"","PatientAge":"030Y"})"))).front() == 0xFF01);
}

TEST_CASE("a cancelled query ends with FE00 and no data set") {
  Engine engine;
  engine.worklist.items.assign(100'000, R"({"AccessionNumber":"A1"})");
  engine.settings.limit = 0;
  DicomInlet inlet(engine.settings, engine.worklist, engine.counter, engine.clock);
  Modality modality(inlet.port());
  Answer answer = modality.find_and_cancel(keys(R"({"AccessionNumber":""})"));
  while (answer.status() == 0xFF00) answer = modality.next();
  CHECK(answer.status() == 0xFE00);
  CHECK(answer.number(DCM_CommandDataSetType) == DIMSE_DATASET_NULL);
}

TEST_CASE("a cancel that came too late for an earlier query does not touch this one") {
  Engine engine;
  engine.worklist.items.assign(200, R"({"AccessionNumber":"A1"})");
  engine.settings.limit = 0;
  DicomInlet inlet(engine.settings, engine.worklist, engine.counter, engine.clock);
  Modality modality(inlet.port());
  Answer answer = modality.find_and_cancel(keys(R"({"AccessionNumber":""})"), 1);
  int pending = 0;
  for (; answer.status() == 0xFF00; answer = modality.next()) ++pending;
  CHECK(answer.status() == 0);
  CHECK(pending == 200);
}

TEST_CASE("a key that cannot be read is named in the refusal") {
  Engine engine;
  Modality modality(engine.inlet.port());
  const Answer answer =
      modality.find(keys(R"({"ScheduledProcedureStepSequence":[{"ScheduledProcedureStepStartDate":"tomorrow"}]})"));
  CHECK(answer.status() == 0xA900);
  CHECK(answer.text(DCM_ErrorComment) == "ScheduledProcedureStepStartDate cannot be read");
}
