#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <unordered_map>

#include "engine/message/subject.h"
#include "engine/records/book.h"

namespace pons {

/// Whom the identifiers of earlier batches meant, so that the next one can lock its patients without asking for them
/// first. A hint, no truth: what stands in the database is asked for again under the locks, and a message whose patient
/// turns out not to be locked is put back and forgotten here, so that it asks the next time. Safe from many threads.
class SeenPatients final {
 public:
  /// Adds the patients whom the subject names. False: it may lead to somebody who is not known here.
  bool find(const Subject& subject, std::set<std::int64_t>& patients) const;
  /// What the book says of the subject's identifiers.
  void remember(const Subject& subject, const Book& book);
  void forget(const Subject& subject);

 private:
  mutable std::mutex mutex_;                                 // guards patients_
  std::unordered_map<std::int64_t, std::int64_t> patients_;  // the survivors, by a digest of an identifier
};

}  // namespace pons
