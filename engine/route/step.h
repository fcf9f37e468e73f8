#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/time.h"
#include "engine/expr/expr.h"
#include "engine/mapping/map.h"
#include "engine/records/rows.h"
#include "engine/route/endpoint.h"
#include "engine/route/script.h"

namespace pons {

/// The verbs of a route, compiled (LANGUAGE 1). Each has a file of its own that reads it and runs it.

/// `require:` named assertions; what fails is rejected, held, parked or dropped.
struct Require {
  struct Assertion {
    std::string name;
    Expr holds;
  };
  std::vector<Assertion> assertions;
  Endpoint::Policy otherwise = Endpoint::Policy::reject;
};

/// `split: IPC when exists(IPC) else OBR`: the steps that follow run once for each group.
struct Split {
  struct Alternative {
    std::string segment;
    std::optional<Expr> when;
  };
  std::vector<Alternative> alternatives;
};

/// `reconcile: patient`.
struct ReconcilePatient {
  hl7::Path match;
  const Map* with = nullptr;
  enum class Unknown { create, ignore, hold };
  Unknown unknown = Unknown::create;
  Endpoint::Policy conflict = Endpoint::Policy::hold;
};

/// `reconcile: order`.
struct ReconcileOrder {
  ReconcilePatient::Unknown unknown = ReconcilePatient::Unknown::create;
  Endpoint::Policy conflict = Endpoint::Policy::hold;
};

/// `reconcile: report`.
struct ReconcileReport {
  ReconcilePatient::Unknown unknown = ReconcilePatient::Unknown::hold;
  Endpoint::Policy conflict = Endpoint::Policy::hold;
};

/// `reconcile: merge`.
struct ReconcileMerge {
  hl7::Path survivor, retired;
  const Map* with = nullptr;
  Endpoint::Policy reversed = Endpoint::Policy::hold;
};

/// `enrich: {study: studies(AccessionNumber = OBR-18)}`: binds a record of our own tables.
struct Enrich {
  enum class Source { studies, worklist };
  std::string name;
  Source source = Source::studies;
  std::string key;  // "AccessionNumber" or "StudyInstanceUID"
  Expr value;
  std::optional<Duration> wait;  // `missing: {wait: 15m, then: continue}`; nothing: go on without it at once
  Endpoint::Policy then = Endpoint::Policy::drop;  // after the wait; see then_continues
  bool then_continues = true;
};

/// `map: orm-to-worklist`, `as: item`.
struct MapStep {
  const Map* map = nullptr;
  std::string as;
};

/// `script: acme_sections`, with its declared `in:` and `out:`.
struct ScriptStep {
  const Script* script = nullptr;
  std::string name;
  Expr input;
  std::vector<std::string> outputs;
};

struct RouteStep {
  std::string name;  // `name:`, else the verb
  Span span;
  std::optional<Expr> when;
  std::variant<Require, Split, ReconcilePatient, ReconcileOrder, ReconcileReport, ReconcileMerge, Enrich, MapStep,
               ScriptStep>
      verb;
};

}  // namespace pons
