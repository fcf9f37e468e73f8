#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "adapters/memory/store.h"
#include "engine/dicom/dataset.h"
#include "engine/hl7/read.h"
#include "engine/json/value.h"
#include "engine/runtime/courier.h"
#include "engine/runtime/intake.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using namespace std::chrono_literals;
using test::OrderText;

namespace {

class TestClock final : public Clock {
 public:
  Instant now() const override { return Instant(Duration(time_.load())); }
  void advance(Duration duration) { time_ += duration.count(); }

 private:
  std::atomic<Duration::rep> time_ = from_rfc3339("2026-11-24T12:00:00Z")->time_since_epoch().count();
};

struct EvenRandom final : Random {
  double unit() override { return 0.5; }
};

/// The EHR at the other end of ehr-mllp: up or down, and what it got.
struct Ehr {
  bool is_down = false;
  std::vector<std::string> received = {};
};

struct EhrOutlet final : Outlet {
  explicit EhrOutlet(Ehr& its_ehr) : ehr(its_ehr) {}
  Delivery send(const Parcel& parcel) override {
    Delivery delivery;
    if (ehr.is_down) return delivery;
    ehr.received.push_back(parcel.document);
    delivery.outcome = Delivery::Outcome::delivered;
    return delivery;
  }
  Ehr& ehr;
};

struct ReportText {
  std::string control_id = "R1", patient = "M1", filler = "F1", accession = "A1", status = "F";

  std::string bytes() const {
    return "MSH|^~\\&|REPORTS|NORTH|IMAGING|HOSP|20261124120000||ORU^R01|" + control_id + "|P|2.5\rPID|1||" + patient +
           "^^^HOSP^MR||DOE^JANE\rOBR|1||" + filler + "|CT1^CT head^L|||20261124093000|||||||||||" + accession +
           "||||20261124115900|||" + status + "\rOBX|1|TX|59776-5^Findings^LN||No bleed.||||||" + status + "\r";
  }
};

std::string adt(const std::string& control_id, const std::string& event, const std::string& rest) {
  return "MSH|^~\\&|HIS|NORTH|IMAGING|HOSP|20261124110000||ADT^" + event + "|" + control_id +
         "|P|2.5\rEVN||20261124110000\r" + rest;
}

/// The sample hospital between its RIS, HIS, reporting system and modalities on one side, and the EHR on the other.
class Hospital {
 public:
  Hospital() { intake_.start(); }

  std::string send(const std::string& inlet, const std::string& bytes) { return word(accept(inlet, bytes)); }
  std::string send(const OrderText& order) { return send("ris-mllp", order.bytes()); }
  std::string send(const ReportText& report) { return send("reporting-mllp", report.bytes()); }

  Receipt accept(const std::string& inlet, const std::string& bytes) {
    Envelope envelope;
    envelope.inlet = inlet;
    envelope.bytes = std::make_shared<const std::string>(bytes);
    return accept(std::move(envelope));
  }

