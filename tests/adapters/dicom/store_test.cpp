#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <catch2/catch.hpp>

#include "adapters/dicom/inlet.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/recording_counter.h"

using namespace pons;
using dicom::Dataset;

namespace {

struct NoSteps final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>&) override {}
};

struct Engine {
  NoSteps worklist;
  RecordingCounter counter;
  SystemClock clock;
  DicomInlet inlet{{.stations = {{"PACS", ""}, {"CT1", "CT"}}, .storing = {"PACS"}}, worklist, counter, clock};
};

/// One who stores CT images, by DCMTK.
class Sender {
 public:
  explicit Sender(std::uint16_t port, const char* syntax = UID_LittleEndianExplicitTransferSyntax,
                  const char* title = "PACS") {
    const std::string address = "127.0.0.1:" + std::to_string(port);
    ASC_initializeNetwork(NET_REQUESTOR, 0, 5, &network_);
    T_ASC_Parameters* parameters = nullptr;
    ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU);
    ASC_setAPTitles(parameters, title, "PONS", nullptr);
    ASC_setPresentationAddresses(parameters, "127.0.0.1", address.c_str());
    const char* syntaxes[] = {syntax};
    ASC_addPresentationContext(parameters, 1, UID_CTImageStorage, syntaxes, 1);
    ASC_addPresentationContext(parameters, 3, UID_VerificationSOPClass, syntaxes, 1);
    if (ASC_requestAssociation(network_, parameters, &association_).bad()) throw std::runtime_error("refused");
  }
  ~Sender() {
    ASC_releaseAssociation(association_);
    ASC_destroyAssociation(&association_);
    ASC_dropNetwork(&network_);
  }

  bool may_store() { return ASC_findAcceptedPresentationContextID(association_, UID_CTImageStorage) == 1; }

  /// The status, and the comment beside it.
  std::pair<int, std::string> store(DcmDataset& image, const char* sop_class = UID_CTImageStorage) {
    T_DIMSE_C_StoreRQ request{};
    request.MessageID = ++message_id_;
    request.DataSetType = DIMSE_DATASET_PRESENT;
    OFStandard::strlcpy(request.AffectedSOPClassUID, sop_class, sizeof request.AffectedSOPClassUID);
    OFString uid;
    image.findAndGetOFString(DCM_SOPInstanceUID, uid);
    OFStandard::strlcpy(request.AffectedSOPInstanceUID, uid.c_str(), sizeof request.AffectedSOPInstanceUID);
    T_DIMSE_C_StoreRSP response{};
    DcmDataset* detail = nullptr;
    const OFCondition sent = DIMSE_storeUser(association_, 1, &request, nullptr, &image, nullptr, nullptr,
                                             DIMSE_NONBLOCKING, 10, &response, &detail);
    const std::unique_ptr<DcmDataset> owned(detail);
    if (sent.bad()) throw std::runtime_error(sent.text());
    OFString comment;
    if (detail) detail->findAndGetOFString(DCM_ErrorComment, comment);
    return {response.DimseStatus, comment.c_str()};
  }

 private:
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  DIC_US message_id_ = 0;
};

constexpr std::size_t kMegabyte = 1 << 20;

/// A CT image with so many bytes of pixels.
std::unique_ptr<DcmDataset> image(std::size_t pixels = kMegabyte, const char* uid = "1.2.3.1") {
  auto made = std::make_unique<DcmDataset>();
  made->putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 100");
  made->putAndInsertString(DCM_SOPClassUID, UID_CTImageStorage);
  made->putAndInsertString(DCM_SOPInstanceUID, uid);
  made->putAndInsertString(DCM_PatientName, "M\xfcller^Anna");
  made->putAndInsertString(DCM_PatientID, "M1");
  made->putAndInsertString(DCM_StudyInstanceUID, "1.2.3");
  made->putAndInsertUint16(DCM_Rows, 512);
  const std::vector<Uint8> bytes(pixels, 7);
  made->putAndInsertUint8Array(DCM_PixelData, bytes.data(), static_cast<unsigned long>(bytes.size()));
  return made;
}

/// The same with its pixels in fragments, as JPEG 2000 has them.
std::unique_ptr<DcmDataset> compressed_image() {
  auto made = image(2);
  delete made->remove(DCM_PixelData);
  auto* sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
  std::vector<Uint8> fragment(100'000, 9);
  sequence->insert(new DcmPixelItem(DCM_PixelItemTag));
  auto* item = new DcmPixelItem(DCM_PixelItemTag);
  item->putUint8Array(fragment.data(), static_cast<unsigned long>(fragment.size()));
  sequence->insert(item);
  auto* pixels = new DcmPixelData(DCM_PixelData);
  pixels->putOriginalRepresentation(EXS_JPEG2000, nullptr, sequence);
  made->insert(pixels, OFTrue);
  return made;
}

}  // namespace

