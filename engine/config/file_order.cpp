#include "engine/config/file_order.h"

#include <algorithm>
#include <map>
#include <string>

namespace pons {

namespace {

Span place(const Finding& finding) {
  return finding.labels.empty() ? Span{} : finding.labels.front().span;
}

std::string path(const Finding& finding) {
  const Span at = place(finding);
  return at.source ? at.source->path : std::string{};
}

}  // namespace

std::vector<const Finding*> in_file_order(const Findings& findings) {
  std::map<std::string, std::size_t> rank;
  std::vector<const Finding*> ordered;
  for (const Finding& finding : findings.all()) {
    rank.emplace(path(finding), rank.size());
    ordered.push_back(&finding);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [&](const Finding* a, const Finding* b) {
    const std::size_t left = rank.at(path(*a)), right = rank.at(path(*b));
    return left != right ? left < right : place(*a).begin < place(*b).begin;
  });
  return ordered;
}

std::string to_text(const Findings& findings) {
  std::string out;
  for (const Finding* finding : in_file_order(findings)) {
    if (!out.empty()) out += '\n';
    out += to_text(*finding);
  }
  return out;
}

}  // namespace pons
