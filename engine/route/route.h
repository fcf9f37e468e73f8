#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/route/station.h"
#include "engine/route/step.h"

namespace pons {

/// One delivery that a route names under `to`.
struct Destination {
  std::string endpoint;  // "worklist" is built in
  Span span;
  std::vector<std::string>
      documents;  // of `send:`: "received", "merge.notice" or what a map built; several: one Bundle
  std::optional<Expr> when;
  std::optional<Each> each;
};

/// `route:` of routes/*.yaml, compiled: immutable, safe from many threads.
struct Route {
  std::string name;
  std::string from;  // an inlet, or "imaging-events"
  Span span;
  std::optional<Expr> when;
  std::vector<Expr> order_by;
  std::vector<RouteStep> steps;
  std::vector<Destination> to;
  Endpoint::Policy on_error = Endpoint::Policy::reject;
  std::vector<const Node*> tests;  // the maps below `tests:`

  bool takes_events() const { return from == "imaging-events"; }
};

/// What a route may name: all of the site, loaded before its routes.
struct SiteParts {
  std::map<std::string, Endpoint> endpoints;
  std::map<std::string, Station> stations;  // by AE title
  std::map<std::string, CodeTable> tables;
  std::map<std::string, Map> maps;
  std::map<std::string, Format> formats;
  std::map<std::string, Script> scripts;
  std::map<std::string, std::map<int, std::string>> z_segments;  // of all formats: {"ZDS": {1: "RP"}}
};

/// Findings E04xx for the route and its steps, and nothing when there is an error.
std::optional<Route> load_route(const Node& file, const SiteParts& parts, Findings& findings);

}  // namespace pons
