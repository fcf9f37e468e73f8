#include "app/running.h"

#include <signal.h>
#include <unistd.h>

#include <fstream>

namespace pons {

namespace {

std::filesystem::path file_of(const std::filesystem::path& state) {
  return state / "running";
}

}  // namespace

std::optional<Running> Running::on(const std::filesystem::path& state) {
  std::ifstream file(file_of(state));
  pid_t pid = 0;
  if (!(file >> pid) || kill(pid, 0) != 0) return {};
  Running running;
  std::string name;
  std::uint16_t port = 0;
  while (file >> name >> port) running.ports[name] = port;
  return running;
}

RunningFile::RunningFile(const std::filesystem::path& state, const Running& running) : path_(file_of(state)) {
  // A reader finds the whole file or none.
  const std::filesystem::path fresh = path_.string() + ".new";
  std::ofstream file(fresh);
  file << getpid() << '\n';
  for (const auto& [name, port] : running.ports) file << name << ' ' << port << '\n';
  file.close();
  std::filesystem::rename(fresh, path_);
}

RunningFile::~RunningFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace pons
