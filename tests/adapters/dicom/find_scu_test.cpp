#include "adapters/dicom/find_scu.h"

#include <dcmtk/dcmdata/dcuid.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "adapters/dicom/inlet.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/recording_counter.h"
#include "tests/support/certificate.h"

using namespace pons;
using dicom::Dataset;
using namespace std::chrono_literals;

namespace {

/// As many steps as it says, then what the test wants.
struct Steps final : Worklist {
  std::size_t count = 3;
  std::function<void()> afterwards = [] {};
  std::atomic<std::size_t> told = 0;

  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>& take) override {
    for (std::size_t i = 0; i < count; ++i, ++told)
      if (!take({R"({"AccessionNumber":"A1"})", R"({"PatientName":"Müller^Jörg"})", ""})) return;
    afterwards();
  }
};

struct Peer {
  explicit Peer(DicomInlet::Settings settings = {}) : inlet(with_station(std::move(settings)), steps, counter, clock) {}

  static DicomInlet::Settings with_station(DicomInlet::Settings settings) {
    settings.stations = {{"CT1", "CT"}};
    return settings;
  }

  FindEnd find(const std::string& identifier = R"({"PatientName":null,"AccessionNumber":null})", std::size_t limit = 10,
               const char* sop_class = UID_FINDModalityWorklistInformationModel, Duration reply_within = 10s) {
    answers.clear();
    FindRequest request{sop_class, *Dataset::from_json(identifier), limit, reply_within};
    return pons::find(whom, request, [this](const Dataset& answer) { answers.push_back(answer); });
  }

  Steps steps;
  RecordingCounter counter;
  SystemClock clock;
  DicomInlet inlet;
  DicomDestination whom{.host = "127.0.0.1", .port = inlet.port(), .called = "PONS", .calling = "CT1"};
  std::vector<Dataset> answers;
};

}  // namespace

TEST_CASE("a worklist's answers come one by one, in whatever character set, until the list is whole") {
  for (const char* charset : {"ISO_IR 100", "ISO_IR 192"}) {
    DicomInlet::Settings settings;
    settings.policy.charset = charset;
    Peer peer(settings);
    const FindEnd end = peer.find();
    CHECK(end.failure.empty());
    CHECK(end.answers == 3);
    CHECK_FALSE(end.has_more);
    CHECK_FALSE(end.ignores_keys);
    REQUIRE(peer.answers.size() == 3);
    CHECK(peer.answers[2].text("PatientName") == "Müller^Jörg");
  }
}

TEST_CASE("a list without answers is whole, and a query whose keys are all empty is sent") {
  Peer peer;
  peer.steps.count = 0;
  CHECK(peer.find(R"({"PatientName":null})").failure.empty());
  CHECK(peer.answers.empty());
}

TEST_CASE("a key that is passed over is told") {
  Peer peer;
  CHECK(peer.find(R"({"PatientName":null,"PatientAge":"004Y"})").ignores_keys);
}

TEST_CASE("what is beyond the limit is cancelled") {
  Peer peer;
  peer.steps.count = 1'000'000'000;
  const FindEnd end = peer.find(R"({"AccessionNumber":null})", 5);
  CHECK(end.failure.empty());
  CHECK(end.answers == 5);
  CHECK(peer.answers.size() == 5);
  CHECK(end.has_more);
  CHECK(peer.steps.told < 1'000'000);
}

TEST_CASE("as many answers as are wanted are no reason to say that there are more") {
  Peer peer;
  const FindEnd end = peer.find(R"({"AccessionNumber":null})", 3);
  CHECK(end.answers == 3);
  CHECK_FALSE(end.has_more);
}

TEST_CASE("why there is no list is told in words") {
  Peer peer;
  CHECK(peer.find(R"({"StudyDate":"tomorrow"})").failure ==
        "these keys do not fit the SOP Class (A900H): StudyDate cannot be read");
  peer.steps.afterwards = [] { throw StoreLost("away"); };
  const FindEnd end = peer.find();
  CHECK(end.failure == "it is out of resources (A700H)");
  CHECK(end.answers == 3);
  CHECK(peer.find("{}", 10, UID_FINDStudyRootQueryRetrieveInformationModel).failure ==
        "it does not take this SOP Class");
  peer.whom.calling = "NOBODY";
  CHECK_THAT(peer.find().failure,
             Catch::StartsWith("not connected: rejected: ") && Catch::Contains("Calling AE Title Not Recognized"));
}

TEST_CASE("who says nothing more is waited for as long as it may be silent, and hung up on") {
  Peer peer;
  std::atomic<bool> waits = true;
  peer.steps.afterwards = [&] {
    while (waits) std::this_thread::sleep_for(10ms);
  };
  const FindEnd end = peer.find("{}", 10, UID_FINDModalityWorklistInformationModel, 1s);
  waits = false;
  CHECK(end.failure == "it did not answer within 1 s");
  CHECK(end.answers == 3);
}

TEST_CASE("a worklist that wants to know its user is told") {
  Peer peer({.users = {{"CT1", {"ct1", "right"}}}});
  CHECK_THAT(peer.find().failure, Catch::StartsWith("not connected: rejected: "));
  peer.whom.user = DicomUser{"ct1", "wrong"};
  CHECK_THAT(peer.find().failure, Catch::StartsWith("not connected: rejected: "));
  peer.whom.user = DicomUser{"ct1", "right"};
  CHECK(peer.find().failure.empty());
}

TEST_CASE("over TLS only those are asked who are trusted") {
  const Certificate server("127.0.0.1"), ours("analyst.example"), stranger("elsewhere.example");
  Peer peer({.tls = DicomTls{server.file(), server.key_file(), ours.file()}});
  peer.whom.tls = DicomClientTls{server.file(), ours.file(), ours.key_file()};
  CHECK(peer.find().answers == 3);
  peer.whom.tls = DicomClientTls{stranger.file(), ours.file(), ours.key_file()};
  CHECK_THAT(peer.find().failure, Catch::StartsWith("not connected: "));
}
