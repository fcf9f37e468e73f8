#include "adapters/postgres/worklist_line.h"

#include "engine/ports/store.h"

namespace pons {

WorklistLine::Turn::Turn(WorklistLine& line, std::chrono::milliseconds patience) : line_(line) {
  Call call;
  std::unique_lock lock(line_.mutex_);
  const auto place = line_.waiting_.insert(line_.waiting_.end(), &call);
  const bool has_come =
      call.wait_for(lock, patience, [&] { return line_.free_ > 0 && line_.waiting_.front() == &call; });
  line_.waiting_.erase(place);
  if (has_come) --line_.free_;
  line_.call_next();
  if (!has_come) throw StoreLost("too many worklists are read at the same time");
}

WorklistLine::Turn::~Turn() {
  std::lock_guard lock(line_.mutex_);
  ++line_.free_;
  line_.call_next();
}

void WorklistLine::call_next() {
  if (free_ > 0 && !waiting_.empty()) waiting_.front()->notify_one();
}

}  // namespace pons
