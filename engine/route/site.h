#pragma once

#include <map>
#include <string>

#include "engine/message/envelope.h"
#include "engine/message/subject.h"
#include "engine/ports/store.h"
#include "engine/records/book.h"
#include "engine/route/reading.h"

namespace pons {

/// What the hospital wants done with what arrives: immutable, shared by all workers, without threads or I/O.
///
/// The order route of the sample hospital is built in: ORM, OMG and OMI from NORTH and SOUTH become worklist items.
class Site {
 public:
  explicit Site(std::map<std::string, Endpoint> endpoints) : endpoints_(std::move(endpoints)) {}

  /// What the envelope names; only its identity when it cannot be read.
  Subject subject(const Envelope& envelope) const;

  /// Runs the routes over the records. On a refusal the book is as it was.
  Decision decide(const Envelope& envelope, Book& book) const;

 private:
  const Endpoint& endpoint(const std::string& name) const;

  std::map<std::string, Endpoint> endpoints_;
};

}  // namespace pons
