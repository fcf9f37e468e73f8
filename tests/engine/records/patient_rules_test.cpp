#include <catch2/catch.hpp>

#include "engine/records/patient_rules.h"
#include "tests/engine/records/clinic.h"

using namespace pons;
using test::Clinic;

namespace {

PatientClaim claim(const std::string& number, const std::string& authority = "HOSP") {
  PatientClaim made;
  made.identifiers = {{number, authority, "MR"}};
  return made;
}

}  // namespace

TEST_CASE("a patient is never found by a number without its authority") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  for (const std::string authority : {"", "ELSEWHERE"}) {
    const auto found = reconcile_patient(clinic.book, claim("M1", authority));
    REQUIRE(found);
    CHECK((*found)->id != jane);
  }
  CHECK((*reconcile_patient(clinic.book, claim("M1")))->id == jane);
}

TEST_CASE("what a message does not say stays, and a null clears it") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  PatientClaim said = claim("M1");
  said.address = "";
  said.sex = "";
  REQUIRE(reconcile_patient(clinic.book, said));
  CHECK(clinic.book.patients.find(jane)->name == "DOE^JANE");
  CHECK(clinic.book.patients.find(jane)->sex.empty());
}

TEST_CASE("an unknown patient is created or left alone, as the route says") {
  Clinic clinic;
  const auto ignored = reconcile_patient(clinic.book, claim("M9"), UnknownPatient::ignore);
  REQUIRE(ignored);
  CHECK_FALSE(*ignored);
  CHECK_FALSE(clinic.book.patient({"M9", "HOSP", ""}));
  const auto created = reconcile_patient(clinic.book, claim("M9"), UnknownPatient::create);
  REQUIRE(created);
  CHECK(clinic.book.patient({"M9", "HOSP", ""}) == *created);
}

TEST_CASE("another birth date and another sex are another person, one of them alone is a correction") {
  Clinic clinic;
  const std::int64_t jane = clinic.patient("M1");
  PatientClaim said = claim("M1");
  said.birth_date = "19810102";
  CHECK(reconcile_patient(clinic.book, said));
  CHECK(clinic.book.patients.find(jane)->birth_date == "19810102");
  said.birth_date = "19501231";
  said.sex = "M";
  const auto conflicting = reconcile_patient(clinic.book, said);
  REQUIRE_FALSE(conflicting);
  CHECK(conflicting.fault().kind == Fault::Kind::conflict);
}

TEST_CASE("numbers of two patients in one message are for a person to decide") {
  Clinic clinic;
  clinic.patient("M1");
  clinic.patient("M2");
  PatientClaim said = claim("M1");
  said.identifiers.push_back({"M2", "HOSP", "MR"});
  const auto conflicting = reconcile_patient(clinic.book, said);
  REQUIRE_FALSE(conflicting);
  CHECK(conflicting.fault().kind == Fault::Kind::conflict);
  CHECK(conflicting.fault().field == "PID-3");
}

TEST_CASE("a message under a number that was merged away reaches the survivor and does not rename him") {
  Clinic clinic;
  const std::int64_t real = clinic.patient("M1", "SMITH^ANN"), temporary = clinic.patient("M2", "DOE^UNKNOWN");
  Patient retired = *clinic.book.patients.find(temporary);
  retired.merged_into = real;
  clinic.book.patients.put(retired);
  PatientClaim late = claim("M2");
  late.name = "DOE^UNKNOWN";
  late.birth_date = "19000101";
  late.sex = "M";
  const auto found = reconcile_patient(clinic.book, late);
  REQUIRE(found);
  CHECK((*found)->id == real);
  CHECK((*found)->name == "SMITH^ANN");
  CHECK((*found)->identifiers.size() == 1);
  CHECK(clinic.noted("patient", "ignore", "M2^HOSP"));
}
