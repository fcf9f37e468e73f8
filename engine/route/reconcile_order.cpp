#include <algorithm>

#include "engine/records/order_rules.h"
#include "engine/route/binding.h"
#include "engine/route/naming.h"
#include "engine/route/run.h"

namespace pons {

namespace {

std::string text_at(const Run& run, const hl7::Path& path) {
  return hl7::text(hl7::find_first(*run.scope.message, path, run.scope.group), run.scope.charset);
}

/// ORC-1 that ends an order: there must be something to end (HL7 table 0119).
bool ends(const Run& run) {
  static const hl7::Path orc_1 = *hl7::Path::parse("ORC-1");
  const std::string control = text_at(run, orc_1);
  return control == "CA" || control == "DC" || control == "OC";
}

/// The step that the group is about: by its ID, else the order's only one.
const Step* step_of(const Run& run, const Order& order, const OrderNumbers& numbers) {
  static const hl7::Path obr_1 = *hl7::Path::parse("OBR-1");
  if (const Step* step = find_step(run.book, order.id, numbers.step_id)) return step;
  return run.book.step(order.id, numbers.filler.value + '-' + text_at(run, obr_1));
}

Next unknown_patient(Run& run) {
  if (run.patient == 0) run.patient = known_patient(run.book, run.scope);
  if (run.patient != 0) return {};
  return stop_for(run, refused("nobody knows the order's patient; put `reconcile: patient` before", "PID-3", 204));
}

}  // namespace

Next run_step(Run& run, const RouteStep& step, const ReconcileOrder& verb) {
  if (Next stop = unknown_patient(run)) return stop;
  const OrderNumbers numbers = order_numbers(*run.scope.message, run.scope.group, run.scope.charset, run.authority());
  const OrderClaim claim{
      numbers.placer, numbers.filler, numbers.accession, numbers.study_uid, numbers.requested_procedure_id, ends(run)};
  const std::size_t notes = run.book.changes().size();
  const auto order = reconcile_order(run.book, run.book.survivor(run.patient), claim);
  if (!order) return stop_for_conflict(run, order.fault(), verb.conflict, "order");
  run.order = (*order)->id;
  run.scope.bind("order", Value::of(order_object(run.book, **order)));
  const Step* known = step_of(run, **order, numbers);
  run.scope.bind("step", known ? Value::of(step_object(*known)) : Value());
  run.did(step, run.book.changes().size() == notes ? "known" : run.book.changes().back().action);
  return {};
}

}  // namespace pons
