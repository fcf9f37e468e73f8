#pragma once

#include <string>

#include "engine/records/book.h"
#include "engine/records/order_rules.h"

namespace pons::test {

/// A book with a counter for ids, and short words for what stands in it.
struct Clinic {
  std::int64_t last_id = 0;
  Book book{[this] { return ++last_id; }};

  std::int64_t patient(const std::string& number, const std::string& name = "DOE^JANE") {
    Patient made;
    made.id = book.new_id();
    made.identifiers = {{number, "HOSP", "MR"}};
    made.name = name;
    made.birth_date = "19800102";
    made.sex = "F";
    return book.patients.put(std::move(made)).id;
  }
  /// Order P<number>, F<number>, A<number> with the step S1 of study 1.2.<number>.
  std::int64_t order(std::int64_t of_patient, const std::string& number) {
    Order made;
    made.id = book.new_id();
    made.patient = of_patient;
    made.placer = {"P" + number, "HOSP", ""};
    made.filler = {"F" + number, "HOSP", ""};
    made.accession = {"A" + number, "HOSP", ""};
    made.study_uid = "1.2." + number;
    const std::int64_t id = book.orders.put(std::move(made)).id;
    step(id, "S1");
    return id;
  }
  std::int64_t step(std::int64_t of_order, const std::string& step_id) {
    Step made;
    made.id = book.new_id();
    made.order = of_order;
    made.step_id = step_id;
    return book.steps.put(std::move(made)).id;
  }

  std::string status(std::int64_t of_order, const std::string& step_id = "S1") const {
    return to_text(book.step(of_order, step_id)->status);
  }
  std::string order_status(std::int64_t id) const { return pons::order_status(book, *book.orders.find(id)); }
  void set(std::int64_t of_order, const std::string& step_id, StepStatus status) {
    Step step = *book.step(of_order, step_id);
    step.status = status;
    book.steps.put(std::move(step));
  }
  std::size_t questions() const {
    return book.questions.all([](const Question& each) { return each.open; }).size();
  }
  bool noted(const std::string& record, const std::string& action, const std::string& part = {}) const {
    for (const Change& each : book.changes())
      if (each.record == record && each.action == action && each.evidence.find(part) != std::string::npos) return true;
    return false;
  }
};

}  // namespace pons::test
