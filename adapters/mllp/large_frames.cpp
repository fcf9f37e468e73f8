#include "adapters/mllp/large_frames.h"

namespace pons {

namespace {

constexpr std::size_t kLarge = 1u << 20;  // bytes; smaller frames are not looked at

std::size_t if_large(std::size_t bytes) {
  return bytes > kLarge ? bytes : 0;
}

}  // namespace

void LargeFrames::Share::hold(std::size_t unfinished, std::size_t whole) {
  unfinished = if_large(unfinished);
  whole = if_large(whole);
  if (unfinished == unfinished_ && whole == whole_) return;
  std::lock_guard lock(all_.mutex_);
  all_.held_ += unfinished + whole;
  all_.held_ -= unfinished_ + whole_;
  if (unfinished_ == 0 && unfinished != 0) all_.growing_.push_back(this);
  if (unfinished_ != 0 && unfinished == 0) all_.growing_.remove(this);
  unfinished_ = unfinished;
  whole_ = whole;
}

bool LargeFrames::Share::may_grow() const {
  std::lock_guard lock(all_.mutex_);
  return unfinished_ == 0 || all_.held_ < all_.bound_ || all_.growing_.front() == this;
}

}  // namespace pons
