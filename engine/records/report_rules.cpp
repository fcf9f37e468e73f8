#include "engine/records/report_rules.h"

#include <algorithm>

#include "engine/records/order_rules.h"

namespace pons {

namespace {

/// The order that the claim's numbers name; null where none does, or only an accession that several orders share.
Result<const Order*> find_order(const Book& book, const ReportClaim& claim) {
  const Order* by_filler = book.order_by_filler(claim.filler);
  const Order* by_placer = book.order_by_placer(claim.placer);
  if (by_filler && by_placer && by_filler != by_placer)
    return conflict("the filler and the placer number belong to two different orders", "OBR-2");
  if (by_filler) return by_filler;
  if (by_placer) return by_placer;
  const auto by_accession = book.orders_by_accession(claim.accession);
  return by_accession.size() == 1 ? by_accession.front() : nullptr;
}

/// The order by its numbers, which must be the one that the report had before.
Result<const Order*> order_of(const Book& book, const ReportClaim& claim, const Report* known) {
  auto found = find_order(book, claim);
  if (!found || !known) return found;
  const Order* before = book.orders.find(known->order);
  if (*found && before && *found != before)
    return conflict("the report belonged to another order so far: a person must decide", "OBR-3");
  return *found ? *found : before;
}

/// One of the claim's identifiers names the order's patient, and none names somebody else.
bool is_of_patient(const Book& book, const ReportClaim& claim, std::int64_t patient) {
  bool named = false;
  for (const Identifier& each : claim.patient) {
    const Patient* found = book.patient(each);
    if (found && found->id != patient) return false;
    named = named || found;
  }
  return named;
}

Result<const Order*> make_order(Book& book, const ReportClaim& claim) {
  PatientClaim said;
  said.identifiers = claim.patient;
  const auto patient = reconcile_patient(book, said);
  if (!patient) return patient.fault();
  OrderClaim order;
  order.placer = claim.placer;
  order.filler = claim.filler;
  order.accession = claim.accession;
  return reconcile_order(book, **patient, order);
}

ReportVerdict unknown(const Book& book, const ReportClaim& claim) {
  const bool shared = book.orders_by_accession(claim.accession).size() > 1;
  return {ReportVerdict::Kind::unknown, 0, 0,
          shared ? "several orders have the accession number " + claim.accession.key() +
                       ", and none has the filler number " + claim.filler.key()
                 : "there is no order with the filler number " + claim.filler.key()};
}

ReportVerdict write(Book& book, const ReportClaim& claim, const Order& order, const Report* known) {
  Report report = known ? *known : Report{};
  if (known)
    ++report.version;
  else
    report.id = book.new_id();
  report.filler = claim.filler;
  report.order = order.id;
  report.patient = book.survivor(order.patient).id;
  report.status = claim.status;
  const std::string text = to_text(report.status) + ", version " + std::to_string(report.version);
  book.note({"report", report.id, known ? "update" : "create", text + ", by filler number " + claim.filler.key()});
  book.reports.put(report);
  return {ReportVerdict::Kind::taken, report.id, report.order, text};
}

}  // namespace

Result<ReportVerdict> reconcile_report(Book& book, const ReportClaim& claim, bool create) {
  if (claim.filler.empty()) return refused("there is no filler order number", "OBR-3", 101);
  if (claim.patient.empty()) return refused("there is no patient identifier", "PID-3", 101);
  const Report* known = book.report(claim.filler);
  auto order = order_of(book, claim, known);
  if (!order) return order.fault();
  if (!*order) {
    if (!create) return unknown(book, claim);
    order = make_order(book, claim);
    if (!order) return order.fault();
  }
  if (!is_of_patient(book, claim, book.survivor((*order)->patient).id))
    return conflict("the order belongs to another patient", "PID-3");
  if (known && claim.status < known->status) {
    const std::string text = to_text(claim.status) + " came after " + to_text(known->status);
    book.note({"report", known->id, "ignore", text});
    return ReportVerdict{ReportVerdict::Kind::superseded, known->id, known->order, text};
  }
  return write(book, claim, **order, known);
}

}  // namespace pons
