#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/config/finding.h"
#include "engine/message/envelope.h"
#include "engine/message/subject.h"
#include "engine/ports/store.h"
#include "engine/route/route.h"

namespace pons {

/// The files of a site by their path from its folder: "routes/ris-orders.yaml", "mappings/scripts/dose.lua".
using SiteFiles = std::map<std::string, std::string>;

/// What the hospital wants done with what arrives: one checked generation of the configuration, immutable, shared by
/// all workers, without threads or I/O.
class Site {
 public:
  /// Reads, checks and compiles everything, by the same code for `pons check` and `pons run`. Null when there are
  /// errors.
  static std::shared_ptr<const Site> load(const SiteFiles& files, const Lookup& lookup, Findings& findings);

  /// Twelve hexadecimal digits that tell these files from any others.
  const std::string& generation() const { return generation_; }
  const std::map<std::string, Endpoint>& endpoints() const { return parts_.endpoints; }
  const SiteParts& parts() const { return parts_; }
  const std::vector<Route>& routes() const { return routes_; }
  /// Null for a name that the site has not.
  const Endpoint* endpoint(std::string_view name) const;
  const Format* format_of(const Endpoint& endpoint) const;

  /// What the message may be a later answer to: of each endpoint whose answers come at its inlet.
  std::vector<std::int64_t> answered_by(const Envelope& envelope, const hl7::Message& message) const;

  /// What the envelope names; only its identity when it cannot be read.
  Subject subject(const Envelope& envelope) const;

  /// Runs the routes over the records. What is refused leaves the book as it was; a route that is set aside leaves its
  /// pending run there. Nothing: the envelope is a run that starts again and has ended already.
  std::optional<Decision> decide(const Envelope& envelope, Book& book, Instant now) const;

 private:
  friend class SiteLoader;
  Site() = default;
  Subject subject_of_hl7(const Envelope& envelope) const;
  Subject subject_of_mpps(const Envelope& envelope) const;
  /// Adds whose sequence numbers are followed.
  void follow_sequence(Subject& subject, const Envelope& envelope, const hl7::Message& message) const;
  static Subject subject_of_availability(const Envelope& envelope);
  static Subject subject_of_stored(const Envelope& envelope);
  static Subject subject_of_commitment(const Envelope& envelope);

  std::string generation_;
  std::vector<std::shared_ptr<const Source>> sources_;
  std::vector<std::unique_ptr<Node>> nodes_;
  SiteParts parts_;
  std::vector<Route> routes_;
};

}  // namespace pons
