#include "engine/route/binding.h"
#include "engine/route/loading.h"

namespace pons {

namespace {

using Policy = Endpoint::Policy;
using Unknown = ReconcilePatient::Unknown;

std::optional<Verb> load_patient(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"reconcile", "match", "with", "unknown", "conflict", "name", "when"}, loading.findings);
  const auto match = loading.path(step, "match", "PID-3[5 = MR]");
  const Map* with = loading.map_for(step, "with", Target::Kind::patient, "adt-to-patient");
  if (!match || !with) return {};
  loading.binds("patient", members_of_patient());
  return ReconcilePatient{*match, with, loading.unknown(step, Unknown::create),
                          loading.policy(step, "conflict", Policy::hold, {Policy::hold, Policy::reject, Policy::park})};
}

std::optional<Verb> load_order(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"reconcile", "unknown", "conflict", "name", "when"}, loading.findings);
  loading.binds("order", members_of_order());
  loading.binds("step", members_of_step());
  return ReconcileOrder{loading.unknown(step, Unknown::create),
                        loading.policy(step, "conflict", Policy::hold, {Policy::hold, Policy::reject, Policy::park})};
}

std::optional<Verb> load_report(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"reconcile", "unknown", "conflict", "name", "when"}, loading.findings);
  loading.binds("report", members_of_report());
  loading.binds("order", members_of_order());
  loading.binds("patient", members_of_patient());
  return ReconcileReport{loading.unknown(step, Unknown::hold),
                         loading.policy(step, "conflict", Policy::hold, {Policy::hold, Policy::reject, Policy::park})};
}

std::optional<Verb> load_merge(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"reconcile", "survivor", "retired", "with", "reversed", "name", "when"}, loading.findings);
  const auto survivor = loading.path(step, "survivor", "PID-3[5 = MR]");
  const auto retired = loading.path(step, "retired", "MRG-1[5 = MR]");
  const Map* with = loading.map_for(step, "with", Target::Kind::patient, "adt-to-patient");
  if (!survivor || !retired || !with) return {};
  loading.binds("merge", members_of_merge());
  loading.binds("patient", members_of_patient());
  loading.documents["merge.notice"] = std::nullopt;
  return ReconcileMerge{*survivor, *retired, with,
                        loading.policy(step, "reversed", Policy::hold, {Policy::hold, Policy::reject, Policy::park})};
}

}  // namespace

std::optional<Verb> load_reconcile(const Node& step, Loading& loading) {
  const Node& record = *step.find("reconcile");
  if (!loading.inlet) {
    loading.findings.error("E0406", record.span, "an event is reconciled already",
                           "reconcile: is for HL7 messages; the study and its order are there to be read");
    return {};
  }
  if (record.text == "patient") return load_patient(step, loading);
  if (record.text == "order") return load_order(step, loading);
  if (record.text == "report") return load_report(step, loading);
  if (record.text == "merge") return load_merge(step, loading);
  loading.findings.error("E0406", record.span, "\"" + record.text + "\" cannot be reconciled", "",
                         "write:  patient | order | report | merge");
  return {};
}

}  // namespace pons
