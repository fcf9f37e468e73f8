#include "engine/records/availability_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/records/performed_match.h"
#include "engine/records/study_rules.h"

namespace pons {

namespace {

constexpr std::uint16_t kMissingAttribute = 0x0120, kMissingValue = 0x0121;  // PS3.7 annex C
constexpr std::uint32_t kStudyTag = 0x0020000D, kSeriesTag = 0x00081115;

// PS3.3 C.4.23.1.1, the most available first.
constexpr std::array<std::string_view, 4> kWords{"ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE"};
constexpr std::size_t kUnavailable = 3;

std::string first_value(const json::Value& item, std::string_view keyword) {
  const json::Value* value = item.find(keyword);
  if (!value) return {};
  return value->items().empty() ? value->text() : value->items().front().text();
}

/// What the notification says of one series.
struct Said {
  std::string series_uid;
  std::array<int, kWords.size()> instances{};  // by availability
  int without = 0;                             // instances that say nothing that is known
  std::string retrieve_ae;

  int count() const { return instances[0] + instances[1] + instances[2] + instances[3]; }
  /// The least available of those that can be had; kUnavailable: none can.
  std::size_t availability() const {
    for (std::size_t i = kUnavailable; i-- > 0;)
      if (instances[i] > 0) return i;
    return kUnavailable;
  }
};

Said said_of(const json::Value& item) {
  Said said;
  said.series_uid = item.text_of("SeriesInstanceUID");
  for (const json::Value& each : items_of(item, "ReferencedSOPSequence")) {
    const auto word = std::find(kWords.begin(), kWords.end(), each.text_of("InstanceAvailability"));
    if (word == kWords.end())
      ++said.without;
    else
      ++said.instances[static_cast<std::size_t>(word - kWords.begin())];
    if (said.retrieve_ae.empty()) said.retrieve_ae = first_value(each, "RetrieveAETitle");
  }
  return said;
}

void take_over(Series& series, const Said& said) {
  // One rejected image does not take its series away.
  if (said.availability() != kUnavailable || said.count() >= series.instances)
    series.availability = kWords[said.availability()];
  series.instances = std::max(series.instances, said.count());
  if (!said.retrieve_ae.empty()) series.retrieve_ae = said.retrieve_ae;
}

void take_over(Study& study, const Said& said) {
  const auto known = std::find_if(study.series.begin(), study.series.end(),
                                  [&](const Series& each) { return each.series_uid == said.series_uid; });
  take_over(known == study.series.end() ? study.series.emplace_back(Series{.series_uid = said.series_uid}) : *known,
            said);
}

AvailabilityVerdict refused_for(const json::Value& dataset, const char* keyword, std::uint32_t tag) {
  const bool is_there = dataset.find(keyword);
  return {is_there ? kMissingValue : kMissingAttribute,
          std::string(keyword) + (is_there ? " has no value" : " is missing"),
          {tag},
          0};
}

}  // namespace

AvailabilityVerdict take_availability(Book& book, const std::string& uid, const json::Value& dataset) {
  const std::string study_uid = dataset.text_of("StudyInstanceUID");
  if (study_uid.empty()) return refused_for(dataset, "StudyInstanceUID", kStudyTag);
  const auto& all = items_of(dataset, "ReferencedSeriesSequence");
  if (all.empty()) return refused_for(dataset, "ReferencedSeriesSequence", kSeriesTag);
  auto study = study_or_awaited(book, study_uid);
  if (!study) return {0, "nobody knows its study", {}, 0};
  AvailabilityVerdict verdict;
  int without = 0;
  for (const json::Value& each : all) {
    const Said said = said_of(each);
    without += said.without;
    if (said.series_uid.empty())
      verdict.text = "a series without UID";
    else if (said.count() > 0)
      take_over(*study, said);
  }
  if (without > 0)
    verdict.text += (verdict.text.empty() ? "" : "; ") + std::to_string(without) + " instances without availability";
  verdict.study = study->id;
  if (const Study* before = book.study(study_uid); before && before->series == study->series) return verdict;
  book.note({"study", study->id, book.study(study_uid) ? "update" : "create",
             std::to_string(all.size()) + " series, told by availability notification " + uid});
  book.studies.put(*std::move(study));
  return verdict;
}

}  // namespace pons
