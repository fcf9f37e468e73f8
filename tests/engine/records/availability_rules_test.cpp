#include "engine/records/availability_rules.h"

#include <catch2/catch.hpp>

#include "engine/records/performed_rules.h"
#include "tests/engine/records/clinic.h"
#include "tests/engine/records/examination.h"

using namespace pons;
using test::Clinic;

namespace {

json::Value instance(const std::string& availability, const std::string& ae = "PACS") {
  json::Value made;
  made["ReferencedSOPClassUID"] = "1.2.840.10008.5.1.4.1.1.2";
  made["ReferencedSOPInstanceUID"] = "1.4.1";
  made["InstanceAvailability"] = availability;
  made["RetrieveAETitle"] = ae;
  return made;
}

json::Value notice(const std::vector<std::string>& availabilities, const std::string& study = "1.2.1",
                   const std::string& series = "1.3.1") {
  json::Value made;
  made["ReferencedPerformedProcedureStepSequence"] = json::Value::array();
  made["StudyInstanceUID"] = study;
  json::Value item;
  item["SeriesInstanceUID"] = series;
  for (const std::string& each : availabilities) item["ReferencedSOPSequence"].push(instance(each));
  made["ReferencedSeriesSequence"].push(item);
  return made;
}

/// Jane's order 1, and an archive.
struct Archive : Clinic {
  std::int64_t jane = patient("M1"), jane_s = order(jane, "1");

  AvailabilityVerdict tell(const json::Value& dataset) { return take_availability(book, "9.9", dataset); }
  const Series& series(std::size_t i = 0) { return book.study("1.2.1")->series.at(i); }
};

}  // namespace

TEST_CASE("the archive's notification makes the study that an order awaits, and says where its series are") {
  Archive archive;
  const AvailabilityVerdict verdict = archive.tell(notice({"ONLINE", "ONLINE"}));
  CHECK(verdict.dicom_status == 0);
  const Study* study = archive.book.study("1.2.1");
  REQUIRE(study);
  CHECK(verdict.study == study->id);
  CHECK(study->patient == archive.jane);
  CHECK(study->order == archive.jane_s);
  CHECK(study->accession.value == "A1");
  CHECK(study->series == std::vector<Series>{{"1.3.1", "", 2, "ONLINE", "PACS"}});
  CHECK(study->availability() == "ONLINE");
}

TEST_CASE("a series is as available as the least available of its images that can be had") {
  Archive archive;
  archive.tell(notice({"ONLINE", "OFFLINE", "NEARLINE"}));
  CHECK(archive.series().availability == "OFFLINE");
  archive.tell(notice({"NEARLINE", "UNAVAILABLE", "ONLINE"}));
  CHECK(archive.series().availability == "NEARLINE");
}

TEST_CASE("one rejected image leaves its series available, all of them take it away") {
  Archive archive;
  archive.tell(notice({"ONLINE", "ONLINE", "ONLINE"}));
  archive.tell(notice({"UNAVAILABLE"}));
  CHECK(archive.series().availability == "ONLINE");
  CHECK(archive.series().instances == 3);
  archive.tell(notice({"UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"}));
  CHECK(archive.series().availability == "UNAVAILABLE");
}

TEST_CASE("a study is as available as its least available series") {
  Archive archive;
  archive.tell(notice({"ONLINE"}));
  archive.tell(notice({"OFFLINE"}, "1.2.1", "1.3.2"));
  CHECK(archive.book.study("1.2.1")->series.size() == 2);
  CHECK(archive.book.study("1.2.1")->availability() == "OFFLINE");
}

TEST_CASE("what the modality says afterwards leaves the availability as it was told") {
  Archive archive;
  archive.tell(notice({"ONLINE"}));
  REQUIRE(create_performed_step(archive.book, "9.1", test::in_progress(), 7).dicom_status == 0);
  REQUIRE(set_performed_step(archive.book, "9.1", test::completed(), 8).dicom_status == 0);
  CHECK(archive.book.study("1.2.1")->series == std::vector<Series>{{"1.3.1", "CT", 1, "ONLINE", "PACS"}});
}

TEST_CASE("a study that nobody knows changes nothing and raises no question") {
  Archive archive;
  const AvailabilityVerdict verdict = archive.tell(notice({"ONLINE"}, "1.2.99"));
  CHECK(verdict.dicom_status == 0);
  CHECK(verdict.study == 0);
  CHECK_FALSE(archive.book.study("1.2.99"));
  CHECK(archive.questions() == 0);
}

TEST_CASE("the same again is no change") {
  Archive archive;
  archive.tell(notice({"ONLINE"}));
  const std::size_t changes = archive.book.changes().size();
  CHECK(archive.tell(notice({"ONLINE"})).study != 0);
  CHECK(archive.book.changes().size() == changes);
}

TEST_CASE("a notification without study or series is refused with its tag") {
  Archive archive;
  json::Value nothing = notice({"ONLINE"});
  SECTION("no study") {
    nothing.erase("StudyInstanceUID");
    CHECK(archive.tell(nothing).dicom_status == 0x0120);
    CHECK(archive.tell(nothing).attributes == std::vector<std::uint32_t>{0x0020000D});
  }
  SECTION("an empty study") {
    nothing["StudyInstanceUID"] = "";
    CHECK(archive.tell(nothing).dicom_status == 0x0121);
  }
  SECTION("no series") {
    nothing["ReferencedSeriesSequence"] = json::Value::array();
    CHECK(archive.tell(nothing).dicom_status == 0x0121);
    CHECK(archive.tell(nothing).attributes == std::vector<std::uint32_t>{0x00081115});
  }
  CHECK_FALSE(archive.book.study("1.2.1"));
}

TEST_CASE("images of which nobody says whether they are there are said, and count for nothing") {
  Archive archive;
  const AvailabilityVerdict verdict = archive.tell(notice({"ONLINE", "", "SOMEWHERE"}));
  CHECK(verdict.text == "2 instances without availability");
  CHECK(archive.series().instances == 1);
}