  std::string mpps(Envelope::Kind kind, const std::string& dataset) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.inlet = "dicom";
    envelope.attributes = {{"sop_instance_uid", "1.2.3.99"}, {"calling", "CT1"}};
    envelope.bytes = std::make_shared<const std::string>(dicom::Dataset::from_json(dataset)->to_bytes());
    return word(accept(std::move(envelope)));
  }
  /// The modality performs the step of the order, from its beginning to its end.
  void examine() {
    const std::string study = store.orders().front().study_uid;
    CHECK(
        mpps(Envelope::Kind::mpps_create,
             R"({"PatientID":"M1","IssuerOfPatientID":"HOSP","Modality":"CT","PerformedProcedureStepID":"PP1",)"
             R"("PerformedProcedureStepStatus":"IN PROGRESS","PerformedProcedureStepStartDate":"20261124",)"
             R"("PerformedProcedureStepStartTime":"093000","ScheduledStepAttributesSequence":[{"StudyInstanceUID":")" +
                 study + R"(","AccessionNumber":"A1","ScheduledProcedureStepID":"S1"}]})") == "done");
    CHECK(
        mpps(Envelope::Kind::mpps_set,
             R"({"PerformedProcedureStepStatus":"COMPLETED","PerformedSeriesSequence":[{"SeriesInstanceUID":"1.2.3.4",)"
             R"("ReferencedImageSequence":[{"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2",)"
             R"("ReferencedSOPInstanceUID":"1.2.3.5"}]}]})") == "done");
  }

  /// Waits until the message has come to this, in the commit that made it so.
  bool becomes(std::int64_t message, Receipt::Outcome outcome) {
    std::unique_lock lock(mutex_);
    return settled_.wait_for(lock, 10s, [&] {
      return std::any_of(receipts_.begin(), receipts_.end(),
                         [&](const Receipt& each) { return each.message == message && each.outcome == outcome; });
    });
  }

  /// Lets so much time pass, in which the EHR's courier does what it would.
  void after(Duration duration) {
    const Instant end = clock.now() + duration;
    while (true) {
      const Duration rest = courier_.step(connection_);
      if (clock.now() + rest > end) break;
      clock.advance(rest);
    }
    clock.advance(end - clock.now());
  }

  /// "F1 P;F1 F;": whose results the EHR got, in order.
  std::string ehr_received() const {
    std::string all;
    for (const std::string& each : ehr.received) {
      const auto message = hl7::Message::parse(each);
      REQUIRE(message);
      all += hl7::text_at(*message, "OBR-3.1") + ' ' + hl7::text_at(*message, "OBR-25") + ';';
    }
    return all;
  }
  std::size_t parcels_for(const std::string& outlet) const {
    const auto all = store.parcels();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Parcel& each) { return each.outlet == outlet; }));
  }

  TestClock clock;
  MemoryStore store;
  Ehr ehr;

 private:
  static std::string word(const Receipt& receipt) { return to_text(receipt.outcome); }

  Receipt accept(Envelope envelope) {
    envelope.arrived = clock.now();
    return intake_.accept(std::move(envelope));
  }
  void remember(const Receipt& receipt) {
    {
      std::lock_guard lock(mutex_);
      receipts_.push_back(receipt);
    }
    settled_.notify_all();
  }
  static Intake::Settings quick() {
    Intake::Settings settings;
    settings.looks_for_due_runs = settings.rests = 5ms;
    return settings;
  }
  static Courier::Settings to_ehr() {
    Courier::Settings settings;
    settings.outlet = "ehr-mllp";
    return settings;
  }

  EvenRandom random_;
  std::mutex mutex_;  // guards receipts_
  std::condition_variable settled_;
  std::vector<Receipt> receipts_;
  Courier courier_{to_ehr(), store, [this] { return std::make_unique<EhrOutlet>(ehr); }, clock, random_};
  Courier::Connection connection_ = courier_.connect();
  Intake intake_{store, test::sample_site({{"PACS_NORTH_HOST", "pacs"}}), clock, quick(),
                 [this](const Receipt& receipt, const std::vector<Parcel>&) { remember(receipt); }};
};

ReportText report(const std::string& control_id, const std::string& status) {
  ReportText text;
  text.control_id = control_id, text.status = status;
  return text;
}

}  // namespace

TEST_CASE("an examination goes from its order to the EHR: status first, then the report with its images") {
  Hospital hospital;
  CHECK(hospital.send("his-mllp", adt("H1", "A04", "PID|1||M1^^^HOSP^MR||DOE^JANE||19800102|F\r")) == "done");
  CHECK(hospital.send(OrderText{}) == "done");
  hospital.examine();
  CHECK(to_text(hospital.store.steps().front().status) == "COMPLETED");
  REQUIRE(hospital.store.studies().size() == 1);
  CHECK(hospital.store.studies().front().instances() == 1);
  CHECK(hospital.send(ReportText{}) == "done");
  hospital.after(1s);
  CHECK(hospital.ehr_received() == " I;F1 F;");
  const auto result = hl7::Message::parse(hospital.ehr.received.back());
  CHECK(hl7::text_at(*result, "OBX[3.1 = 113014]-5") == hospital.store.studies().front().study_uid);
  CHECK(hospital.parcels_for("ehr-fhir") == 2);
}

