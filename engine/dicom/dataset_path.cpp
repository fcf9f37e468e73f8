#include "engine/dicom/dataset_path.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace pons::dicom {
namespace {

constexpr std::size_t kMostItems = 9999;

std::optional<std::size_t> item_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 4) return std::nullopt;
  std::size_t number = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  if (number == 0 || number > kMostItems) return std::nullopt;
  return number;
}

Fault unknown_name(std::string_view name, std::string_view path) {
  std::string near = nearest(name, keywords());
  std::string text = fmt::format("'{}' is no DICOM attribute", name);
  if (!near.empty()) text += fmt::format("; did you mean {}?", near);
  return refused(text, std::string(path));
}

Result<PathStep> parse_step(std::string_view text, std::string_view path) {
  PathStep step;
  std::string_view name = text;
  if (auto bracket = text.find('['); bracket != std::string_view::npos) {
    name = text.substr(0, bracket);
    std::string_view rest = text.substr(bracket + 1);
    if (rest.empty() || rest.back() != ']' || !(step.number = item_number(rest.substr(0, rest.size() - 1)))) {
      return refused(fmt::format("'{}': an item is named by a number from 1, as in [1]", text), std::string(path));
    }
  }
  if (auto attribute = find_attribute(name)) {
    step.tag = attribute->tag;
    step.vr = attribute->vr;
    return step;
  }
  auto tag = parse_tag(name);
  if (!tag) return unknown_name(name, path);
  step.tag = *tag;
  return step;
}

}  // namespace

Result<std::vector<PathStep>> parse_path(std::string_view path) {
  std::vector<PathStep> steps;
  for (std::string_view part : split(path, '.')) {
    auto step = parse_step(part, path);
    if (!step) return step.fault();
    if (!steps.empty() && !steps.back().vr.empty() && steps.back().vr != "SQ") {
      return refused(fmt::format("{} is no sequence: nothing is inside it", steps.back().tag.text()),
                     std::string(path));
    }
    steps.push_back(*step);
  }
  return steps;
}

}  // namespace pons::dicom
