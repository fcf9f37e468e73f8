#include <catch2/catch.hpp>
#include <map>

#include "adapters/dicom/inlet.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/modality.h"

using namespace pons;
using dicom::Dataset;

namespace {

struct NoWorklist final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>&) override {}
};

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { return {}; }
};

struct KnownSteps final : PerformedSteps {
  std::map<std::string, std::string> datasets{
      {"1.2.3",
       R"({"SpecificCharacterSet":"ISO_IR 192","PatientName":"Müller^Anna","PatientSex":null,)"
       R"("PerformedProcedureStepStatus":"COMPLETED","PerformedSeriesSequence":[{"SeriesInstanceUID":"1.4"}]})"},
      {"1.2.4", R"({"PatientID":"M1"})"}};
  bool is_away = false;

  std::optional<std::string> performed_dataset(const std::string& uid) override {
    if (is_away) throw StoreLost("away");
    const auto found = datasets.find(uid);
    return found == datasets.end() ? std::nullopt : std::optional(found->second);
  }
};

struct Engine {
  NoWorklist worklist;
  NoCounter counter;
  SystemClock clock;
  KnownSteps steps;
  DicomInlet inlet{{.stations = {{"CT1", "CT"}}}, worklist, counter, clock, &steps};
  Modality station{inlet.port()};
};

std::string json(const Answer& answer) {
  return Dataset::from_bytes(answer.data_set)->to_json();
}

}  // namespace

TEST_CASE("a performed step is given back whole, as it is now") {
  Engine engine;
  const Answer answer = engine.station.get("1.2.3");
  CHECK(answer.status() == 0);
  CHECK(answer.number(DCM_CommandField) == DIMSE_N_GET_RSP);
  CHECK(answer.uid() == "1.2.3");
  CHECK(answer.text(DCM_AffectedSOPClassUID) == UID_ModalityPerformedProcedureStepRetrieveSOPClass);
  CHECK(json(answer) == Dataset::from_json(engine.steps.datasets["1.2.3"])->to_json());
}

TEST_CASE("only the attributes that are listed are given, in a character set that has their letters") {
  Engine engine;
  const Answer name = engine.station.get("1.2.3", {DCM_PatientName, DCM_PatientSex});
  CHECK(name.status() == 0);
  CHECK(json(name) == R"({"SpecificCharacterSet":"ISO_IR 192","PatientName":"Müller^Anna","PatientSex":null})");
  const Answer series = engine.station.get("1.2.3", {DCM_PerformedSeriesSequence, DCM_SpecificCharacterSet});
  CHECK(series.status() == 0);
  CHECK(Dataset::from_bytes(series.data_set)->text("PerformedSeriesSequence.SeriesInstanceUID") == "1.4");
}

TEST_CASE("what the modality owes and did not create has no value, what it need not create is said to be unsupported") {
  Engine engine;
  const Answer owed = engine.station.get("1.2.4", {DCM_PatientID, DCM_PatientBirthDate});
  CHECK(owed.status() == 0);
  CHECK(json(owed) == R"({"PatientID":"M1","PatientBirthDate":null})");
  const Answer more = engine.station.get("1.2.4", {DCM_PatientID, DCM_AdmissionID});
  CHECK(more.status() == 0x0001);
  CHECK(json(more) == R"({"PatientID":"M1"})");
  CHECK(engine.station.get("1.2.4", {DCM_AdmissionID}).status() == 0x0001);
  CHECK(engine.station.get("1.2.4", {DCM_PatientBirthDate}).status() == 0);
}

TEST_CASE("a performed step that nobody created is 0112H, what is no UID 0117H, another class 0118H") {
  Engine engine;
  CHECK(engine.station.get("1.2.5").status() == 0x0112);
  CHECK(engine.station.get("1.2.x").status() == 0x0117);
  CHECK(engine.station.get("1.2.3", {}, UID_CTImageStorage).status() == 0x0118);
  CHECK(engine.station.get("1.2.3").status() == 0);
}

TEST_CASE("a performed step that cannot be looked up now is a failure, and the association goes on") {
  Engine engine;
  engine.steps.is_away = true;
  CHECK(engine.station.get("1.2.3").status() == 0x0110);
  engine.steps.is_away = false;
  CHECK(engine.station.get("1.2.3").status() == 0);
}
