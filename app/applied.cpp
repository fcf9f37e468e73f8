#include "app/applied.h"

#include <fstream>
#include <iterator>

#include "app/write_whole.h"

namespace pons {

namespace {

constexpr char kInForce[] = "in force", kRefused[] = "refused";

std::filesystem::path file_of(const std::filesystem::path& state) {
  return state / "applied";
}

}  // namespace

void Applied::tell(const std::filesystem::path& state) const {
  write_whole(file_of(state), std::string(is_in_force ? kInForce : kRefused) + '\n' + report);
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
