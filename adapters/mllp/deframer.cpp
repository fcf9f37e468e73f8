#include "adapters/mllp/deframer.h"

#include <algorithm>

namespace pons {

namespace {
constexpr char kStart = '\x0b', kEnd = '\x1c', kReturn = '\r';
}

std::optional<std::string> Deframer::next() {
  if (!inside_) {
    const auto start = pending_.find(kStart);
    const std::size_t before = std::min(start, pending_.size());
    // The CR of the frame before is no rubbish.
    skipped_ += before - (before > 0 && pending_.front() == kReturn ? 1 : 0);
    pending_.erase(0, start == std::string::npos ? before : before + 1);
    if (start == std::string::npos) return {};
    inside_ = true;
    searched_ = 0;
  }
  const auto end = pending_.find(kEnd, searched_);
  if (end == std::string::npos) {
    searched_ = pending_.size();
    return {};
  }
  std::string message = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  inside_ = false;
  return message;
}

std::string frame(std::string_view message) {
  std::string framed(1, kStart);
  framed.append(message);
  framed += kEnd;
  framed += kReturn;
  return framed;
}

}  // namespace pons
