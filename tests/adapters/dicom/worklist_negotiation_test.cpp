#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>

#include "adapters/dicom/inlet.h"
#include "engine/ports/store.h"

using namespace pons;

namespace {

using Bytes = std::vector<int>;

struct NoSteps final : Worklist {
  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>&) override {
    fuzzy_names = query.fuzzy_names;
  }
  std::atomic<bool> fuzzy_names = false;
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

void ask_for_a_name(T_ASC_Association* association) {
  DcmDataset identifier;
  identifier.putAndInsertString(DCM_PatientName, "jane doe");
  T_DIMSE_C_FindRQ request{};
  request.MessageID = association->nextMsgID++;
  OFStandard::strlcpy(request.AffectedSOPClassUID, UID_FINDModalityWorklistInformationModel,
                      sizeof request.AffectedSOPClassUID);
  request.DataSetType = DIMSE_DATASET_PRESENT;
  T_DIMSE_C_FindRSP response{};
  DcmDataset* detail = nullptr;
  int answers = 0;
  CHECK(DIMSE_findUser(association, 1, &request, &identifier, answers, nullptr, nullptr, DIMSE_BLOCKING, 0, &response,
                       &detail)
            .good());
  CHECK(response.DimseStatus == STATUS_Success);
  delete detail;
}

struct Outcome {
  std::optional<Bytes> answer;  // nothing where there is none
  bool fuzzy_names = false;     // how the store was asked for a name on that association
};

/// What comes of a proposal of these bytes.
Outcome outcome(const Bytes& bytes, const char* sop_class = UID_FINDModalityWorklistInformationModel) {
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
  ask_for_a_name(association);
  ASC_releaseAssociation(association);
  ASC_destroyAssociation(&association);
  ASC_dropNetwork(&network);
  return {answer, worklist.fuzzy_names};
}

std::optional<Bytes> answered(const Bytes& bytes, const char* sop_class = UID_FINDModalityWorklistInformationModel) {
  return outcome(bytes, sop_class).answer;
}

}  // namespace

TEST_CASE("a modality that proposes fuzzy names gets them, and is told that time zones are not adjusted") {
  CHECK(answered({1, 1, 1}) == Bytes{1, 1, 1});
  CHECK(answered({1, 1}) == Bytes{1, 1});
  CHECK(answered({1, 1, 1, 1}) == Bytes{1, 1, 1, 0});
  CHECK(answered({1, 1, 0, 1, 1, 1}) == Bytes{1, 1, 0, 0});
}

TEST_CASE("names are matched fuzzily where that was proposed and answered") {
  CHECK(outcome({1, 1, 1}).fuzzy_names);
  CHECK_FALSE(outcome({1, 1, 0}).fuzzy_names);
  CHECK_FALSE(outcome({1, 1}).fuzzy_names);
  CHECK_FALSE(outcome({1, 1, 1}, UID_FINDStudyRootQueryRetrieveInformationModel).fuzzy_names);
}

TEST_CASE("a proposal for another service is not answered") {
  CHECK_FALSE(answered({1, 1, 1}, UID_FINDStudyRootQueryRetrieveInformationModel));
}
