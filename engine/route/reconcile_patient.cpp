#include <algorithm>

#include "engine/route/binding.h"
#include "engine/route/claims.h"
#include "engine/route/run.h"

namespace pons {

Next run_step(Run& run, const RouteStep& step, const ReconcilePatient& verb) {
  auto claim = patient_claim(run, verb.match, verb.with);
  if (!claim) return stop_for(run, claim.fault());
  const bool known = run.book.patient(claim->identifiers.front()) != nullptr;
  if (!known && verb.unknown == ReconcilePatient::Unknown::hold)
    return stop_for(run, refused("nobody knows this patient yet", verb.match.to_text(), 204), Endpoint::Policy::hold);
  if (!known && verb.unknown == ReconcilePatient::Unknown::ignore) {
    run.did(step, "nobody knows the patient, ignored");
    return {};
  }
  const std::size_t notes = run.book.changes().size();
  const auto patient = reconcile_patient(run.book, *claim);
  if (!patient) return stop_for_conflict(run, patient.fault(), verb.conflict, "patient");
  run.patient = (*patient)->id;
  run.scope.bind("patient", Value::of(patient_object(**patient, !known)));
  run.did(step, run.book.changes().size() == notes ? "known" : run.book.changes().back().action);
  return {};
}

}  // namespace pons
