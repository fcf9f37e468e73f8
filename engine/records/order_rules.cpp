#include "engine/records/order_rules.h"

#include <algorithm>

#include "engine/base/digest.h"

namespace pons {

namespace {

Result<const Order*> find_order(const Book& book, const OrderClaim& claim) {
  const Order* by_placer = book.order_by_placer(claim.placer);
  const Order* by_filler = book.order_by_filler(claim.filler);
  if (by_placer && by_filler && by_placer != by_filler)
    return conflict("the placer and the filler number belong to two different orders", "ORC-2");
  if (by_placer) return by_placer;
  if (by_filler) return by_filler;
  auto by_accession = book.orders_by_accession(claim.accession);
  // An order that is known by its accession alone takes the numbers; one that has numbers of its own is another one.
  if (!claim.placer.empty() || !claim.filler.empty())
    std::erase_if(by_accession, [](const Order* each) { return !each->placer.empty() || !each->filler.empty(); });
  if (by_accession.size() > 1)
    return conflict("several orders have this accession number, and there is no placer or filler number", "OBR-18");
  return by_accession.empty() ? nullptr : by_accession.front();
}

// Fills what is not known yet; a number that is known stands.
void add(Identifier& known, const Identifier& said) {
  if (known.empty()) known = said;
}

// The name under which an order's study UID is made: the filler's number leads, since the filler schedules.
std::string uid_name(const Order& order) {
  const Identifier& number = !order.filler.empty()   ? order.filler
                             : !order.placer.empty() ? order.placer
                                                     : order.accession;
  return number.key();
}

bool same(const Order& a, const Order& b) {
  return a.placer == b.placer && a.filler == b.filler && a.accession == b.accession && a.study_uid == b.study_uid &&
         a.requested_procedure_id == b.requested_procedure_id;
}

enum class Verdict { take, ignore, refuse };

Verdict judge(StepStatus known, StepStatus requested) {
  if (known == requested) return Verdict::take;
  if (requested == StepStatus::canceled && known != StepStatus::discontinued && known >= StepStatus::started)
    return Verdict::refuse;
  if (is_final(known)) return Verdict::ignore;
  if (known >= StepStatus::started && requested < known) return Verdict::ignore;
  return Verdict::take;
}

void take_over(std::string& known, const Said& said) {
  if (said) known = *said;
}

}  // namespace

Result<const Order*> reconcile_order(Book& book, const Patient& patient, const OrderClaim& claim) {
  if (claim.placer.empty() && claim.filler.empty() && claim.accession.empty())
    return refused("there is no placer, filler or accession number", "ORC-2", 101);
  const auto found = find_order(book, claim);
  if (!found) return found.fault();
  const Order* known = *found;
  if (!known && claim.ends) return refused("there is no such order to cancel", "ORC-2", 204);
  if (known && book.survivor(known->patient).id != patient.id)
    return conflict("the order belongs to another patient", "PID-3");
  Order order = known ? *known : Order{};
  if (!known) order.id = book.new_id();
  order.patient = patient.id;
  add(order.placer, claim.placer);
  add(order.filler, claim.filler);
  add(order.accession, claim.accession);
  if (order.requested_procedure_id.empty()) order.requested_procedure_id = claim.requested_procedure_id;
  if (!order.study_uid.empty() && !claim.study_uid.empty() && order.study_uid != claim.study_uid)
    return conflict("the order's study has another Study Instance UID", "ZDS-1");
  if (order.study_uid.empty()) order.study_uid = claim.study_uid.empty() ? uid_from(uid_name(order)) : claim.study_uid;
  if (known && same(*known, order)) return known;
  book.note({"order", order.id, known ? "update" : "create", "by order number"});
  return &book.orders.put(std::move(order));
}

std::string order_status(const Book& book, const Order& order) {
  const auto steps = book.steps_of(order.id);
  const auto any = [&](auto&& is) { return std::any_of(steps.begin(), steps.end(), is); };
  const auto any_is = [&](StepStatus status) { return any([&](const Step* each) { return each->status == status; }); };
  const bool completed = any_is(StepStatus::completed), discontinued = any_is(StepStatus::discontinued);
  if (any_is(StepStatus::started) || any_is(StepStatus::departed)) return "IP";
  if (steps.empty() || any([](const Step* each) { return !is_final(each->status); })) return completed ? "IP" : "SC";
  if (completed) return "CM";
  return discontinued ? "DC" : "CA";
}

const Step* find_step(const Book& book, std::int64_t order, const std::string& step_id) {
  if (const Step* step = book.step(order, step_id)) return step;
  const auto all = book.steps_of(order);
  return all.size() == 1 && (all.front()->step_id.empty() || step_id.empty()) ? all.front() : nullptr;
}

Result<const Step*> write_step(Book& book, const Order& order, const StepClaim& claim) {
  const Step* known = find_step(book, order.id, claim.step_id);
  Step step = known ? *known : Step{};
  if (!claim.step_id.empty()) step.step_id = claim.step_id;
  if (!known) {
    step.id = book.new_id();
    step.order = order.id;
    step.status = claim.requested;
  } else {
    switch (judge(known->status, claim.requested)) {
      case Verdict::refuse:
        return refused("the step is " + to_text(known->status) + " and can no longer be canceled", "ORC-1");
      case Verdict::ignore:
        book.note({"step", step.id, "ignore",
                   to_text(claim.requested) + " was asked for, but the step is " + to_text(known->status)});
        return known;
      case Verdict::take:
        step.status = claim.requested;
    }
  }
  take_over(step.modality, claim.modality);
  take_over(step.start_date, claim.start_date);
  take_over(step.start_time, claim.start_time);
  take_over(step.performing_physician, claim.performing_physician);
  if (claim.stations) step.stations = *claim.stations;
  step.item = claim.item;
  book.note({"step", step.id, known ? "update" : "create", to_text(step.status)});
  return &book.steps.put(std::move(step));
}

}  // namespace pons
