#include "engine/records/performed_rules.h"

#include <algorithm>
#include <utility>

#include "engine/records/performed_iod.h"
#include "engine/records/performed_match.h"
#include "engine/records/question.h"
#include "engine/records/study_rules.h"

namespace pons {

namespace {

// PS3.7 annex C and PS3.4 F.7.2.
constexpr std::uint16_t kNoSuchAttribute = 0x0105;
constexpr std::uint16_t kInvalidValue = 0x0106;
constexpr std::uint16_t kAttributeListError = 0x0107;
constexpr std::uint16_t kProcessingFailure = 0x0110;
constexpr std::uint16_t kDuplicateInstance = 0x0111;
constexpr std::uint16_t kNoSuchInstance = 0x0112;
constexpr std::uint16_t kMissingAttribute = 0x0120;
constexpr std::uint16_t kMissingValue = 0x0121;
constexpr std::uint16_t kNoLongerUpdated = 0xA710;

constexpr std::string_view kStatus = "PerformedProcedureStepStatus";
constexpr std::uint32_t kStatusTag = 0x00400252, kStepsTag = 0x00400270, kStudyTag = 0x0020000D;

using Findings = std::vector<IodFinding>;

PerformedVerdict failed(std::uint16_t status, std::string text, std::uint16_t error_id = 0) {
  return {status, error_id, std::move(text), {}, 0, 0};
}

PerformedVerdict wrong_status(const std::string& status, const char* wanted) {
  PerformedVerdict verdict = failed(kInvalidValue, "the status is \"" + status + "\"; " + wanted);
  verdict.attributes = {kStatusTag};
  return verdict;
}

std::string listed(const Findings& findings) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < findings.size() && i < kMost; ++i) text += (i ? "; " : "") + to_text(findings[i]);
  return findings.size() > kMost ? text + "; and more" : text;
}

std::uint16_t status_of(IodFinding::What what) {
  if (what == IodFinding::What::missing) return kMissingAttribute;
  return what == IodFinding::What::no_value ? kMissingValue : kNoSuchAttribute;
}

/// One answer has one status: the lowest, with the attributes that have it.
PerformedVerdict refused_for(const Findings& findings) {
  std::uint16_t status = kMissingValue;
  for (const IodFinding& each : findings) status = std::min(status, status_of(each.what));
  PerformedVerdict verdict = failed(status, listed(findings));
  for (const IodFinding& each : findings)
    if (status_of(each.what) == status) verdict.attributes.push_back(each.tag);
  auto& tags = verdict.attributes;
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return verdict;
}

/// Names a study, a step or an accession: something by which a person, at least, finds what is performed.
bool names_something(const json::Value& dataset) {
  const auto& items = items_of(dataset, "ScheduledStepAttributesSequence");
  return std::any_of(items.begin(), items.end(), [](const json::Value& item) {
    return !item.text_of("StudyInstanceUID").empty() || !item.text_of("ScheduledProcedureStepID").empty() ||
           !item.text_of("AccessionNumber").empty();
  });
}

/// What nobody takes: under strict rules any finding, under lenient ones those that leave nothing to work with.
Findings unacceptable(const Findings& findings, IodRules rules, bool names_something) {
  if (rules == IodRules::strict) return findings;
  Findings found;
  for (const IodFinding& each : findings)
    if (each.tag == kStatusTag || (!names_something && (each.tag == kStepsTag || each.tag == kStudyTag)))
      found.push_back(each);
  return found;
}

void note_step(Book& book, const Step& step, const char* action, const std::string& evidence) {
  book.note({"step", step.id, action, evidence});
}

void move_step(Book& book, const Step& known, StepStatus status, const std::string& uid) {
  Step step = known;
  step.status = status;
  note_step(book, step, "update", to_text(status) + ", by performed step " + uid);
  book.steps.put(std::move(step));
}

