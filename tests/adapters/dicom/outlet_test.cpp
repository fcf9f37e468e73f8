#include "adapters/dicom/outlet.h"

#include <catch2/catch.hpp>

#include "engine/dicom/dataset.h"
#include "tests/adapters/dicom/archive.h"
#include "tests/adapters/dicom/recording_counter.h"

using namespace pons;
using dicom::Dataset;

namespace {

const std::string kNotice =
    Dataset::from_json(R"({"StudyInstanceUID":"1.2.3","PatientName":"Müller^Anna","ReferencedSeriesSequence":[]})")
        ->to_bytes();

Parcel parcel(const char* content_type, const std::string& document = kNotice) {
  Parcel made;
  made.content_type = content_type;
  made.control_id = "1.2.9";
  made.document = document;
  return made;
}

Delivery send(const Parcel& parcel, std::uint16_t port, Duration reply_within = std::chrono::seconds(10)) {
  RecordingCounter counter;
  SystemClock clock;
  DicomOutlet outlet({.to = {.host = "127.0.0.1", .port = port, .called = "PACS"}, .reply_within = reply_within},
                     counter, clock);
  return outlet.send(parcel);
}

using Outcome = Delivery::Outcome;

}  // namespace

TEST_CASE("an availability notification goes out with the UID that it came with, however often it is sent") {
  Archive archive({UID_InstanceAvailabilityNotificationSOPClass});
  CHECK(send(parcel(Parcel::kAvailability), archive.port()).outcome == Outcome::delivered);
  CHECK(send(parcel(Parcel::kAvailability), archive.port()).outcome == Outcome::delivered);
  const auto asked = archive.asked(2);
  REQUIRE(asked.size() == 2);
  for (const Asked& each : asked) {
    CHECK(each.command == DIMSE_N_CREATE_RQ);
    CHECK(each.calling == "PONS");
    CHECK(each.sop_class == UID_InstanceAvailabilityNotificationSOPClass);
    CHECK(each.sop_instance == "1.2.9");
    CHECK(Dataset::from_bytes(each.data_set)->text("PatientName") == "Müller^Anna");
  }
}

TEST_CASE("a performed step goes on as it was told") {
  Archive archive({UID_ModalityPerformedProcedureStepSOPClass});
  CHECK(send(parcel(Parcel::kMppsCreate), archive.port()).outcome == Outcome::delivered);
  CHECK(send(parcel(Parcel::kMppsSet), archive.port()).outcome == Outcome::delivered);
  const auto asked = archive.asked(2);
  CHECK(asked.at(0).command == DIMSE_N_CREATE_RQ);
  CHECK(asked.at(1).command == DIMSE_N_SET_RQ);
  CHECK(asked.at(1).sop_instance == "1.2.9");
}

TEST_CASE("of a performed step's change the provider tells, in the provider's role and without a data set") {
  Archive archive({UID_ModalityPerformedProcedureStepNotificationSOPClass});
  CHECK(send(parcel(Parcel::kMppsNotification, "2"), archive.port()).outcome == Outcome::delivered);
  const Asked asked = archive.asked(1).at(0);
  CHECK(asked.command == DIMSE_N_EVENT_REPORT_RQ);
  CHECK(asked.type == 2);
  CHECK(asked.sop_instance == "1.2.9");
  CHECK(asked.data_set.empty());
  CHECK(asked.as_scu_of_events);
}

TEST_CASE("what the other side answers decides whether it is tried again") {
  Archive archive({UID_InstanceAvailabilityNotificationSOPClass});
  const auto outcome_of = [&](int status) {
    archive.answers = [status](const Asked&) { return status; };
    return send(parcel(Parcel::kAvailability), archive.port()).outcome;
  };
  CHECK(outcome_of(0x0000) == Outcome::delivered);
  CHECK(outcome_of(0x0107) == Outcome::delivered);  // a warning
  CHECK(outcome_of(0xB000) == Outcome::delivered);
  CHECK(outcome_of(0x0111) == Outcome::delivered);  // it has this instance: an answer of it was lost
  CHECK(outcome_of(0xA700) == Outcome::unavailable);
  CHECK(outcome_of(0x0213) == Outcome::unavailable);
  CHECK(outcome_of(0x0110) == Outcome::refused);
  CHECK(outcome_of(0x0120) == Outcome::refused);
  archive.answers = [](const Asked&) { return 0x0120; };
  CHECK(send(parcel(Parcel::kAvailability), archive.port()).text == "status 0120H");
}

TEST_CASE("an answer that is lost leaves open what became of it") {
  Archive archive({UID_InstanceAvailabilityNotificationSOPClass});
  archive.answers = [](const Asked&) { return -1; };
  CHECK(send(parcel(Parcel::kAvailability), archive.port()).outcome == Outcome::unknown);
}

TEST_CASE("nobody there is unavailable, nobody who takes it refuses") {
  std::uint16_t free_port = 0;
  {
    Archive archive({UID_ModalityPerformedProcedureStepSOPClass});
    free_port = archive.port();
    const Delivery delivery = send(parcel(Parcel::kAvailability), archive.port());
    CHECK(delivery.outcome == Outcome::refused);
    CHECK(delivery.text == "PACS does not take this SOP Class");
  }
  const Delivery delivery = send(parcel(Parcel::kAvailability), free_port);
  CHECK(delivery.outcome == Outcome::unavailable);
  CHECK(delivery.text.starts_with("not connected: "));
}

TEST_CASE("a silent archive costs no more than the time to reply") {
  Archive archive({UID_InstanceAvailabilityNotificationSOPClass});
  std::atomic<bool> waits = true;
  archive.answers = [&](const Asked&) {
    while (waits) std::this_thread::yield();
    return -1;
  };
  CHECK(send(parcel(Parcel::kAvailability), archive.port(), std::chrono::seconds(1)).text == "no answer in time");
  waits = false;
}

TEST_CASE("what is no data set, or nothing of DICOM's, is refused before anybody is called") {
  CHECK(send(parcel(Parcel::kAvailability, "no data set"), 1).outcome == Outcome::refused);
  CHECK(send(parcel(Parcel::kJson), 1).outcome == Outcome::refused);
}
