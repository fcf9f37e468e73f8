#include <algorithm>
#include <array>
#include <stdexcept>

#include "engine/records/rows.h"

namespace pons {

namespace {

// In the order of the enums.
constexpr std::array<std::string_view, 8> kSteps{"SCHEDULED", "ARRIVED",  "READY",        "STARTED",
                                                 "DEPARTED",  "CANCELED", "DISCONTINUED", "COMPLETED"};
constexpr std::array<std::string_view, 4> kReports{"P", "F", "C", "X"};
constexpr std::array<std::string_view, 3> kPerformed{"IN PROGRESS", "DISCONTINUED", "COMPLETED"};
constexpr std::array<std::string_view, 3> kRuns{"held", "waiting", "ended"};

template <class Enum, std::size_t N>
std::string word(const std::array<std::string_view, N>& words, Enum value) {
  return std::string(words[static_cast<std::size_t>(value)]);
}

template <class Enum, std::size_t N>
std::optional<Enum> meaning(const std::array<std::string_view, N>& words, std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) return {};
  return static_cast<Enum>(found - words.begin());
}

}  // namespace

std::string to_text(StepStatus status) {
  return word(kSteps, status);
}
std::string to_text(ReportStatus status) {
  return word(kReports, status);
}
std::string to_text(PerformedStatus status) {
  return word(kPerformed, status);
}
std::string to_text(PendingRun::State state) {
  return word(kRuns, state);
}

std::optional<StepStatus> step_status_from(std::string_view text) {
  return meaning<StepStatus>(kSteps, text);
}
std::optional<ReportStatus> report_status_from(std::string_view text) {
  return meaning<ReportStatus>(kReports, text);
}
std::optional<PerformedStatus> performed_status_from(std::string_view text) {
  return meaning<PerformedStatus>(kPerformed, text);
}
PendingRun::State pending_state_from(std::string_view text) {
  if (const auto state = meaning<PendingRun::State>(kRuns, text)) return *state;
  throw std::invalid_argument("unknown word in the store: " + std::string(text));
}

}  // namespace pons
