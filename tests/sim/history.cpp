#include "tests/sim/history.h"

#include <fmt/format.h>

#include <ostream>

namespace pons::sim {

std::string clock_text(Duration time) {
  const std::chrono::hh_mm_ss<std::chrono::milliseconds> parts(std::chrono::floor<std::chrono::milliseconds>(time));
  return fmt::format("{:>4}:{:02}:{:02}.{:03}", parts.hours().count(), parts.minutes().count(), parts.seconds().count(),
                     parts.subseconds().count());
}

std::string History::Line::to_text() const {
  return fmt::format("{}  {:<12} {}{}", clock_text(at), who, what, about.empty() ? "" : "  [" + about + "]");
}

void History::tell(const std::string& who, const std::string& what, const std::string& about) {
  lines_.push_back({world_.now(), who, what, about});
  for (const std::string* part : {&who, &what, &about})
    for (const char c : *part) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  digest_ = (digest_ ^ static_cast<std::uint64_t>(world_.now().count())) * 0x100000001b3u;
  if (live_) *live_ << lines_.back().to_text() << '\n';
}

void History::violated(const std::string& promise, const std::string& what, const std::string& about) {
  tell("CHECKER", promise + ": " + what, about);
  violations_.push_back({promise, what, about});
}

std::string History::about(const std::string& label) const {
  std::string text;
  for (const Line& each : lines_)
    if (each.about == label) text += each.to_text() + '\n';
  return text;
}

}  // namespace pons::sim