TEST_CASE("an object that an archive forwards enters the engine as its header, without a pixel") {
  Engine engine;
  Sender archive(engine.inlet.port());
  const auto [status, comment] = archive.store(*image());
  CHECK(status == 0);
  CHECK(comment.empty());
  REQUIRE(engine.counter.envelopes.size() == 1);
  const Envelope& envelope = engine.counter.envelopes[0];
  CHECK(envelope.kind == Envelope::Kind::stored);
  CHECK(envelope.inlet == "dicom");
  CHECK(envelope.peer == "PACS@127.0.0.1");
  CHECK(engine.counter.attribute(0, "sop_instance_uid") == "1.2.3.1");
  CHECK(engine.counter.attribute(0, "calling") == "PACS");
  CHECK(engine.counter.attribute(0, "transfer_syntax") == UID_LittleEndianExplicitTransferSyntax);
  CHECK_FALSE(envelope.attributes.contains("left_out"));
  CHECK(envelope.bytes->size() < 300);
  const auto header = Dataset::from_bytes(*envelope.bytes);
  REQUIRE(header);
  CHECK(header->text("PatientName") == "Müller^Anna");
  CHECK(header->text("Rows") == "512");
  CHECK_FALSE(header->has("PixelData"));
}

TEST_CASE("only who is told so may store, and everybody else still gets his other services") {
  Engine engine;
  CHECK(Sender(engine.inlet.port()).may_store());
  CHECK_FALSE(Sender(engine.inlet.port(), UID_LittleEndianExplicitTransferSyntax, "CT1").may_store());
}

TEST_CASE("objects are taken in any compression but deflate, and their headers are read all the same") {
  Engine engine;
  Sender(engine.inlet.port(), UID_LittleEndianImplicitTransferSyntax).store(*image());
  CHECK(Dataset::from_bytes(*engine.counter.envelopes.at(0).bytes)->text("PatientID") == "M1");
  CHECK(Sender(engine.inlet.port(), UID_JPEG2000TransferSyntax).store(*compressed_image()).first == 0);
  CHECK(engine.counter.attribute(1, "transfer_syntax") == UID_JPEG2000TransferSyntax);
  CHECK(Dataset::from_bytes(*engine.counter.envelopes.at(1).bytes)->text("PatientID") == "M1");
  for (const char* syntax : {UID_JPEGProcess1TransferSyntax, UID_JPEGProcess14SV1TransferSyntax,
                             UID_JPEGLSLosslessTransferSyntax, UID_RLELosslessTransferSyntax,
                             UID_MPEG4HighProfileLevel4_1TransferSyntax, UID_HEVCMainProfileLevel5_1TransferSyntax})
    CHECK(Sender(engine.inlet.port(), syntax).may_store());
  for (const char* syntax : {UID_DeflatedExplicitVRLittleEndianTransferSyntax, UID_BigEndianExplicitTransferSyntax,
                             UID_JPIPReferencedDeflateTransferSyntax})
    CHECK_FALSE(Sender(engine.inlet.port(), syntax).may_store());
}

TEST_CASE("a large object is forgotten while it comes, and what is long in its header is left out and said") {
  Engine engine;
  const auto large = image(64 * kMegabyte);
  const std::vector<Uint8> overlay(200'000, 1);
  large->putAndInsertUint8Array(DcmTag(0x0009, 0x1010, EVR_OB), overlay.data(), overlay.size());
  CHECK(Sender(engine.inlet.port()).store(*large).first == 0);
  CHECK(engine.counter.envelopes.at(0).bytes->size() < 300);
  CHECK(engine.counter.attribute(0, "left_out") == "1");
}

TEST_CASE("who stores reads A700H while the database is away, and sends again") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) -> Receipt { throw StoreLost("away"); };
  Sender archive(engine.inlet.port());
  const auto [status, comment] = archive.store(*image());
  CHECK(status == 0xA700);
  CHECK(comment == "not stored, nothing was done: send it again");
  engine.counter.decide = [](const Envelope&) { return Receipt{}; };
  CHECK(archive.store(*image()).first == 0);
}

TEST_CASE("what the engine refuses is refused to who stores, without a word about the patient") {
  Engine engine;
  engine.counter.decide = [](const Envelope&) {
    Receipt receipt;
    receipt.message = 42;
    receipt.outcome = Receipt::Outcome::refused;
    receipt.dicom_status = 0xA900;
    receipt.text = "Müller is unknown";
    return receipt;
  };
  Sender archive(engine.inlet.port());
  const auto [status, comment] = archive.store(*image());
  CHECK(status == 0xA900);
  CHECK(comment == "refused, journal 42");
}

TEST_CASE("an object of another class than was agreed on is not counted") {
  Engine engine;
  Sender archive(engine.inlet.port());
  CHECK(archive.store(*image(), UID_MRImageStorage).first == 0xA900);
  CHECK(engine.counter.envelopes.empty());
}
