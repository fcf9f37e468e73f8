#include "adapters/dicom/inlet.h"

#include <arpa/inet.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/assoc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <vector>

#include "engine/ports/store.h"
#include "tests/adapters/dicom/modality.h"

using namespace pons;
using Steady = std::chrono::steady_clock;

namespace {

/// A worklist of the test's own.
struct FakeWorklist final : Worklist {
  FakeWorklist(std::size_t its_items, std::function<void()> done_before)
      : items(its_items), before(std::move(done_before)) {}

  const std::size_t items;
  const std::function<void()> before;
  void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) override {
    before();
    const std::size_t count = query.limit ? std::min(items, query.limit) : items;
    for (std::size_t i = 0; i < count; ++i)
      if (!take({R"({"AccessionNumber":"A)" + std::to_string(i) + "\"}", R"({"PatientName":"山田^太郎"})"})) return;
  }
};

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { throw StoreLost("away"); }
};

struct Engine {
  explicit Engine(
      std::size_t items = 3, std::function<void()> before = [] {})
      : worklist(items, std::move(before)) {}

  FakeWorklist worklist;
  NoCounter counter;
  SystemClock clock;
  DicomInlet inlet{{.stations = {{"CT1", "CT"}}, .limit = 5, .threads = 8}, worklist, counter, clock};

  /// What DCMTK's tool printed.
  std::string run(const std::string& tool, const std::string& options) const {
    const std::string command =
        "TCP_NODELAY=1 " + tool + " " + options + " 127.0.0.1 " + std::to_string(inlet.port()) + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    for (char buffer[4096]; const std::size_t read = fread(buffer, 1, sizeof buffer, pipe);)
      output.append(buffer, read);
    exit_code = pclose(pipe);
    return output;
  }
  std::string find(const std::string& options = "") const {
    return run("findscu", "-v -W -aet CT1 -aec PONS -k AccessionNumber -k PatientName " + options);
  }
  mutable int exit_code = 0;
};

int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("an echo is answered to whom we know, under our name") {
  Engine engine;
  engine.run("echoscu", "-aet CT1 -aec PONS");
  CHECK(engine.exit_code == 0);
  CHECK(engine.run("echoscu", "-aet STRANGER -aec PONS").find("Calling AE Title Not Recognized") != std::string::npos);
  CHECK(engine.run("echoscu", "-aet CT1 -aec OTHER").find("Called AE Title Not Recognized") != std::string::npos);
}

TEST_CASE("each step is an answer, with every character of its name") {
  Engine engine;
  const std::string output = engine.find();
  CHECK(count(output, "(Pending)") == 3);
  CHECK(count(output, "山田^太郎") == 3);
  CHECK(count(output, "ISO_IR 192") == 3);
}

TEST_CASE("no more than the limit is answered, and the query ends well") {
  Engine engine(100);
  const std::string output = engine.find();
  CHECK(count(output, "(Pending)") == 5);
  CHECK(count(output, "Success") >= 1);
}

