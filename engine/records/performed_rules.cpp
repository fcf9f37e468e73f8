#include "engine/records/performed_rules.h"

#include <algorithm>
#include <utility>

#include "engine/records/performed_match.h"
#include "engine/records/question.h"
#include "engine/records/study_rules.h"

namespace pons {

namespace {

// PS3.7 annex C and PS3.4 F.7.2.
constexpr std::uint16_t kInvalidValue = 0x0106;
constexpr std::uint16_t kProcessingFailure = 0x0110;
constexpr std::uint16_t kDuplicateInstance = 0x0111;
constexpr std::uint16_t kNoSuchInstance = 0x0112;
constexpr std::uint16_t kNoLongerUpdated = 0xA710;

constexpr std::string_view kStatus = "PerformedProcedureStepStatus";

PerformedVerdict failed(std::uint16_t status, std::string text, std::uint16_t error_id = 0) {
  return {status, error_id, std::move(text), 0, 0};
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

json::Value merged(const std::string& dataset, const json::Value& modification) {
  json::Value whole = *json::Value::parse(dataset);
  for (const auto& [keyword, value] : modification.members()) whole[keyword] = value;
  return whole;
}

}  // namespace

PerformedVerdict create_performed_step(Book& book, const std::string& uid, const json::Value& dataset,
                                       std::int64_t message) {
  if (book.performed_step(uid)) return failed(kDuplicateInstance, "there is already a performed step with this UID");
  if (dataset.text_of(kStatus) != to_text(PerformedStatus::in_progress))
    return failed(kInvalidValue, "the status is \"" + dataset.text_of(kStatus) + "\"; N-CREATE takes IN PROGRESS");
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
  return {0, 0, "", performed.id, 0};
}

PerformedVerdict set_performed_step(Book& book, const std::string& uid, const json::Value& modification,
                                    std::int64_t message) {
  const PerformedStep* known = book.performed_step(uid);
  if (!known) return failed(kNoSuchInstance, "there is no performed step with this UID");
  if (known->status != PerformedStatus::in_progress)
    return failed(kProcessingFailure,
                  "the performed step is " + to_text(known->status) + " and may no longer be updated",
                  kNoLongerUpdated);
  const auto status = modification.find(kStatus) ? performed_status_from(modification.text_of(kStatus)) : known->status;
  if (!status)
    return failed(kInvalidValue, "the status is \"" + modification.text_of(kStatus) +
                                     "\"; write IN PROGRESS, COMPLETED or DISCONTINUED");
  const json::Value dataset = merged(known->dataset, modification);
  PerformedStep performed = *known;
  performed.status = *status;
  performed.dataset = dataset.write();
  book.note({"performed step", performed.id, "update", to_text(performed.status)});
  book.performed_steps.put(performed);
  if (performed.status == PerformedStatus::in_progress) return {0, 0, "", performed.id, 0};
  const bool wrong_entry = performed.status == PerformedStatus::discontinued && is_wrong_entry(dataset);
  for (const std::int64_t id : performed.steps)
    if (const Step* step = book.steps.find(id)) end_step(book, *step, performed, wrong_entry);
  if (wrong_entry)
    ask(book, message, "performed step", "the modality chose the wrong worklist entry; images may have been stored");
  return {0, 0, "", performed.id, complete_study(book, performed, dataset)};
}

}  // namespace pons
