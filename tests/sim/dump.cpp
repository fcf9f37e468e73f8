#include "tests/sim/dump.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace pons::sim {

namespace {

/// The names of rows, by their ids.
using Names = std::map<std::int64_t, std::string>;

std::string joined(std::vector<std::string> all) {
  std::sort(all.begin(), all.end());
  return fmt::format("{}", fmt::join(all, ","));
}

class Dump {
 public:
  explicit Dump(const MemoryStore& store) : store_(store) {
    for (const Patient& each : store.patients()) patients_[each.id] = each.identifiers.front().key();
    for (const Order& each : store.orders()) orders_[each.id] = each.filler.key() + '/' + each.placer.key();
    for (const Step& each : store.steps()) steps_[each.id] = orders_.at(each.order) + '/' + each.step_id;
  }

  std::string text() {
    for (const Patient& each : store_.patients()) add(each);
    for (const Order& each : store_.orders()) add(each);
    for (const Step& each : store_.steps()) add(each);
    for (const Report& each : store_.reports()) add(each);
    for (const Study& each : store_.studies()) add(each);
    for (const PerformedStep& each : store_.performed_steps()) add(each);
    for (const Question& each : store_.questions()) lines_.insert("question " + each.record);
    for (const PendingRun& each : store_.runs())
      lines_.insert(fmt::format("run {} {} {}", each.route, joined(each.lanes), to_text(each.state)));
    return fmt::format("{}\n", fmt::join(lines_, "\n"));
  }

 private:
  static std::string name(const Names& names, std::int64_t id) { return id == 0 ? "nobody" : names.at(id); }

  void add(const Patient& each) {
    std::vector<std::string> identifiers;
    for (const Identifier& number : each.identifiers) identifiers.push_back(number.key());
    lines_.insert(fmt::format("patient {} {} {} {} {} into {}", joined(identifiers), each.name, each.birth_date,
                              each.sex, each.address, name(patients_, each.merged_into.value_or(0))));
  }
  void add(const Order& each) {
    lines_.insert(fmt::format("order {} of {} accession {} study {} procedure {}", orders_.at(each.id),
                              name(patients_, each.patient), each.accession.key(), each.study_uid,
                              each.requested_procedure_id));
  }
  void add(const Step& each) {
    lines_.insert(fmt::format("step {} {} {} {} {} {} {} {}", steps_.at(each.id), to_text(each.status), each.modality,
                              joined(each.stations), each.start_date, each.start_time, each.performing_physician,
                              each.item));
  }
  void add(const Report& each) {
    lines_.insert(fmt::format("report {} of {} order {} {} version {}", each.filler.key(),
                              name(patients_, each.patient), name(orders_, each.order), to_text(each.status),
                              each.version));
  }
  void add(const Study& each) {
    std::vector<std::string> series;
    for (const Series& one : each.series) series.push_back(one.series_uid + ' ' + std::to_string(one.instances));
    lines_.insert(fmt::format("study {} of {} order {} accession {} series {}", each.study_uid,
                              name(patients_, each.patient), name(orders_, each.order), each.accession.key(),
                              joined(series)));
  }
  void add(const PerformedStep& each) {
    std::vector<std::string> steps;
    for (const std::int64_t id : each.steps) steps.push_back(name(steps_, id));
    lines_.insert(fmt::format("performed {} {} of {} steps {} {}", each.uid, to_text(each.status),
                              name(patients_, each.patient), joined(steps), each.dataset));
  }

  const MemoryStore& store_;
  Names patients_, orders_, steps_;
  std::multiset<std::string> lines_;
};

}  // namespace

std::string dump(const MemoryStore& store) {
  return Dump(store).text();
}

}  // namespace pons::sim
