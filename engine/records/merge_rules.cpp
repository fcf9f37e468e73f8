#include "engine/records/merge_rules.h"

#include <utility>

namespace pons {

namespace {

std::string label(std::int64_t patient) {
  return "patient " + std::to_string(patient);
}

/// Whether the patient was merged into the other one, at once or by way of others.
bool leads_to(const Book& book, const Patient& patient, std::int64_t other) {
  for (const Patient* each = &patient; each->merged_into; each = book.patients.find(*each->merged_into))
    if (*each->merged_into == other) return true;
  return false;
}

/// What earlier merges say about this one: nothing to do, or a person must decide. Nothing: it can be carried out.
std::optional<Result<Merge>> earlier(const Book& book, const MergeClaim& claim) {
  const Patient* retired = book.bearer(claim.retired);
  const Patient* kept = book.bearer(claim.survivor.identifiers.front());
  if (!retired) return {};
  if (kept && kept->id == retired->id)
    return refused("both numbers already belong to one patient, who cannot be merged with itself", "MRG-1", 205);
  if (kept && leads_to(book, *kept, retired->id))
    return conflict(claim.survivor.identifiers.front().key() + " was merged into " + claim.retired.key() +
                        " earlier, the other way round: a person must decide",
                    "MRG-1");
  if (!retired->merged_into) return {};
  const std::int64_t now = book.survivor(retired->id).id;
  if (kept && book.survivor(kept->id).id == now) return Merge{now, retired->id, true, {}, {}, {}};
  return conflict(claim.retired.key() + " was merged into another patient earlier: a person must decide", "MRG-1");
}

/// The patient with this number, made where nobody knows it.
Patient known_or_new(Book& book, const Patient* known, const Identifier& identifier) {
  if (known) return *known;
  Patient patient;
  patient.id = book.new_id();
  patient.identifiers = {identifier};
  book.note({"patient", patient.id, "create", "named by a merge"});
  return book.patients.put(std::move(patient));
}

template <class Row>
std::vector<std::int64_t> move_all(Book& book, Table<Row>& table, const char* record, const Merge& merge) {
  std::vector<std::int64_t> moved;
  for (const Row* each : table.all([&](const Row& row) { return row.patient == merge.retired; })) {
    Row row = *each;
    row.patient = merge.survivor;
    moved.push_back(row.id);
    book.note({record, row.id, "move",
               std::string(record) + ' ' + std::to_string(row.id) + " from " + label(merge.retired) + " to " +
                   label(merge.survivor)});
    table.put(std::move(row));
  }
  return moved;
}

Result<Merge> carry_out(Book& book, const MergeClaim& claim) {
  const Identifier& name = claim.survivor.identifiers.front();
  Merge merge;
  merge.survivor = known_or_new(book, book.patient(name), name).id;
  Patient retired = known_or_new(book, book.bearer(claim.retired), claim.retired);
  merge.retired = retired.id;
  retired.merged_into = merge.survivor;
  book.patients.put(std::move(retired));
  book.note(
      {"patient", merge.retired, "merge",
       label(merge.retired) + " into " + label(merge.survivor) + ", by " + claim.retired.key() + " and " + name.key()});
  merge.orders = move_all(book, book.orders, "order", merge);
  merge.studies = move_all(book, book.studies, "study", merge);
  merge.reports = move_all(book, book.reports, "report", merge);
  move_all(book, book.performed_steps, "performed step", merge);
  // Last, since the claim may name numbers that the retired one bore.
  const auto survivor = reconcile_patient(book, claim.survivor);
  return survivor ? Result<Merge>(std::move(merge)) : Result<Merge>(survivor.fault());
}

}  // namespace

Result<Merge> reconcile_merge(Book& book, const MergeClaim& claim) {
  const auto& names = claim.survivor.identifiers;
  if (names.empty() || names.front().empty())
    return refused("there is no patient identifier of the one who stays", "PID-3", 101);
  if (claim.retired.empty()) return refused("there is no prior patient identifier", "MRG-1", 101);
  if (names.front() == claim.retired)
    return refused("a patient cannot be merged with itself: MRG-1 and PID-3 are the same", "MRG-1", 205);
  if (auto known = earlier(book, claim)) return *std::move(known);
  const Book::Mark before = book.mark();
  auto merge = carry_out(book, claim);
  if (!merge) book.undo_to(before);
  return merge;
}

}  // namespace pons
