#pragma once

#include "engine/config/node.h"
#include "engine/records/book.h"
#include "engine/route/site.h"

namespace pons {

/// The records that a test begins with.
class TestWorld {
 public:
  /// `given` is the message that the test sends, or null for an event: it says whose records `having` means where that
  /// says nothing, and with which authority.
  TestWorld(const Site& site, const Route& route, const hl7::Message* given);

  void have(const Node& having);
  /// Patients and orders of the message itself.
  void know_orders_of_message();

  Book& book() { return book_; }

 private:
  Patient& patient(const std::string& number);
  std::int64_t patient_of(const Node& row);
  void have_patient(const Node& row);
  void have_order(const Node& row);
  void have_item(const Node& row);
  void have_study(const Node& row);
  std::int64_t put_order(Order order);

  const Site& site_;
  const Route& route_;
  const hl7::Message* given_;
  std::string number_authority_, patient_authority_, default_patient_;
  std::int64_t last_id_ = 0;
  Book book_{[this] { return ++last_id_; }};
  std::map<std::string, Patient> patients_;
};

}  // namespace pons
