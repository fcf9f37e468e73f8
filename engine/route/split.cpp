#include <algorithm>

#include "engine/route/loading.h"
#include "engine/route/run.h"

namespace pons {

namespace {

constexpr std::string_view kElse = " else ", kWhen = " when ";

/// A piece of a scalar as a scalar of its own, for a finding at its place.
Node piece(const Node& whole, std::size_t begin, std::size_t end) {
  Node part;
  part.text = whole.text.substr(begin, end - begin);
  part.span = whole.part(begin, end);
  return part;
}

std::optional<Split::Alternative> load_alternative(const Node& whole, std::size_t begin, std::size_t end,
                                                   Loading& loading) {
  const auto when = whole.text.find(kWhen, begin);
  const bool has_when = when != std::string::npos && when < end;
  Split::Alternative alternative{whole.text.substr(begin, (has_when ? when : end) - begin), {}};
  if (alternative.segment.size() != 3) {
    loading.findings.error("E0406", whole.part(begin, has_when ? when : end),
                           "\"" + alternative.segment + "\" is no segment to split by", "",
                           "write:  split: OBR      or      split: IPC when exists(IPC) else OBR");
    return {};
  }
  if (!has_when) return alternative;
  alternative.when = loading.compile(piece(whole, when + kWhen.size(), end));
  return alternative.when ? std::optional(alternative) : std::nullopt;
}

}  // namespace

std::optional<Verb> load_split(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"split", "name", "when"}, loading.findings);
  const Node& scalar = *step.find("split");
  Split verb;
  for (std::size_t begin = 0; begin <= scalar.text.size();) {
    const auto end = std::min(scalar.text.find(kElse, begin), scalar.text.size());
    auto alternative = load_alternative(scalar, begin, end, loading);
    if (!alternative) return {};
    verb.alternatives.push_back(*std::move(alternative));
    begin = end + kElse.size();
  }
  return verb;
}

Result<std::vector<hl7::Group>> groups_of(const Run& run, const Split& verb) {
  for (const Split::Alternative& each : verb.alternatives) {
    if (each.when) {
      const auto holds = each.when->holds(run.scope);
      if (!holds || !*holds) continue;
    }
    return hl7::split(*run.scope.message, each.segment);
  }
  return std::vector<hl7::Group>();
}

}  // namespace pons
