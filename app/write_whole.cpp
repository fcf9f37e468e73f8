#include "app/write_whole.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace pons {

namespace {

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file) == 0;
}

}  // namespace

void write_whole(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path fresh = path.string() + ".new";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool is_written = file >= 0 && write_all(file, text);
  const int why = errno;
  if (file >= 0) close(file);
  if (!is_written) throw std::system_error(why, std::generic_category(), "cannot write " + fresh.string());
  std::filesystem::rename(fresh, path);
}

}  // namespace pons
