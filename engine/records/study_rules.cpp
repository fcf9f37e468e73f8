#include "engine/records/study_rules.h"

#include <algorithm>
#include <utility>

#include "engine/records/performed_match.h"

namespace pons {

namespace {

constexpr std::string_view kStepAttributes = "ScheduledStepAttributesSequence";

std::vector<Series> series_of(const json::Value& dataset) {
  std::vector<Series> all;
  for (const json::Value& item : items_of(dataset, "PerformedSeriesSequence")) {
    const std::size_t instances = items_of(item, "ReferencedImageSequence").size() +
                                  items_of(item, "ReferencedNonImageCompositeSOPInstanceSequence").size();
    const std::string uid = item.text_of("SeriesInstanceUID");
    if (!uid.empty()) all.push_back({uid, dataset.text_of("Modality"), static_cast<int>(instances), {}, {}});
  }
  return all;
}

void add(std::vector<Series>& known, const Series& said) {
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Series& each) { return each.series_uid == said.series_uid; });
  if (found == known.end())
    known.push_back(said);
  else
    found->modality = said.modality, found->instances = std::max(said.instances, found->stored);
}

/// The order whose images these are: the one with the study's UID, else that of the first step performed.
const Order* order_of(const Book& book, const PerformedStep& performed, const std::string& study_uid) {
  const Order* first = nullptr;
  for (const std::int64_t id : performed.steps) {
    const Step* step = book.steps.find(id);
    const Order* order = step ? book.orders.find(step->order) : nullptr;
    if (order && order->study_uid == study_uid) return order;
    if (!first) first = order;
  }
  return first;
}

bool is_of_another(const Book& book, const std::string& study_uid, std::int64_t patient) {
  const Study* study = book.study(study_uid);
  if (study && book.survivor(study->patient).id != patient) return true;
  return book.orders.first(
      [&](const Order& each) { return each.study_uid == study_uid && book.survivor(each.patient).id != patient; });
}

Study new_study(Book& book, const PerformedStep& performed, const json::Value& dataset, const std::string& study_uid) {
  Study study;
  study.id = book.new_id();
  study.patient = book.survivor(performed.patient).id;
  study.study_uid = study_uid;
  study.accession = {first_of(dataset, kStepAttributes, "AccessionNumber"), {}, {}};
  if (const Order* order = order_of(book, performed, study_uid)) {
    study.order = order->id;
    study.accession = order->accession;
  }
  study.started = dataset.text_of("PerformedProcedureStepStartDate") +
                  dataset.text_of("PerformedProcedureStepStartTime").substr(0, 6);
  study.procedure = {first_of(dataset, "ProcedureCodeSequence", "CodeValue"),
                     first_of(dataset, "ProcedureCodeSequence", "CodingSchemeDesignator"),
                     {}};
  study.description = first_of(dataset, "ProcedureCodeSequence", "CodeMeaning");
  if (study.description.empty()) study.description = dataset.text_of("PerformedProcedureStepDescription");
  return study;
}

}  // namespace

const Study* study_of(const Book& book, const json::Value& dataset) {
  return book.study(first_of(dataset, kStepAttributes, "StudyInstanceUID"));
}

std::optional<Study> study_or_awaited(Book& book, const std::string& study_uid) {
  if (const Study* known = book.study(study_uid)) return *known;
  const Order* order = book.orders.first([&](const Order& each) { return each.study_uid == study_uid; });
  if (!order) return {};
  Study study;
  study.id = book.new_id();
  study.patient = book.survivor(order->patient).id;
  study.order = order->id;
  study.study_uid = study_uid;
  study.accession = order->accession;
  return study;
}

const Study* take_over_series(Book& book, const PerformedStep& performed, const json::Value& dataset) {
  const std::string study_uid = first_of(dataset, kStepAttributes, "StudyInstanceUID");
  const auto series = series_of(dataset);
  if (study_uid.empty() || series.empty() || performed.patient == 0) return nullptr;
  if (is_of_another(book, study_uid, book.survivor(performed.patient).id)) return nullptr;
  const Study* known = book.study(study_uid);
  Study study = known ? *known : new_study(book, performed, dataset, study_uid);
  for (const Series& each : series) add(study.series, each);
  book.note({"study", study.id, known ? "update" : "create",
             std::to_string(study.series.size()) + " series, told by performed step " + performed.uid});
  return &book.studies.put(std::move(study));
}

}  // namespace pons
