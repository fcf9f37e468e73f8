#pragma once

#include "engine/base/result.h"
#include "engine/records/book.h"

namespace pons {

/// What an ORU's order group says about its report.
struct ReportClaim {
  std::vector<Identifier> patient;  // PID-3; one of them must name the order's patient
  Identifier filler, placer, accession;
  ReportStatus status = ReportStatus::preliminary;
};

/// What became of a report. Exactly one of the three.
struct ReportVerdict {
  enum class Kind {
    taken,       // `report` is written
    unknown,     // nobody knows its order: the route decides (hold, create, ignore)
    superseded,  // a higher status went before: nothing is written, nothing leaves
  };
  Kind kind = Kind::taken;
  std::int64_t report = 0, order = 0;  // row ids; 0 where unknown
  std::string text;                    // why, for a person
};

/// Holds a report to its patient and order: found by filler number, then placer, then an accession that names one
/// order. P, F, C and X are kept apart; the same status again is taken, a lower one never follows a higher one
/// (HL7 table 0123). `create`: an order nobody knows is made.
/// Refused: no filler number, no patient. Conflict: the order belongs to another patient, or the numbers lead to two
/// orders.
Result<ReportVerdict> reconcile_report(Book& book, const ReportClaim& claim, bool create);

}  // namespace pons