TEST_CASE("demographics reach the worklist and the PACS") {
  Hospital hospital;
  hospital.send(OrderText{});
  CHECK(hospital.send("his-mllp", adt("H1", "A08", "PID|1||M1^^^HOSP^MR||ROE^JANE||19800102|F\r")) == "done");
  CHECK(hospital.store.patients().front().name == "ROE^JANE");
  CHECK(hospital.parcels_for("pacs-north-mllp") == 1);
}

TEST_CASE("after a merge a report for the retired number goes to the EHR under the one that stayed") {
  Hospital hospital;
  hospital.send(OrderText{});
  hospital.examine();
  CHECK(hospital.send("his-mllp", adt("H1", "A40", "PID|1||M9^^^HOSP^MR||DOE^JANE||19800102|F\rMRG|M1^^^HOSP^MR\r")) ==
        "done");
  CHECK(hospital.parcels_for("ehr-fhir") == 2);  // the study, and the notice that it moved
  CHECK(hospital.send(ReportText{}) == "done");
  hospital.after(1s);
  const auto result = hl7::Message::parse(hospital.ehr.received.back());
  CHECK(hl7::text_at(*result, "PID-3.1") == "M9");
}

TEST_CASE("results wait for the EHR and keep one patient's order") {
  Hospital hospital;
  hospital.send(OrderText{});
  hospital.examine();
  hospital.ehr.is_down = true;
  CHECK(hospital.send(report("R1", "P")) == "done");
  CHECK(hospital.send(report("R2", "F")) == "done");
  CHECK(hospital.send(report("R3", "C")) == "done");
  hospital.after(1s);
  hospital.ehr.is_down = false;
  hospital.after(20s);
  CHECK(hospital.ehr_received().empty());  // the first retry is due after 30 s, and the others wait for the first
  hospital.after(20s);
  CHECK(hospital.ehr_received() == " I;F1 P;F1 F;F1 C;");
}

TEST_CASE("a lower status never follows a higher one") {
  Hospital hospital;
  hospital.send(OrderText{});
  hospital.examine();
  CHECK(hospital.send(report("R1", "F")) == "done");
  hospital.send(report("R2", "P"));
  hospital.after(1s);
  CHECK(hospital.ehr_received() == " I;F1 F;");
}

TEST_CASE("a report that comes before its order is held, and its order releases it") {
  Hospital hospital;
  const Receipt held = hospital.accept("reporting-mllp", ReportText{}.bytes());
  CHECK(to_text(held.outcome) == "held");
  REQUIRE(hospital.store.runs().size() == 1);
  CHECK(hospital.send(OrderText{}) == "done");
  CHECK(hospital.becomes(held.message, Receipt::Outcome::waiting));  // now for its images
  hospital.examine();
  CHECK(hospital.becomes(held.message, Receipt::Outcome::done));
  CHECK(hospital.store.runs().empty());
  hospital.after(1s);
  CHECK(hospital.ehr_received() == " I;F1 F;");
}

TEST_CASE("an order of somebody else releases nothing") {
  Hospital hospital;
  const Receipt held = hospital.accept("reporting-mllp", ReportText{}.bytes());
  OrderText other;
  other.patient = "M2", other.placer = "P2", other.filler = "F2", other.accession = "A2", other.step = "S2";
  hospital.send(other);
  REQUIRE(hospital.store.runs().size() == 1);
  CHECK(hospital.store.runs().front().message == held.message);
  CHECK_FALSE(hospital.store.runs().front().due);
}

