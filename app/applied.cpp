#include "app/applied.h"

#include <fstream>
#include <iterator>

namespace pons {

namespace {

constexpr char kInForce[] = "in force", kRefused[] = "refused";

std::filesystem::path file_of(const std::filesystem::path& state) {
  return state / "applied";
}

}  // namespace

void Applied::tell(const std::filesystem::path& state) const {
  // A reader finds the whole file or none.
  const std::filesystem::path fresh = file_of(state).string() + ".new";
  std::ofstream(fresh) << (is_in_force ? kInForce : kRefused) << '\n' << report;
  std::filesystem::rename(fresh, file_of(state));
}

std::optional<Applied> Applied::on(const std::filesystem::path& state) {
  std::ifstream file(file_of(state));
  std::string outcome;
  if (!std::getline(file, outcome)) return {};
  return Applied{outcome == kInForce, {std::istreambuf_iterator<char>(file), {}}};
}

void Applied::forget(const std::filesystem::path& state) {
  std::filesystem::remove(file_of(state));
}

}  // namespace pons
