#include "engine/expr/compilation.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace pons {

namespace {

constexpr std::size_t kLettersPerEdit = 4;  // of a beginning

}  // namespace

void Compilation::error(const char* code, std::size_t begin, std::size_t end, std::string message, std::string label,
                        std::string help) {
  failed = true;
  if (++errors > kEnoughFindings) return;
  const std::size_t size = node.text.size();
  findings.error(code, node.part(std::min(begin, size), std::min(end, size)), std::move(message), std::move(label),
                 std::move(help));
}

std::string nearest_name(const std::string& word, const std::vector<std::string>& candidates) {
  if (std::string near = nearest(word, candidates); !near.empty()) return near;
  const std::size_t limit = word.size() / kLettersPerEdit;
  if (limit == 0) return {};
  for (const std::string& candidate : candidates) {
    if (candidate.size() < word.size()) continue;
    const auto distances =
        distances_to_beginnings(word, std::string_view(candidate).substr(0, word.size() + limit), limit);
    for (std::size_t length = word.size(); length < distances.size(); ++length)
      if (distances[length] <= limit) return candidate;
  }
  return {};
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = nearest_name(word, candidates);
  return near.empty() ? std::string() : "did you mean " + near + "?";
}

}  // namespace pons
