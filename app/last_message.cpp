#include "app/last_message.h"

#include <fstream>
#include <string>
#include <system_error>

#include "app/write_whole.h"

namespace pons {

LastMessage::LastMessage(const std::filesystem::path& state) : path_(state / "last_message") {
  std::int64_t number = 0;
  std::ifstream(path_) >> number;
  number_ = written_ = number;
}

void LastMessage::saw(std::int64_t number) {
  std::int64_t known = number_;
  while (known < number && !number_.compare_exchange_weak(known, number)) {
  }
}

void LastMessage::keep() {
  const auto now = std::chrono::steady_clock::now();
  if (number_ == written_ || now < next_) return;
  next_ = now + std::chrono::seconds(10);
  write();
}

void LastMessage::write() try {
  const std::int64_t number = number_;
  if (number == written_) return;
  write_whole(path_, std::to_string(number) + '\n');
  written_ = number;
} catch (const std::system_error&) {
  // The earlier one stays.
}

}  // namespace pons