TEST_CASE("a report waits for its study, and goes without it when the time is over") {
  Hospital hospital;
  hospital.send(OrderText{});
  const Receipt waiting = hospital.accept("reporting-mllp", ReportText{}.bytes());
  CHECK(to_text(waiting.outcome) == "waiting");
  SECTION("the study comes") {
    hospital.examine();
    CHECK(hospital.becomes(waiting.message, Receipt::Outcome::done));
    hospital.after(1s);
    const auto result = hl7::Message::parse(hospital.ehr.received.back());
    CHECK(hl7::text_at(*result, "OBX[3.1 = 113014]-5") == hospital.store.studies().front().study_uid);
  }
  SECTION("the time is over") {
    hospital.clock.advance(15min);
    CHECK(hospital.becomes(waiting.message, Receipt::Outcome::done));
    hospital.after(1s);
    CHECK(hospital.ehr_received() == "F1 F;");
    const auto result = hl7::Message::parse(hospital.ehr.received.back());
    CHECK_FALSE(hl7::text_at(*result, "OBX[3.1 = 59776-5]-5").empty());
    CHECK(hl7::text_at(*result, "OBX[3.1 = 113014]-5").empty());
  }
}

TEST_CASE("a report behind a waiting one of its examination keeps its place, another examination's does not wait") {
  Hospital hospital;
  hospital.send(OrderText{});
  const Receipt first = hospital.accept("reporting-mllp", report("R1", "P").bytes());
  const Receipt second = hospital.accept("reporting-mllp", report("R2", "F").bytes());
  CHECK(to_text(first.outcome) == "waiting");
  CHECK(to_text(second.outcome) == "held");
  hospital.clock.advance(15min);
  CHECK(hospital.becomes(first.message, Receipt::Outcome::done));
  // The second has waited for the first as long as it would have waited for its study.
  CHECK(hospital.becomes(second.message, Receipt::Outcome::done));
  hospital.after(1s);
  CHECK(hospital.ehr_received() == "F1 P;F1 F;");
}

TEST_CASE("a report that is sent twice is delivered once") {
  Hospital hospital;
  hospital.send(OrderText{});
  hospital.examine();
  const Receipt first = hospital.accept("reporting-mllp", ReportText{}.bytes());
  const Receipt again = hospital.accept("reporting-mllp", ReportText{}.bytes());
  CHECK_FALSE(first.duplicate);
  CHECK(again.duplicate);
  CHECK(again.message == first.message);
  hospital.after(1s);
  CHECK(hospital.ehr_received() == " I;F1 F;");
}

TEST_CASE("the one report that the database refuses is parked, its neighbours are delivered") {
  Hospital hospital;
  std::vector<ReportText> reports;
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(i);
    OrderText order;
    order.control_id = "C" + number, order.patient = "M" + number, order.placer = "P" + number;
    order.filler = "F" + number, order.accession = "A" + number, order.step = "S" + number;
    CHECK(hospital.send(order) == "done");
    reports.push_back({"R" + number, "M" + number, "F" + number, "A" + number, "F"});
  }
  hospital.store.refuse(reports[5].bytes());
  std::vector<std::future<Receipt>> receipts;
  for (const ReportText& each : reports)
    receipts.push_back(
        std::async(std::launch::async, [&hospital, each] { return hospital.accept("reporting-mllp", each.bytes()); }));
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const Receipt receipt = receipts[i].get();
    INFO("report " << i);
    CHECK(to_text(receipt.outcome) == (i == 5 ? "parked" : "waiting"));
  }
  hospital.clock.advance(15min);
  for (const MemoryStore::Entry& each : hospital.store.journal())
    if (each.decision.receipt.outcome == Receipt::Outcome::waiting)
      CHECK(hospital.becomes(each.envelope.message, Receipt::Outcome::done));
  hospital.after(1s);
  CHECK(hospital.ehr.received.size() == 11);
}

TEST_CASE("an examination that the engine does not know is answered as DICOM says, and nothing leaves") {
  Hospital hospital;
  CHECK(hospital.mpps(Envelope::Kind::mpps_set, R"({"PerformedProcedureStepStatus":"COMPLETED"})") == "refused");
  CHECK(hospital.store.performed_steps().empty());
  CHECK(hospital.store.parcels().empty());
}

TEST_CASE("a modality is told what was stored, also when the database did not say so at once") {
  Hospital hospital;
  CHECK(hospital.send(OrderText{}) == "done");
  hospital.store.lose_next_answer();
  hospital.examine();
  CHECK(hospital.store.performed_steps().size() == 1);
}
