#include "adapters/postgres/seen_patients.h"

#include "engine/base/digest.h"

namespace pons {

namespace {

constexpr std::size_t kAtMost = 100'000;  // identifiers, some 5 MB; then it begins anew

std::int64_t key_of(const Identifier& identifier) {
  return key64(identifier.key());
}

}  // namespace

bool SeenPatients::find(const Subject& subject, std::set<std::int64_t>& patients) const {
  if (subject.whole_patients || subject.patients.empty()) return false;
  std::set<std::int64_t> found;
  std::lock_guard lock(mutex_);
  for (const Identifier& each : subject.patients) {
    const auto known = patients_.find(key_of(each));
    if (known == patients_.end()) return false;
    found.insert(known->second);
  }
  patients.merge(found);
  return true;
}

void SeenPatients::remember(const Subject& subject, const Book& book) {
  std::lock_guard lock(mutex_);
  for (const Identifier& each : subject.patients) {
    const Patient* patient = book.patient(each);
    if (!patient) continue;
    if (patients_.size() >= kAtMost) patients_.clear();
    patients_.insert_or_assign(key_of(each), patient->id);
  }
}

void SeenPatients::forget(const Subject& subject) {
  std::lock_guard lock(mutex_);
  for (const Identifier& each : subject.patients) patients_.erase(key_of(each));
}

}  // namespace pons
