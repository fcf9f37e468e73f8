#include "engine/records/stored_rules.h"

#include <catch2/catch.hpp>

#include "engine/records/availability_rules.h"
#include "engine/records/performed_rules.h"
#include "tests/engine/records/clinic.h"
#include "tests/engine/records/examination.h"

using namespace pons;
using test::Clinic;
using First = StoredVerdict::First;

namespace {

json::Value header(const std::string& uid, const std::string& study = "1.2.1", const std::string& series = "1.3.1") {
  json::Value made;
  made["SOPInstanceUID"] = uid;
  made["StudyInstanceUID"] = study;
  made["SeriesInstanceUID"] = series;
  made["Modality"] = "CT";
  made["PatientID"] = "M1";
  made["StudyDate"] = "20261125";
  made["StudyTime"] = "093000.123";
  made["StudyDescription"] = "CT head";
  return made;
}

/// Jane's order 1 (study 1.2.1), and who stores.
struct Archive : Clinic {
  std::int64_t jane = patient("M1"), jane_s = order(jane, "1");

  StoredVerdict store(const json::Value& of) { return take_stored(book, of.text_of("SOPInstanceUID"), of, 7); }
  const Study& study(const std::string& uid = "1.2.1") { return *book.study(uid); }
};

}  // namespace

TEST_CASE("the first object of a study that an order awaits makes it known, each further one is counted") {
  Archive archive;
  const StoredVerdict first = archive.store(header("1.4.1"));
  CHECK(first.dicom_status == 0);
  CHECK(first.first == First::of_study);
  CHECK(first.study == archive.study().id);
  CHECK(archive.study().patient == archive.jane);
  CHECK(archive.study().order == archive.jane_s);
  CHECK(archive.study().accession.value == "A1");
  CHECK(archive.study().started == "20261125093000");
  CHECK(archive.study().description == "CT head");
  CHECK(archive.store(header("1.4.2")).first == First::none);
  CHECK(archive.store(header("1.4.3", "1.2.1", "1.3.2")).first == First::of_series);
  CHECK(archive.study().stored() == 3);
  CHECK(archive.study().instances() == 3);
  CHECK(archive.study().series.at(1).modality == "CT");
}

TEST_CASE("an object that comes twice counts once") {
  Archive archive;
  archive.store(header("1.4.1"));
  const std::size_t changes = archive.book.changes().size();
  const StoredVerdict again = archive.store(header("1.4.1"));
  CHECK(again.is_known);
  CHECK(again.first == First::none);
  CHECK(archive.study().stored() == 1);
  CHECK(archive.book.changes().size() == changes);
}

TEST_CASE("two thousand slices are one line in the ledger") {
  Archive archive;
  for (int i = 0; i < 2000; ++i) archive.store(header("1.4." + std::to_string(i)));
  CHECK(archive.study().stored() == 2000);
  CHECK(archive.book.changes().size() == 1);
}

TEST_CASE("what was stored and what the modality and the archive said stand beside each other") {
  Archive archive;
  REQUIRE(create_performed_step(archive.book, "9.1", test::in_progress(), 7).dicom_status == 0);
  REQUIRE(set_performed_step(archive.book, "9.1", test::completed(), 8).dicom_status == 0);
  CHECK(archive.study().instances() == 1);
  CHECK(archive.study().stored() == 0);
  archive.store(header("1.4.1"));
  CHECK(archive.study().instances() == 1);
  CHECK(archive.study().stored() == 1);
  archive.store(header("1.4.2"));
  CHECK(archive.study().instances() == 2);
}

TEST_CASE("images that nobody ordered are their patient's, where the header says whose number it is") {
  Archive archive;
  json::Value walk_in = header("1.4.1", "1.2.99");
  CHECK(archive.store(walk_in).study == 0);
  CHECK_FALSE(archive.book.study("1.2.99"));
  walk_in["IssuerOfPatientID"] = "HOSP";
  CHECK(archive.store(walk_in).first == First::of_study);
  CHECK(archive.study("1.2.99").patient == archive.jane);
  CHECK(archive.study("1.2.99").order == 0);
  json::Value by_accession = header("1.4.2", "1.2.98");
  by_accession["IssuerOfPatientID"] = "HOSP";
  by_accession["AccessionNumber"] = "A1";
  archive.store(by_accession);
  CHECK(archive.study("1.2.98").order == archive.jane_s);
}

TEST_CASE("images of one patient's study that name another are counted, and a person is asked once for each series") {
  Archive archive;
  json::Value of_another = header("1.4.1");
  of_another["PatientID"] = "M2";
  archive.store(of_another);
  of_another["SOPInstanceUID"] = "1.4.2";
  archive.store(of_another);
  CHECK(archive.study().stored() == 2);
  CHECK(archive.study().patient == archive.jane);
  CHECK(archive.questions() == 1);
}

TEST_CASE("an object that does not say what it is part of is refused") {
  Archive archive;
  for (const char* keyword : {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}) {
    json::Value incomplete = header("1.4.1");
    incomplete.erase(keyword);
    const StoredVerdict verdict = take_stored(archive.book, "1.4.1", incomplete, 7);
    CHECK(verdict.dicom_status == 0xA900);
    CHECK(verdict.text == std::string(keyword) + " is missing");
  }
  CHECK(take_stored(archive.book, "1.4.9", header("1.4.1"), 7).dicom_status == 0xA900);
  CHECK_FALSE(archive.book.study("1.2.1"));
}
