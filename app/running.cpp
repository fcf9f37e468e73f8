#include "app/running.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "app/write_whole.h"

namespace pons {

namespace {

std::filesystem::path lock_of(const std::filesystem::path& state) {
  return state / "lock";
}

std::filesystem::path file_of(const std::filesystem::path& state) {
  return state / "running";
}

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// The process that has the folder: the kernel says it, with its id in the caller's PID namespace.
std::optional<pid_t> holder_of(const std::filesystem::path& state) {
  const int file = open(lock_of(state).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct flock lock = whole_file();
  const bool was_told = fcntl(file, F_GETLK, &lock) == 0;
  close(file);
  if (!was_told || lock.l_type == F_UNLCK) return {};
  return lock.l_pid;
}

}  // namespace

StateLock::StateLock(const std::filesystem::path& state) : state_(state) {
  std::filesystem::create_directories(state);
  file_ = open(lock_of(state).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  struct flock lock = whole_file();
  if (file_ < 0 || fcntl(file_, F_SETLK, &lock) != 0) {
    const int why = errno;
    if (file_ >= 0) close(file_);
    if (why == EAGAIN || why == EACCES)
      throw std::runtime_error("an engine runs on " + state.string() +
                               " already; stop it first, or choose another folder with --state");
    throw std::system_error(why, std::generic_category(), "cannot lock " + lock_of(state).string());
  }
  std::filesystem::remove(file_of(state));  // of an engine that was killed
}

StateLock::~StateLock() {
  std::error_code ignored;
  std::filesystem::remove(file_of(state_), ignored);
  close(file_);
}

std::optional<Running> Running::on(const std::filesystem::path& state) {
  const auto holder = holder_of(state);
  std::ifstream file(file_of(state));
  if (!holder || !file) return {};
  Running running;
  running.process = *holder;
  for (std::string what, name, where; file >> what >> name >> where;) {
    if (what == "listens")
      running.ports[name] = static_cast<std::uint16_t>(std::stoi(where));
    else
      running.destinations[name] = where;
  }
  return running;
}

void Running::tell(const std::filesystem::path& state) const {
  std::string text;
  for (const auto& [name, port] : ports) text += "listens " + name + ' ' + std::to_string(port) + '\n';
  for (const auto& [name, destination] : destinations) text += "sends " + name + ' ' + destination + '\n';
  write_whole(file_of(state), text);
}

}  // namespace pons
