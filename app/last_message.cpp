#include "app/last_message.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace pons {

namespace {

/// On the disk when it returns true.
bool write_file(const std::filesystem::path& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool is_written =
      write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  return close(file) == 0 && is_written;
}

}  // namespace

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

// A reader finds the whole file or the one before.
void LastMessage::write() {
  const std::int64_t number = number_;
  const std::filesystem::path fresh = path_.string() + ".new";
  if (number == written_ || !write_file(fresh, std::to_string(number) + '\n')) return;
  std::error_code failed;
  std::filesystem::rename(fresh, path_, failed);
  if (!failed) written_ = number;
}

}  // namespace pons
