#pragma once

#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/message/parcel.h"
#include "engine/records/book.h"

namespace pons {

/// The lanes of a patient who was merged or got a number, and those that they join (records/joined_lanes.h).
class Joins final {
 public:
  explicit Joins(const Book& book);

  bool empty() const { return from_.empty(); }
  /// Selects whether anything waits in them.
  Statement look() const;
  /// Whether a parcel of the same batch is to wait there.
  bool concern(const Parcel& parcel) const;
  /// What waits there stands in the other lanes too; no courier may take a head or free a lane meanwhile.
  std::vector<Statement> statements() const;

 private:
  std::vector<std::string> from_, into_;
};

}  // namespace pons
