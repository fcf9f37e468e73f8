#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/message/envelope.h"
#include "engine/message/parcel.h"
#include "engine/records/book.h"
#include "engine/route/route.h"
#include "engine/route/trace.h"

namespace pons {

/// Why a run ends before its end.
struct Stop {
  enum class Kind { reject, hold, wait, park, drop };

  Kind kind = Kind::reject;
  Fault fault;
  std::optional<Instant> due;         // of a wait
  std::vector<std::string> wakes_on;  // of a hold or a wait: the keys of what it waits for
  std::string question;               // a record that a person must decide about: "patient"; empty: none
};

/// Continue, or why not.
using Next = std::optional<Stop>;

/// A document that a route sends, before it is wrapped for its endpoint; tests look at it.
struct Sent {
  std::string endpoint;
  std::shared_ptr<const Document> document;
};

/// One route's run over one message: what its steps have bound and decided. Lives for one call of Site::decide.
struct Run {
  const SiteParts& parts;
  const Route& route;
  const Endpoint* inlet;  // null: an event of the engine's own
  const Envelope& envelope;
  Book& book;
  Instant since;  // when it was first set aside, else now

  Scope scope;
  /// What maps have built, by the name in `as:`, and the map it came from.
  struct Built {
    std::string name;
    std::shared_ptr<const Document> document;
    const Map* map;
  };
  std::vector<Built> built = {};
  std::int64_t patient = 0, retired = 0, order = 0;  // records bound by reconcile; 0: none

  std::vector<std::string> lanes = {};  // of order_by: "ris-orders|M1^HOSP"
  std::vector<Parcel> parcels = {};
  std::vector<Sent> sent = {};
  std::vector<std::string> received_by = {};       // endpoints that `send: received` has gone to: once a message
  std::vector<std::size_t> received_parcels = {};  // which of `parcels` they are
  bool sends_when_off = false;                     // tests see what would go to an endpoint that is off here
  int control_ids = 0;                             // given so far
  RouteTrace trace = {};

  std::string authority() const { return inlet ? inlet->authority : std::string(); }
  void did(const RouteStep& step, const std::string& what) {
    trace.steps.push_back(what.empty() ? step.name : step.name + ": " + what);
  }
};

/// The keys of `order_by`; a Fault when a message has none.
Result<std::vector<std::string>> lanes_of(const Route& route, const Scope& scope);

/// The patient whom PID-3 names, where we know one; 0: we know nobody. His parcels share a lane even on routes that
/// reconcile nothing.
std::int64_t known_patient(const Book& book, const Scope& scope);

/// Runs the steps from the first and what follows them under `to`.
Next run_route(Run& run);

/// One of the verbs; each is in the file of its name.
Next run_step(Run& run, const RouteStep& step, const Require& verb);
Next run_step(Run& run, const RouteStep& step, const ReconcilePatient& verb);
Next run_step(Run& run, const RouteStep& step, const ReconcileOrder& verb);
Next run_step(Run& run, const RouteStep& step, const ReconcileReport& verb);
Next run_step(Run& run, const RouteStep& step, const ReconcileMerge& verb);
Next run_step(Run& run, const RouteStep& step, const Enrich& verb);
Next run_step(Run& run, const RouteStep& step, const MapStep& verb);
Next run_step(Run& run, const RouteStep& step, const ScriptStep& verb);

/// The groups of a split; empty: the message has none, which is refused.
Result<std::vector<hl7::Group>> groups_of(const Run& run, const Split& verb);

/// Sends what the route names under `to`, for the group at hand.
Next deliver(Run& run);

/// A message as received is about everybody whom it names, each pair of a merge too: its parcels stand in their lanes.
/// After the last group, since until then they may be unknown.
void add_lanes_of_all(Run& run);

/// The stop for a Fault, as the verb's policy says; what a policy does not say is `on_error`'s.
Stop stop_for(const Run& run, Fault fault, Endpoint::Policy policy);
Stop stop_for(const Run& run, Fault fault);
/// A conflict of two records: the policy, and a question for a person.
Stop stop_for_conflict(const Run& run, Fault fault, Endpoint::Policy policy, std::string record);

}  // namespace pons
