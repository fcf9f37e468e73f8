#include "adapters/dicom/tls.h"

#include <arpa/inet.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmtls/tlslayer.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "adapters/dicom/inlet.h"
#include "adapters/dicom/outlet.h"
#include "tests/adapters/dicom/modality.h"
#include "tests/support/certificate.h"

using namespace pons;
using dicom::Dataset;

namespace {

struct NoWorklist final : Worklist {
  void find(const WorklistQuery&, const std::function<bool(const WorklistItem&)>&) override {}
};

struct Willing final : Counter {
  std::size_t bytes = 0;  // of the last one
  Receipt accept(Envelope envelope) override {
    bytes = envelope.bytes->size();
    return {};
  }
};

struct Engine {
  explicit Engine(const DicomTls& tls) : inlet({.stations = {{"CT1", "CT"}}, .tls = tls}, worklist, counter, clock) {}

  NoWorklist worklist;
  Willing counter;
  SystemClock clock;
  DicomInlet inlet;
};

DicomTls files(const Certificate& server, const std::string& clients = "") {
  return {server.file(), server.key_file(), clients};
}

/// What a modality brings: whom it trusts, and its own certificate.
std::unique_ptr<DcmTLSTransportLayer> client(const Certificate& trusted, const Certificate* own = nullptr) {
  auto layer = std::make_unique<DcmTLSTransportLayer>(NET_REQUESTOR, nullptr, OFTrue);
  layer->addTrustedCertificateFile(trusted.file().c_str(), DCF_Filetype_PEM);
  layer->setCertificateVerification(DCV_requireCertificate);
  if (own) {
    layer->setPrivateKeyPasswd("");
    layer->setPrivateKeyFile(own->key_file().c_str(), DCF_Filetype_PEM);
    // DCMTK's setCertificateFile() leaks.
    REQUIRE(SSL_CTX_use_certificate_chain_file(layer->getNativeHandle(), own->file().c_str()) == 1);
  }
  layer->setTLSProfile(TSP_Profile_BCP195_ND);
  layer->activateCipherSuites();
  return layer;
}

bool may_call(Engine& engine, DcmTransportLayer* tls) {
  return Modality(engine.inlet.port(), UID_LittleEndianExplicitTransferSyntax, tls).is_accepted();
}

}  // namespace

TEST_CASE("over TLS a modality works as ever") {
  const Certificate server("pons.test");
  Engine engine(files(server));
  CHECK(engine.inlet.address().ends_with("PONS TLS"));
  const auto tls = client(server);
  Modality modality(engine.inlet.port(), UID_LittleEndianExplicitTransferSyntax, tls.get());
  REQUIRE(modality.is_accepted());
  const Dataset dataset = *Dataset::from_json(R"({"PerformedProcedureStepStatus":"IN PROGRESS"})");
  for (const char* uid : {"1.2.3", "1.2.4"}) CHECK(modality.create(uid, dataset).status() == 0);
  Dataset large = dataset;
  for (int i = 0; i < 5000; ++i)
    REQUIRE(large.append_item("PerformedSeriesSequence", *Dataset::from_json(R"({"SeriesInstanceUID":"1.2.3.4.5"})")));
  CHECK(modality.create("1.2.5", large).status() == 0);
  CHECK(engine.counter.bytes > 100'000);
}

TEST_CASE("who speaks no TLS is not understood, and nobody else suffers") {
  const Certificate server("pons.test");
  Engine engine(files(server));
  CHECK_FALSE(may_call(engine, nullptr));
  CHECK(may_call(engine, client(server).get()));
}

TEST_CASE("where clients need a certificate, only those of the authority come in") {
  const Certificate server("pons.test"), station("ct1.test"), stranger("elsewhere.test");
  Engine engine(files(server, station.file()));
  CHECK(may_call(engine, client(server, &station).get()));
  CHECK_FALSE(may_call(engine, client(server, &stranger).get()));
  CHECK_FALSE(may_call(engine, client(server).get()));
}

TEST_CASE("a client that connects and shakes no hand keeps nobody waiting") {
  const Certificate server("pons.test");
  Engine engine(files(server));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(engine.inlet.port());
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::vector<int> silent;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(connect(silent.back(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(may_call(engine, client(server).get()));
  for (const int each : silent) close(each);
}

TEST_CASE("a listener that cannot be encrypted as it shall be does not open") {
  const Certificate server("pons.test"), other("other.test");
  const std::string empty = server.file() + ".empty";
  std::ofstream(empty).close();
  CHECK_THROWS_WITH(Engine({server.file(), other.key_file(), ""}), Catch::Contains("is not that of"));
  CHECK_THROWS_WITH(Engine({"/nowhere.pem", server.key_file(), ""}), Catch::Contains("/nowhere.pem"));
  CHECK_THROWS_WITH(Engine({server.file(), empty, ""}), Catch::Contains(empty));
  CHECK_THROWS_WITH(Engine({server.file(), server.key_file(), empty}), Catch::Contains(empty));
}

TEST_CASE("what is sent over TLS goes to whom the endpoint trusts only, and shows who sends") {
  const Certificate server("127.0.0.1"), ours("pons.example"), stranger("elsewhere.example");
  const Engine engine(files(server, ours.file()));
  Willing counter;
  SystemClock clock;
  Parcel parcel;
  parcel.content_type = Parcel::kAvailability;
  parcel.control_id = "1.2.9";
  parcel.document = Dataset::from_json(R"({"StudyInstanceUID":"1.2.3"})")->to_bytes();
  const auto send = [&](const DicomClientTls& tls) {
    DicomOutlet outlet(
        {.to = {.host = "127.0.0.1", .port = engine.inlet.port(), .called = "PONS", .calling = "CT1", .tls = tls}},
        counter, clock);
    return outlet.send(parcel).outcome;
  };
  CHECK(send({server.file(), ours.file(), ours.key_file()}) == Delivery::Outcome::delivered);
  CHECK(send({stranger.file(), ours.file(), ours.key_file()}) == Delivery::Outcome::unavailable);
  CHECK(send({server.file(), "", ""}) != Delivery::Outcome::delivered);
  CHECK_THROWS_WITH(send({"/nowhere.pem", "", ""}), Catch::Contains("/nowhere.pem"));
}
