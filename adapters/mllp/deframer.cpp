#include "adapters/mllp/deframer.h"

#include <algorithm>

namespace pons {

namespace {
constexpr char kStart = '\x0b', kEnd = '\x1c', kReturn = '\r';
}

void Deframer::feed(std::string_view bytes) {
  pending_.erase(0, taken_);
  searched_ -= std::min(searched_, taken_);
  taken_ = 0;
  pending_.append(bytes);
}

std::optional<std::string> Deframer::next() {
  if (!inside_ && !enter_frame()) return {};
  const auto end = pending_.find(kEnd, std::max(searched_, taken_));
  if (end == std::string::npos) {
    searched_ = pending_.size();
    return {};
  }
  std::string message = pending_.substr(taken_, end - taken_);
  taken_ = end + 1;
  inside_ = false;
  return_may_follow_ = true;
  return message;
}

bool Deframer::enter_frame() {
  if (return_may_follow_ && taken_ < pending_.size()) {
    taken_ += pending_[taken_] == kReturn;
    return_may_follow_ = false;
  }
  const auto start = std::min(pending_.find(kStart, taken_), pending_.size());
  skipped_ += start - taken_;
  inside_ = start < pending_.size();
  taken_ = start + inside_;
  return inside_;
}

std::string frame(std::string_view message) {
  std::string framed(1, kStart);
  framed.append(message);
  framed += kEnd;
  framed += kReturn;
  return framed;
}

}  // namespace pons
