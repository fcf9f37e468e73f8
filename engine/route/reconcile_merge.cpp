#include "engine/records/merge_rules.h"

#include "engine/route/binding.h"
#include "engine/route/claims.h"
#include "engine/route/naming.h"
#include "engine/route/run.h"

namespace pons {

Next run_step(Run& run, const RouteStep& step, const ReconcileMerge& verb) {
  auto survivor = patient_claim(run, verb.survivor, verb.with);
  if (!survivor) return stop_for(run, survivor.fault());
  const auto retired = identifiers_at(*run.scope.message, verb.retired, run.scope.charset, run.scope.group);
  if (retired.empty())
    return stop_for(run, refused("a merge names the patient who ends in MRG-1, and there is none", "MRG-1", 101),
                    Endpoint::Policy::reject);
  const auto merge = reconcile_merge(run.book, {*std::move(survivor), retired.front()});
  if (!merge) return stop_for_conflict(run, merge.fault(), verb.reversed, "patient");
  run.patient = merge->survivor;
  run.retired = merge->did_nothing ? 0 : merge->retired;
  run.scope.bind("merge", Value::of(merge_object(run.book, *merge, viewer_of(run.parts.endpoints))));
  run.scope.bind("patient", Value::of(patient_object(*run.book.patients.find(merge->survivor), false)));
  run.did(step, merge->did_nothing
                    ? "was merged already"
                    : std::to_string(merge->orders.size()) + " orders, " + std::to_string(merge->studies.size()) +
                          " studies, " + std::to_string(merge->reports.size()) + " reports moved");
  return {};
}

}  // namespace pons
