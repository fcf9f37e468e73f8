#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <catch2/catch.hpp>
#include <optional>

#include "adapters/dicom/inlet.h"
#include "engine/ports/store.h"

using namespace pons;

namespace {

using Bytes = std::vector<int>;

struct NoSteps final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>&) override {}
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

/// What is answered to a proposal of these bytes; nothing where there is no answer.
std::optional<Bytes> answered(const Bytes& bytes, const char* sop_class = UID_FINDModalityWorklistInformationModel) {
  NoSteps worklist;
  NoCounter counter;
  SystemClock clock;
  DicomInlet inlet{{.stations = {{"CT1", "CT"}}}, worklist, counter, clock};
  T_ASC_Network* network = nullptr;
  T_ASC_Parameters* parameters = nullptr;
  T_ASC_Association* association = nullptr;
  ASC_initializeNetwork(NET_REQUESTOR, 0, 5, &network);
  ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU);
  ASC_setAPTitles(parameters, "CT1", "PONS", nullptr);
  const std::string address = "127.0.0.1:" + std::to_string(inlet.port());
  ASC_setPresentationAddresses(parameters, "127.0.0.1", address.c_str());
  const char* syntaxes[] = {UID_LittleEndianImplicitTransferSyntax};
  ASC_addPresentationContext(parameters, 1, UID_FINDModalityWorklistInformationModel, syntaxes, 1);
  auto* proposals = new SOPClassExtendedNegotiationSubItemList;
  proposals->push_back(proposal(sop_class, bytes));
  ASC_setRequestedExtNegList(parameters, proposals);
  REQUIRE(ASC_requestAssociation(network, parameters, &association).good());
  SOPClassExtendedNegotiationSubItemList* answers = nullptr;
  ASC_getAcceptedExtNegList(association->params, &answers);
  std::optional<Bytes> answer;
  if (answers && !answers->empty()) {
    const auto* item = answers->front();
    answer = Bytes(item->serviceClassAppInfo, item->serviceClassAppInfo + item->serviceClassAppInfoLength);
    CHECK(item->sopClassUID == UID_FINDModalityWorklistInformationModel);
  }
  ASC_releaseAssociation(association);
  ASC_destroyAssociation(&association);
  ASC_dropNetwork(&network);
  return answer;
}

}  // namespace

TEST_CASE("a modality that proposes fuzzy names and time zones is told that they are not done") {
  CHECK(answered({1, 1, 1}) == Bytes{1, 1, 0});
  CHECK(answered({1, 1, 1, 1}) == Bytes{1, 1, 0, 0});
  CHECK(answered({1, 1, 0, 1, 1, 1}) == Bytes{1, 1, 0, 0});
}

TEST_CASE("a proposal for another service is not answered") {
  CHECK_FALSE(answered({1, 1, 1}, UID_FINDStudyRootQueryRetrieveInformationModel));
}
