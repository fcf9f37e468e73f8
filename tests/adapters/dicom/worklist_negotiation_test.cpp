#include "adapters/dicom/worklist_negotiation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "adapters/dicom/inlet.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/modality.h"

using namespace pons;

namespace {

using Bytes = std::vector<int>;

struct NoSteps final : Worklist {
  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>&) override {
    fuzzy_names = query.fuzzy_names;
  }
  bool fuzzy_names = false;
};

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { throw StoreLost("away"); }
};

SOPClassExtendedNegotiationSubItem* proposal(const char* sop_class, const Bytes& bytes) {
  auto* item = new SOPClassExtendedNegotiationSubItem;
  item->sopClassUID = sop_class;
  item->serviceClassAppInfo = new unsigned char[bytes.size()];
  std::copy(bytes.begin(), bytes.end(), item->serviceClassAppInfo);
  item->serviceClassAppInfoLength = static_cast<unsigned short>(bytes.size());
  return item;
}

struct Negotiated {
  std::optional<Bytes> answer;  // nothing where there is none
  bool fuzzy_names = false;     // how the store is asked for a name on that association
};

/// What comes of a proposal of these bytes.
Negotiated negotiated(const Bytes& bytes, const char* sop_class = UID_FINDModalityWorklistInformationModel,
                      std::optional<Zone> zone = Zone()) {
  NoSteps worklist;
  NoCounter counter;
  SystemClock clock;
  DicomInlet inlet{{.stations = {{"CT1", "CT"}}, .zone = zone}, worklist, counter, clock};
  auto* proposals = new SOPClassExtendedNegotiationSubItemList;
  proposals->push_back(proposal(sop_class, bytes));
  Modality modality(inlet.port(), UID_LittleEndianImplicitTransferSyntax, nullptr, proposals);
  REQUIRE(modality.is_accepted());
  Negotiated result;
  if (const auto* item = modality.negotiated()) {
    result.answer = Bytes(item->serviceClassAppInfo, item->serviceClassAppInfo + item->serviceClassAppInfoLength);
    CHECK(item->sopClassUID == UID_FINDModalityWorklistInformationModel);
  }
  CHECK(modality.find(*dicom::Dataset::from_json(R"({"PatientName":"jane doe"})")).status() == 0);
  result.fuzzy_names = worklist.fuzzy_names;
  return result;
}

}  // namespace

TEST_CASE("a modality that proposes fuzzy names or time zones gets them, and one that does not is not given them") {
  CHECK(negotiated({1, 1, 1}).answer == Bytes{1, 1, 1});
  CHECK(negotiated({1, 1}).answer == Bytes{1, 1});
  CHECK(negotiated({1, 1, 1, 1}).answer == Bytes{1, 1, 1, 1});
  CHECK(negotiated({1, 1, 1, 0}).answer == Bytes{1, 1, 1, 0});
  CHECK(negotiated({1, 1, 0, 1, 1, 1}).answer == Bytes{1, 1, 0, 1});
}

TEST_CASE("nobody is given another zone where the steps' times are of several") {
  CHECK(negotiated({1, 1, 1, 1}, UID_FINDModalityWorklistInformationModel, {}).answer == Bytes{1, 1, 1, 0});
}

TEST_CASE("names are matched fuzzily where that was proposed and answered") {
  CHECK(negotiated({1, 1, 1}).fuzzy_names);
  CHECK_FALSE(negotiated({1, 1, 0}).fuzzy_names);
  CHECK_FALSE(negotiated({1, 1}).fuzzy_names);
  CHECK_FALSE(negotiated({1, 1, 1}, UID_FINDStudyRootQueryRetrieveInformationModel).fuzzy_names);
}

TEST_CASE("a proposal for another service is not answered") {
  CHECK_FALSE(negotiated({1, 1, 1}, UID_FINDStudyRootQueryRetrieveInformationModel).answer);
}
