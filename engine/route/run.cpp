#include "engine/route/run.h"

#include <span>

#include "engine/route/naming.h"

namespace pons {

namespace {

Stop::Kind kind_of(Endpoint::Policy policy) {
  switch (policy) {
    case Endpoint::Policy::reject:
      return Stop::Kind::reject;
    case Endpoint::Policy::hold:
      return Stop::Kind::hold;
    case Endpoint::Policy::park:
      return Stop::Kind::park;
    case Endpoint::Policy::drop:
      break;
  }
  return Stop::Kind::drop;
}

Next run_from(Run& run, std::size_t index);

/// What a group binds ends with the group.
class GroupBindings {
 public:
  explicit GroupBindings(Run& run)
      : run_(run),
        names_(run.scope.names.size()),
        built_(run.built.size()),
        order_(run.order),
        group_(run.scope.group) {}
  ~GroupBindings() {
    run_.scope.names.resize(names_);
    run_.built.resize(built_);
    run_.order = order_;
    run_.scope.group = group_;
  }
  GroupBindings(const GroupBindings&) = delete;
  GroupBindings& operator=(const GroupBindings&) = delete;

 private:
  Run& run_;
  const std::size_t names_, built_;
  const std::int64_t order_;
  const hl7::Group* const group_;
};

Next run_groups(Run& run, const RouteStep& step, const Split& split, std::size_t next) {
  const auto groups = groups_of(run, split);
  if (!groups) return stop_for(run, groups.fault());
  if (groups->empty())
    return stop_for(run, refused("there is no " + split.alternatives.back().segment + " to split by",
                                 split.alternatives.back().segment, 100));
  run.did(step, groups->front().name + ' ' + std::to_string(groups->size()));
  for (const hl7::Group& group : *groups) {
    const GroupBindings bindings(run);
    run.scope.group = &group;
    if (Next stop = run_from(run, next)) return stop;
  }
  return {};
}

Next run_from(Run& run, std::size_t index) {
  for (; index < run.route.steps.size(); ++index) {
    const RouteStep& step = run.route.steps[index];
    if (step.when) {
      const auto wanted = step.when->holds(run.scope);
      if (!wanted) return stop_for(run, wanted.fault());
      if (!*wanted) continue;
    }
    if (const auto* split = std::get_if<Split>(&step.verb)) return run_groups(run, step, *split, index + 1);
    Next stop = std::visit(
        [&](const auto& verb) -> Next {
          if constexpr (std::is_same_v<std::decay_t<decltype(verb)>, Split>)
            return {};
          else
            return run_step(run, step, verb);
        },
        step.verb);
    if (stop) return stop;
  }
  return deliver(run);
}

}  // namespace

Stop stop_for(const Run&, Fault fault, Endpoint::Policy policy) {
  return {kind_of(policy), std::move(fault), {}, {}, {}};
}

Stop stop_for(const Run& run, Fault fault) {
  return stop_for(run, std::move(fault), run.route.on_error);
}

Stop stop_for_conflict(const Run& run, Fault fault, Endpoint::Policy policy, std::string record) {
  if (fault.kind != Fault::Kind::conflict) return stop_for(run, std::move(fault), Endpoint::Policy::reject);
  Stop stop = stop_for(run, std::move(fault), policy);
  stop.question = std::move(record);
  return stop;
}

Result<std::vector<std::string>> lanes_of(const Route& route, const Scope& scope) {
  std::vector<std::string> lanes;
  for (const Expr& each : route.order_by) {
    auto value = each.value(scope);
    if (!value) return value.fault();
    const bool is_list = value->kind() == Value::Kind::list;
    for (const Value& item : is_list ? std::span(value->items()) : std::span<const Value>(&*value, 1)) {
      if (!item.has_value()) continue;
      std::string key = item.as_text();
      // A number alone names nobody: the authority belongs to the key.
      if (item.kind() == Value::Kind::field && item.as_field().datatype == "CX")
        key += '^' + item.as_field().part(4, 1);
      lanes.push_back(route.name + '|' + key);
    }
  }
  if (lanes.empty() && !route.order_by.empty()) {
    const Expr& wanted = route.order_by.front();
    Fault fault = refused("there is no " + wanted.text() + " to keep the order by",
                          wanted.paths().empty() ? "" : wanted.paths().front().to_text(), 101);
    fault.line = wanted.span().where();
    return fault;
  }
  return lanes;
}

std::int64_t known_patient(const Book& book, const Scope& scope) {
  for (const Identifier& each : named_patient(*scope.message, scope.charset))
    if (const Patient* patient = book.patient(each)) return patient->id;
  return 0;
}

Next run_route(Run& run) {
  Next stop = run_from(run, 0);
  if (!stop) add_lanes_of_all(run);
  return stop;
}

}  // namespace pons
