#include "engine/records/patient_rules.h"

#include <algorithm>

namespace pons {

namespace {

bool disagrees(const std::string& known, const Said& said) {
  return said && !said->empty() && !known.empty() && known != *said;
}

Result<void> check_same_person(const Patient& known, const PatientClaim& claim) {
  if (disagrees(known.birth_date, claim.birth_date) && disagrees(known.sex, claim.sex))
    return conflict("the patient is known with another birth date and another sex: a person must decide", "PID-7");
  return {};
}

Result<void> check_identifiers(const Book& book, std::int64_t id, const PatientClaim& claim) {
  for (const Identifier& each : claim.identifiers)
    if (const Patient* other = book.patient(each); other && other->id != id)
      return conflict("two of the identifiers belong to two different patients: a person must decide", "PID-3");
  return {};
}

bool has(const Patient& patient, const Identifier& identifier) {
  return std::find(patient.identifiers.begin(), patient.identifiers.end(), identifier) != patient.identifiers.end();
}

void take_over(std::string& known, const Said& said) {
  if (said) known = *said;
}

void take_over(Patient& known, const PatientClaim& claim) {
  take_over(known.name, claim.name);
  take_over(known.birth_date, claim.birth_date);
  take_over(known.sex, claim.sex);
  take_over(known.address, claim.address);
}

bool same(const Patient& a, const Patient& b) {
  return a.identifiers == b.identifiers && a.name == b.name && a.birth_date == b.birth_date && a.sex == b.sex &&
         a.address == b.address;
}

}  // namespace

Result<const Patient*> reconcile_patient(Book& book, const PatientClaim& claim, UnknownPatient unknown) {
  if (claim.identifiers.empty() || claim.identifiers.front().empty())
    return refused("there is no patient identifier of type MR", "PID-3", 101);
  const Patient* known = book.patient(claim.identifiers.front());
  if (!known && unknown == UnknownPatient::ignore) return known;
  Patient patient = known ? *known : Patient{};
  if (!known) patient.id = book.new_id();
  if (const auto checked = check_identifiers(book, patient.id, claim); !checked) return checked.fault();
  const bool merged_away = known && !has(*known, claim.identifiers.front());
  if (!merged_away) {
    if (const auto checked = check_same_person(patient, claim); !checked) return checked.fault();
    take_over(patient, claim);
  } else {
    book.note({"patient", patient.id, "ignore",
               claim.identifiers.front().key() + " was merged into this patient, whose name and the rest stand"});
  }
  // What a merged patient bears stays with that row: a merge can be undone.
  for (const Identifier& each : claim.identifiers)
    if (!has(patient, each) && !book.bearer(each)) patient.identifiers.push_back(each);
  if (known && same(*known, patient)) return known;
  book.note({"patient", patient.id, known ? "update" : "create", "by identifier"});
  return &book.patients.put(std::move(patient));
}

}  // namespace pons
