#include "engine/records/report_rules.h"

#include "engine/route/binding.h"
#include "engine/route/naming.h"
#include "engine/route/run.h"

namespace pons {

namespace {

Result<ReportClaim> report_claim(const Run& run) {
  static const hl7::Path obr_25 = *hl7::Path::parse("OBR-25");
  const OrderNumbers numbers = order_numbers(*run.scope.message, run.scope.group, run.scope.charset, run.authority());
  const std::string word = hl7::text(hl7::find_first(*run.scope.message, obr_25, run.scope.group), run.scope.charset);
  const auto status = report_status_from(word);
  if (!status)
    return refused("the result status \"" + word + "\" is not one of P, F, C, X", "OBR-25", word.empty() ? 101 : 103);
  return ReportClaim{named_patient(*run.scope.message, run.scope.charset), numbers.filler, numbers.placer,
                     numbers.accession, *status};
}

/// A report whose order nobody knows yet starts again when one of its numbers comes.
Stop wait_for_order(const Run& run, const ReportClaim& claim, const std::string& why) {
  Stop stop = stop_for(run, refused(why, "OBR-3", 204), Endpoint::Policy::hold);
  for (const auto& [kind, number] : {std::pair{"filler|", &claim.filler}, std::pair{"placer|", &claim.placer},
                                     std::pair{"accession|", &claim.accession}})
    if (!number->empty()) stop.wakes_on.push_back(kind + number->key());
  return stop;
}

}  // namespace

Next run_step(Run& run, const RouteStep& step, const ReconcileReport& verb) {
  const auto claim = report_claim(run);
  if (!claim) return stop_for(run, claim.fault());
  const bool create = verb.unknown == ReconcilePatient::Unknown::create;
  const auto verdict = reconcile_report(run.book, *claim, create);
  if (!verdict) return stop_for_conflict(run, verdict.fault(), verb.conflict, "report");
  switch (verdict->kind) {
    case ReportVerdict::Kind::unknown:
      if (verb.unknown == ReconcilePatient::Unknown::hold) return wait_for_order(run, *claim, verdict->text);
      run.did(step, "nobody knows the order, ignored");
      return {};
    case ReportVerdict::Kind::superseded:
      return stop_for(run, refused(verdict->text, "OBR-25"), Endpoint::Policy::drop);
    case ReportVerdict::Kind::taken:
      break;
  }
  const Report& report = *run.book.reports.find(verdict->report);
  const Order& order = *run.book.orders.find(verdict->order);
  run.patient = report.patient;
  run.order = order.id;
  run.scope.bind("report", Value::of(report_object(report)));
  run.scope.bind("order", Value::of(order_object(run.book, order)));
  run.scope.bind("patient", Value::of(patient_object(run.book.survivor(report.patient), false)));
  run.did(step, to_text(report.status) + " version " + std::to_string(report.version));
  return {};
}

}  // namespace pons