/// A step that has not ended is STARTED. What is final stands; that it is performed although it was canceled or
/// discontinued is for a person.
void start_step(Book& book, const Step& step, const std::string& uid, std::int64_t message) {
  if (step.status == StepStatus::started || step.status == StepStatus::departed) return;
  if (!is_final(step.status)) return move_step(book, step, StepStatus::started, uid);
  note_step(book, step, "ignore", "performed step " + uid + " is in progress, but the step is " + to_text(step.status));
  if (step.status != StepStatus::completed)
    ask(book, message, "performed step",
        "step " + step.step_id + " is performed although it is " + to_text(step.status));
}

/// The other performed steps of a scheduled one (PS3.17: append case).
std::vector<const PerformedStep*> siblings(const Book& book, const PerformedStep& performed, std::int64_t step) {
  return book.performed_steps.all([&](const PerformedStep& each) {
    return each.id != performed.id && std::find(each.steps.begin(), each.steps.end(), step) != each.steps.end();
  });
}

bool any_is(const std::vector<const PerformedStep*>& all, PerformedStatus status) {
  return std::any_of(all.begin(), all.end(), [&](const PerformedStep* each) { return each->status == status; });
}

/// Some modalities choose the wrong line of their list and say so (CID 9300).
bool is_wrong_entry(const json::Value& dataset) {
  constexpr std::string_view kReason = "PerformedProcedureStepDiscontinuationReasonCodeSequence";
  return first_of(dataset, kReason, "CodeValue") == "110514" &&
         first_of(dataset, kReason, "CodingSchemeDesignator") == "DCM";
}

StepStatus end_of(const PerformedStep& performed, bool another_completed, bool wrong_entry) {
  if (performed.status == PerformedStatus::completed || another_completed) return StepStatus::completed;
  return wrong_entry ? StepStatus::scheduled : StepStatus::discontinued;
}

void end_step(Book& book, const Step& step, const PerformedStep& performed, bool wrong_entry) {
  const auto others = siblings(book, performed, step.id);
  if (any_is(others, PerformedStatus::in_progress))
    return note_step(book, step, "ignore",
                     "performed step " + performed.uid + " has ended, but another one of the step is in progress");
  const StepStatus status = end_of(performed, any_is(others, PerformedStatus::completed), wrong_entry);
  if (step.status == status) return;
  if (is_final(step.status))
    return note_step(
        book, step, "ignore",
        to_text(status) + " was said by performed step " + performed.uid + ", but the step is " + to_text(step.status));
  move_step(book, step, status, performed.uid);
}

/// Nothing of the performed step's work is still in progress.
bool is_last(const Book& book, const PerformedStep& performed) {
  return std::none_of(performed.steps.begin(), performed.steps.end(), [&](std::int64_t step) {
    return any_is(siblings(book, performed, step), PerformedStatus::in_progress);
  });
}

bool any_completed(const Book& book, const PerformedStep& performed) {
  return performed.status == PerformedStatus::completed ||
         std::any_of(performed.steps.begin(), performed.steps.end(), [&](std::int64_t step) {
           return any_is(siblings(book, performed, step), PerformedStatus::completed);
         });
}

/// The study whose last performed step has ended; 0: none.
std::int64_t complete_study(Book& book, const PerformedStep& performed, const json::Value& dataset) {
  const Study* study = performed.status == PerformedStatus::completed ? take_over_series(book, performed, dataset)
                                                                      : study_of(book, dataset);
  if (!study || !is_last(book, performed) || !any_completed(book, performed)) return 0;
  return study->id;
}

/// Takes out of an N-SET what it may not change. Gives back the tags of what it would have changed.
std::vector<std::uint32_t> leave_out_not_allowed(const json::Value& known, const Findings& findings,
                                                 json::Value& modification) {
  std::vector<std::uint32_t> tags;
  for (const IodFinding& each : findings) {
    if (each.what != IodFinding::What::not_allowed) continue;
    const json::Value* before = known.find(each.path);
    if (!before || *before != *modification.find(each.path)) tags.push_back(each.tag);
    modification.erase(each.path);
  }
  return tags;
}

json::Value merged(json::Value known, const json::Value& modification) {
  for (const auto& [keyword, value] : modification.members()) known[keyword] = value;
  return known;
}

