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
  running.process = pid;
  for (std::string what, name, where; file >> what >> name >> where;) {
    if (what == "listens")
      running.ports[name] = static_cast<std::uint16_t>(std::stoi(where));
    else
      running.destinations[name] = where;
  }
  return running;
}

RunningFile::RunningFile(const std::filesystem::path& state, const Running& running) : path_(file_of(state)) {
  write(running);
}

void RunningFile::write(const Running& running) const {
  // A reader finds the whole file or none.
  const std::filesystem::path fresh = path_.string() + ".new";
  std::ofstream file(fresh);
  file << getpid() << '\n';
  for (const auto& [name, port] : running.ports) file << "listens " << name << ' ' << port << '\n';
  for (const auto& [name, destination] : running.destinations) file << "sends " << name << ' ' << destination << '\n';
  file.close();
  std::filesystem::rename(fresh, path_);
}

RunningFile::~RunningFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace pons
