#include "adapters/mllp/deframer.h"

#include <algorithm>
#include <utility>

namespace pons {

namespace {
constexpr char kStart = kStartOfBlock[0], kEnd = kEndOfBlock[0], kReturn = kEndOfBlock[1];
constexpr std::size_t kLarge = 1u << 20;  // bytes
}  // namespace

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
  inside_ = false;
  return_may_follow_ = true;
  if (end - taken_ > kLarge) return take_off(end);
  std::string message = pending_.substr(taken_, end - taken_);
  taken_ = end + 1;
  return message;
}

// Without standing in memory twice.
std::string Deframer::take_off(std::size_t end) {
  std::string rest = pending_.substr(end + 1);
  pending_.resize(end);
  pending_.erase(0, taken_);
  taken_ = searched_ = 0;
  return std::exchange(pending_, std::move(rest));
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
  std::string framed;
  framed.reserve(kStartOfBlock.size() + message.size() + kEndOfBlock.size());
  framed.append(kStartOfBlock).append(message).append(kEndOfBlock);
  return framed;
}

}  // namespace pons