/// What is wrong with the N-SET, and, where it ends the step, with the step that it leaves.
Findings findings_of(const json::Value& known, const json::Value& modification, PerformedStatus status) {
  Findings findings = check_set(known, modification);
  if (status == PerformedStatus::in_progress) return findings;
  for (IodFinding& each : check_final_state(merged(known, modification)))
    if (std::find(findings.begin(), findings.end(), each) == findings.end()) findings.push_back(std::move(each));
  return findings;
}

/// The steps and the study of a performed step that has ended.
std::int64_t end(Book& book, const PerformedStep& performed, const json::Value& dataset, std::int64_t message) {
  const bool wrong_entry = performed.status == PerformedStatus::discontinued && is_wrong_entry(dataset);
  for (const std::int64_t id : performed.steps)
    if (const Step* step = book.steps.find(id)) end_step(book, *step, performed, wrong_entry);
  if (wrong_entry)
    ask(book, message, "performed step", "the modality chose the wrong worklist entry; images may have been stored");
  return complete_study(book, performed, dataset);
}

}  // namespace

PerformedVerdict create_performed_step(Book& book, const std::string& uid, const json::Value& dataset,
                                       std::int64_t message, IodRules rules) {
  if (book.performed_step(uid)) return failed(kDuplicateInstance, "there is already a performed step with this UID");
  const std::string status = dataset.text_of(kStatus);
  if (!status.empty() && status != to_text(PerformedStatus::in_progress))
    return wrong_status(status, "N-CREATE takes IN PROGRESS");
  const Findings findings = check_create(dataset);
  if (const Findings wrong = unacceptable(findings, rules, names_something(dataset)); !wrong.empty())
    return refused_for(wrong);
  const PerformedMatch match = match_performed_step(book, dataset);
  PerformedStep performed;
  performed.id = book.new_id();
  performed.uid = uid;
  performed.patient = match.patient;
  performed.steps = match.steps;
  performed.dataset = dataset.write();
  book.note({"performed step", performed.id, "create",
             std::to_string(match.steps.size()) + " scheduled steps, " + to_text(performed.status)});
  book.performed_steps.put(performed);
  for (const std::int64_t step : match.steps) start_step(book, *book.steps.find(step), uid, message);
  for (const std::string& doubt : match.doubts) ask(book, message, "performed step", doubt);
  return {0, 0, listed(findings), {}, performed.id, 0};
}

PerformedVerdict set_performed_step(Book& book, const std::string& uid, const json::Value& modification,
                                    std::int64_t message, IodRules rules) {
  const PerformedStep* before = book.performed_step(uid);
  if (!before) return failed(kNoSuchInstance, "there is no performed step with this UID");
  if (before->status != PerformedStatus::in_progress)
    return failed(kProcessingFailure,
                  "the performed step is " + to_text(before->status) + " and may no longer be updated",
                  kNoLongerUpdated);
  const std::string said = modification.text_of(kStatus);
  const auto status = said.empty() ? before->status : performed_status_from(said);
  if (!status) return wrong_status(said, "write IN PROGRESS, COMPLETED or DISCONTINUED");
  const json::Value known = *json::Value::parse(before->dataset);
  const Findings findings = findings_of(known, modification, *status);
  if (const Findings wrong = unacceptable(findings, rules, true); !wrong.empty()) return refused_for(wrong);
  json::Value taken = modification;
  const auto left_out = leave_out_not_allowed(known, findings, taken);
  const json::Value dataset = merged(known, taken);
  PerformedStep performed = *before;
  performed.status = *status;
  performed.dataset = dataset.write();
  book.note({"performed step", performed.id, "update", to_text(performed.status)});
  if (!left_out.empty())
    book.note({"performed step", performed.id, "ignore",
               std::to_string(left_out.size()) + " attributes that N-SET may not change"});
  book.performed_steps.put(performed);
  PerformedVerdict verdict{0, 0, listed(findings), left_out, performed.id, 0};
  if (!left_out.empty()) verdict.dicom_status = kAttributeListError;
  if (performed.status != PerformedStatus::in_progress) verdict.study = end(book, performed, dataset, message);
  return verdict;
}

}  // namespace pons
