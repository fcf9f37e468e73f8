#include "adapters/file/site_folder.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace pons {

namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

void read_folder(const fs::path& root, const fs::path& folder, Files& files) {
  if (!fs::is_directory(root / folder)) return;
  for (const auto& entry : fs::directory_iterator(root / folder))
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.'))
      files[(folder / entry.path().filename()).generic_string()] = read_file(entry.path());
}

}  // namespace

Files read_site(const fs::path& folder) {
  if (!fs::is_directory(folder / "routes"))
    throw std::runtime_error(folder.string() + " is no site: it has no routes/ folder");
  Files files;
  for (const char* each : {"routes", "routes/samples", "mappings", "mappings/formats", "mappings/scripts"})
    read_folder(folder, each, files);
  return files;
}

}  // namespace pons
