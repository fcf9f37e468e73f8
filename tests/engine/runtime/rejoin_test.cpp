#include "engine/runtime/rejoin.h"

#include <catch2/catch.hpp>

#include "engine/base/digest.h"
#include "engine/route/fragments.h"

using namespace pons;

namespace {

/// A store in which fragments wait, and nothing else is kept.
struct Shelf final : Store {
  std::unique_ptr<Batch> begin(const std::vector<Subject>&) override { return nullptr; }
  std::vector<Envelope> due_runs(Instant, const Room&) override { return {}; }
  void release_held(Instant) override {}
  std::optional<Envelope> set_aside_in(const std::string& lane) override {
    ++looked;
    const auto found = waiting.find(lane);
    return found == waiting.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, Envelope> waiting;
  int looked = 0;
};

/// The intake: what it is handed.
struct Desk final : Counter {
  Receipt accept(Envelope envelope) override {
    handed = std::move(envelope);
    return {};
  }
  Envelope handed;
};

std::string piece(const std::string& control_id, const std::string& continues, const std::string& rest) {
  return "MSH|^~\\&|LAB|NORTH|||20261124100000||ORU^R01|" + control_id + "|P|2.5||" + continues + "\r" + rest;
}

struct Bench {
  Shelf shelf;
  Desk desk;
  std::shared_ptr<const Site> site;

  explicit Bench(const std::string& settings = "") {
    Findings findings;
    const std::string listens = "endpoints:\n  lab-mllp: {listen: \"mllp://127.0.0.1:2575\"" + settings + "}\n";
    const SiteFiles files{{"routes/endpoints.yaml", listens}, {"routes/lab.yaml", "route: lab\nfrom: lab-mllp\n"}};
    site = Site::load(
        files, [](auto, auto) { return std::nullopt; }, findings);
    INFO(to_text(findings));
    REQUIRE(site);
  }

  /// As a fragment that was kept, as message `number`.
  void keep(std::int64_t number, const std::string& bytes, const std::string& pointer) {
    Envelope envelope;
    envelope.inlet = "lab-mllp";
    envelope.message = number;
    envelope.bytes = std::make_shared<const std::string>(bytes);
    shelf.waiting[fragment_lane("lab-mllp", *hl7::Message::parse(bytes), pointer)] = envelope;
  }
  const Envelope& send(const std::string& bytes) {
    Envelope envelope;
    envelope.inlet = "lab-mllp";
    envelope.bytes = std::make_shared<const std::string>(bytes);
    Rejoin(desk, shelf, site).accept(envelope);
    return desk.handed;
  }
};

}  // namespace

TEST_CASE("with the last fragment the whole is handed on, and says from which messages it was joined") {
  Bench bench;
  bench.keep(17, piece("C1", "", "PID|1\rOBX|1\rDSC|P1|F\r"), "P1");
  bench.keep(18, piece("C2", "P1", "OBX|2\rDSC|P2|F\r"), "P2");
  const std::string last = piece("C3", "P2", "OBX|3\r");
  const Envelope whole = bench.send(last);
  CHECK(*whole.bytes == "MSH|^~\\&|LAB|NORTH|||20261124100000||ORU^R01|C3|P|2.5||\rPID|1\rOBX|1\rOBX|2\rOBX|3\r");
  CHECK(whole.attributes.at("fragments") == "17, 18");
  CHECK(lanes_of_whole(whole).size() == 2);
  CHECK(hash_of_last_fragment(whole) == sha256(last));
  // Sent again, the last fragment is the same message as the whole.
  CHECK(bench.site->subject(whole).identity == bench.site
                                                   ->subject([&] {
                                                     Envelope alone;
                                                     alone.inlet = "lab-mllp";
                                                     alone.bytes = std::make_shared<const std::string>(last);
                                                     return alone;
                                                   }())
                                                   .identity);
}

TEST_CASE("what is no last fragment, or lacks one before it, is handed on as it came") {
  Bench bench;
  bench.keep(18, piece("C2", "P1", "OBX|2\rDSC|P2|F\r"), "P2");
  for (const std::string& each :
       {piece("C1", "", "PID|1\r"), piece("C1", "", "PID|1\rDSC|P1|F\r"), piece("C3", "P2", "OBX|3\r"),
        piece("C3", "P9", "OBX|3\r"), std::string("no message")}) {
    const Envelope same = bench.send(each);
    CHECK(*same.bytes == each);
    CHECK(same.attributes.empty());
  }
}

TEST_CASE("a message without MSH-14 asks the store nothing") {
  Bench bench;
  bench.send(piece("C1", "", "PID|1\r"));
  CHECK(bench.shelf.looked == 0);
}

TEST_CASE("a chain of pointers without an end is refused, not followed for ever") {
  Bench bench;
  bench.keep(18, piece("C2", "P1", "OBX|2\rDSC|P1|F\r"), "P1");
  const Envelope& refused = bench.send(piece("C3", "P1", "OBX|3\r"));
  CHECK(refused.attributes.at("fragment_fault") == "it comes in more than 1000 fragments");
}

TEST_CASE("a listener that ignores fragments is handed each as it came") {
  Bench bench(", fragments: ignore");
  bench.keep(17, piece("C1", "", "PID|1\rDSC|P1|F\r"), "P1");
  CHECK(bench.send(piece("C2", "P1", "OBX|2\r")).attributes.empty());
}
