#include "engine/records/patient_rules.h"

#include <algorithm>

namespace pons {

namespace {

bool disagrees(const std::string& known, const Said& said) {
  return said && !said->empty() && !known.empty() && known != *said;
}

Result<void> check_same_person(const Book& book, const Patient& known, const PatientClaim& claim) {
  if (disagrees(known.birth_date, claim.birth_date) && disagrees(known.sex, claim.sex))
    return conflict("the patient is known with another birth date and another sex: a person must decide", "PID-7");
  for (const Identifier& each : claim.identifiers)
    if (const Patient* other = book.patient(each); other && other->id != known.id)
      return conflict("two of the identifiers belong to two different patients: a person must decide", "PID-3");
  return {};
}

void take_over(std::string& known, const Said& said) {
  if (said) known = *said;
}

bool same(const Patient& a, const Patient& b) {
  return a.identifiers == b.identifiers && a.name == b.name && a.birth_date == b.birth_date && a.sex == b.sex &&
         a.address == b.address;
}

}  // namespace

Result<const Patient*> reconcile_patient(Book& book, const PatientClaim& claim) {
  if (claim.identifiers.empty() || claim.identifiers.front().empty())
    return refused("there is no patient identifier of type MR", "PID-3", 101);
  const Patient* known = book.patient(claim.identifiers.front());
  Patient patient = known ? *known : Patient{};
  if (known) {
    if (const auto checked = check_same_person(book, *known, claim); !checked) return checked.fault();
  } else {
    patient.id = book.new_id();
    if (const auto checked = check_same_person(book, patient, claim); !checked) return checked.fault();
  }
  for (const Identifier& each : claim.identifiers)
    if (std::find(patient.identifiers.begin(), patient.identifiers.end(), each) == patient.identifiers.end())
      patient.identifiers.push_back(each);
  take_over(patient.name, claim.name);
  take_over(patient.birth_date, claim.birth_date);
  take_over(patient.sex, claim.sex);
  take_over(patient.address, claim.address);
  if (known && same(*known, patient)) return known;
  book.note({"patient", patient.id, known ? "update" : "create", "by identifier"});
  return &book.patients.put(std::move(patient));
}

}  // namespace pons