TEST_CASE("a cancel is heard between two answers") {
  Engine engine(3, [] { usleep(300'000); });
  const std::string output = engine.find("--cancel 1");
  CHECK(engine.exit_code == 0);
  CHECK(count(output, "(Pending)") >= 1);
}

TEST_CASE("without the database the modality is told so") {
  Engine engine(3, [] { throw StoreLost("away"); });
  const std::string output = engine.find();
  CHECK(output.find("OutOfResources") != std::string::npos);
}

TEST_CASE("what nobody expected aborts its association and no other") {
  Engine engine(1, [] { throw std::bad_alloc(); });
  CHECK_THROWS_WITH(Modality(engine.inlet.port()).find_everything(), Catch::Contains("Peer aborted Association"));
  engine.run("echoscu", "-aet CT1 -aec PONS");
  CHECK(engine.exit_code == 0);
}

TEST_CASE("a modality with a key that cannot be matched on is told so") {
  Engine engine;
  CHECK(count(engine.find("-k PatientAge=030Y"), "UnsupportedOptionalKeys") == 3);
}

TEST_CASE("clients that connect and say nothing do not delay the others") {
  Engine engine;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(engine.inlet.port());
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  int silent[3];
  for (int& each : silent) {
    each = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(each, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  const auto began = Steady::now();
  engine.run("echoscu", "-aet CT1 -aec PONS");
  CHECK(engine.exit_code == 0);
  CHECK(Steady::now() - began < std::chrono::seconds(3));
  for (const int each : silent) close(each);
}

TEST_CASE("where there are too many associations the oldest idle one gives way to who calls") {
  Engine engine;  // of eight threads
  std::vector<std::unique_ptr<Modality>> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(std::make_unique<Modality>(engine.inlet.port()));
    REQUIRE(idle.back()->is_accepted());
  }
  const auto began = Steady::now();
  engine.run("echoscu", "-aet CT1 -aec PONS");
  CHECK(engine.exit_code == 0);
  CHECK(Steady::now() - began < std::chrono::seconds(3));
}

TEST_CASE("nobody gives way while there is room for all who call at once") {
  for (int round = 0; round < 20; ++round) {
    Engine engine(0);  // of eight threads, one of which watches the door; a new one, which has nobody to see off still
    std::vector<std::future<std::unique_ptr<Modality>>> calls;
    for (int i = 0; i < 7; ++i)
      calls.push_back(std::async(std::launch::async, [&] { return std::make_unique<Modality>(engine.inlet.port()); }));
    std::vector<std::unique_ptr<Modality>> all;
    for (auto& each : calls) all.push_back(each.get());
    for (const auto& each : all) CHECK(each->find_everything().status() == STATUS_FIND_Success);
  }
}

TEST_CASE("a site that names no station may let anybody call, and names otherwise keep others out") {
  FakeWorklist worklist(1, [] {});
  NoCounter counter;
  SystemClock clock;
  const bool anybody = GENERATE(false, true);
  DicomInlet inlet{{.lets_anybody_call = anybody}, worklist, counter, clock};
  const std::string command = "echoscu -aet STRANGER -aec PONS 127.0.0.1 " + std::to_string(inlet.port()) + " 2>&1";
  CHECK((std::system((command + " >/dev/null").c_str()) == 0) == anybody);
}

TEST_CASE("who may call changes while the door is open") {
  FakeWorklist worklist(1, [] {});
  NoCounter counter;
  SystemClock clock;
  DicomInlet inlet{{.stations = {{"CT1", "CT"}}}, worklist, counter, clock};
  const auto may_call = [&](const std::string& title) {
    const std::string call = "echoscu -aet " + title + " -aec PONS 127.0.0.1 " + std::to_string(inlet.port());
    return std::system((call + " >/dev/null 2>&1").c_str()) == 0;
  };
  CHECK((may_call("CT1") && !may_call("CT2")));
  inlet.use({.stations = {{"CT2", "CT"}}});
  CHECK((!may_call("CT1") && may_call("CT2")));
}

TEST_CASE("a listener that is told no address says what to write") {
  FakeWorklist worklist(1, [] {});
  NoCounter counter;
  SystemClock clock;
  CHECK_THROWS_WITH((DicomInlet{{.host = "pons.local"}, worklist, counter, clock}),
                    Catch::Contains("pons.local") && Catch::Contains("0.0.0.0"));
}

namespace {

/// "taken", "taken, and told so" or "refused".
std::string told(std::uint16_t port, const char* title, const std::function<void(T_ASC_Parameters*)>& say) {
  T_ASC_Network* network = nullptr;
  T_ASC_Parameters* parameters = nullptr;
  T_ASC_Association* association = nullptr;
  ASC_initializeNetwork(NET_REQUESTOR, 0, 5, &network);
  ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU);
  ASC_setAPTitles(parameters, title, "PONS", nullptr);
  const std::string address = "127.0.0.1:" + std::to_string(port);
  ASC_setPresentationAddresses(parameters, "127.0.0.1", address.c_str());
  const char* syntaxes[] = {UID_LittleEndianImplicitTransferSyntax};
  ASC_addPresentationContext(parameters, 1, UID_VerificationSOPClass, syntaxes, 1);
  say(parameters);
  const bool taken = ASC_requestAssociation(network, parameters, &association).good();
  UserIdentityNegotiationSubItemAC* response = nullptr;
  ASC_getUserIdentAC(parameters, &response);
  const std::string text = !taken ? "refused" : response ? "taken, and told so" : "taken";
  if (taken) ASC_releaseAssociation(association);
  ASC_destroyAssociation(&association);
  ASC_dropNetwork(&network);
  return text;
}

}  // namespace

TEST_CASE("an AE that must say who it is gets in with its name and password only, the others need not") {
  FakeWorklist worklist(0, [] {});
  NoCounter counter;
  SystemClock clock;
  DicomInlet inlet({.stations = {{"CT1", "CT"}, {"CT2", "CT"}}, .users = {{"CT1", {"ct1", "s3cret"}}}}, worklist,
                   counter, clock);
  const auto as = [](const char* name, const char* password, bool asks = false) {
    return [=](T_ASC_Parameters* parameters) {
      ASC_setIdentRQUserPassword(parameters, name, password, asks ? OFTrue : OFFalse);
    };
  };
  const auto nobody = [](T_ASC_Parameters*) {};
  CHECK(told(inlet.port(), "CT1", as("ct1", "s3cret")) == "taken");
  CHECK(told(inlet.port(), "CT1", as("ct1", "s3cret", true)) == "taken, and told so");
  CHECK(told(inlet.port(), "CT1", as("ct1", "s3creT")) == "refused");
  CHECK(told(inlet.port(), "CT1", as("ct1", "")) == "refused");
  CHECK(told(inlet.port(), "CT1", as("ct2", "s3cret")) == "refused");
  CHECK(told(inlet.port(), "CT1", nobody) == "refused");
  CHECK(told(inlet.port(), "CT1",
             [](T_ASC_Parameters* parameters) { ASC_setIdentRQUserOnly(parameters, "ct1", OFFalse); }) == "refused");
  CHECK(told(inlet.port(), "CT2", nobody) == "taken");
  CHECK(told(inlet.port(), "CT2", as("anybody", "anything", true)) == "taken");
}
