#pragma once

#include <string>
#include <vector>

#include "engine/route/site.h"

namespace pons {

/// How one of the site's own tests went.
struct TestOutcome {
  std::string name;
  Span span;                          // of its name
  std::vector<std::string> failures;  // what was wanted and what came; none: it passed
};

/// Runs the `tests:` of every route and map: the whole route, on a book of records that `having:` describes, at the
/// time that `at:` says; nothing is sent and no database is needed. `files` holds the samples beside the routes.
///
/// What a test may say: given (a sample, segments, or an event), change, having (patients, orders, worklist, studies),
/// at, expect (ack, ack_text, waited, patients, worklist, studies, and each endpoint: a list, a count, or none). The
/// world of a test for a route with `reconcile: report` holds the orders that its message reports on, unless having:
/// names orders itself.
std::vector<TestOutcome> run_tests(const Site& site, const SiteFiles& files);

}  // namespace pons
