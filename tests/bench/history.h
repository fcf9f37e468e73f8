#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/connection.h"
#include "engine/base/digest.h"
#include "engine/base/time.h"

/// What a RIS and a HIS send, and a store in which a million of it are already.
namespace pons::bench {

constexpr double kBytesOfAMessage = 5120;  // on disk, with what it changed, indexes and WAL

/// Neighbours in number are no neighbours in the tables.
inline long patient_of(long number, long patients) {
  return number * 7919 % patients;
}

/// A new order of about 1 KB for one of so many patients, or every other time an update of the patient.
inline std::string message(long number, long patients) {
  const std::string n = std::to_string(number), patient = std::to_string(patient_of(number, patients));
  const std::string pid = "PID|1||M" + patient + "^^^HOSP^MR~99" + patient + "^^^NHS^NH||DOE^JANE||19800102|F|||" + n +
                          " High Street^^Town^^12345\r";
  const auto head = [&](const char* sender, const char* type) {
    return std::string("MSH|^~\\&|") + sender + "|NORTH|IMAGING|HOSP|20261124100000||" + type + "|C" + n + "|P|2.5\r";
  };
  if (number % 2 == 0)
    return head("HIS", "ADT^A08^ADT_A01") + "EVN||20261124100000\r" + pid + "PV1|1|I|RADX|||||D1^WHO^ALAN\rNTE|1||" +
           std::string(700, 'x') + "\r";
  return head("RIS", "ORM^O01") + pid + "PV1|1|I|RADX|||||D1^WHO^ALAN\rORC|NW|P" + n + "|F" + n +
         "||SC||^^^20261125093000\rOBR|1|P" + n + "|F" + n + "|CT1^CT head^L||||||||||||D1^WHO^ALAN||A" + n +
         "|R1|S1||||CT\rNTE|1||" + std::string(550, 'x') + "\r";
}

/// The rows that messages 1 to `count` left, spread over the last six days; their examinations are over.
class History final {
 public:
  History(long count, long patients) : count_(count), patients_(patients) {}

  /// The highest of their records' ids.
  long last_record() const { return step_id(count_); }

  void fill(Connection& connection) const {
    constexpr long kAtOnce = 20'000;
    connection.be_patient();
    connection.copy_all(of_patients(), "");
    for (long first = 1; first <= count_; first += kAtOnce)
      connection.copy_all(of_messages(first, std::min(count_ + 1, first + kAtOnce)), "");
    connection.run("SELECT setval('message_number', $1::bigint), setval('record_id', $2::bigint)",
                   {std::to_string(count_), std::to_string(last_record())});
    connection.script("VACUUM ANALYZE");
    connection.script("CHECKPOINT");  // so that it is over when something is measured
  }

 private:
  static constexpr const char* kTraces[] = {
      R"({"generation":"d18ec23444b7","routes":[{"route":"his-adt","took":true,"steps":["require","demographics: update"],)"
      R"("sent":["pacs-north-mllp: off"],"outcome":"done"}],"outcome":"done","faults":[]})",
      R"({"generation":"d18ec23444b7","routes":[{"route":"ris-orders","took":true,"steps":["require",)"
      R"("split IPC when exists(IPC) else OBR: OBR 1","reconcile patient: update","reconcile order: create",)"
      R"("map orm-to-worklist"],"sent":["worklist: SCHEDULED"],"outcome":"done"}],"outcome":"done","faults":[]})"};

  static long patient_id(long patient) { return patient + 1; }
  long order_id(long number) const { return patients_ + number; }
  long step_id(long number) const { return order_id(count_) + number; }
  Instant arrived(long number) const {
    return now_ - std::chrono::days(6) + Duration(std::chrono::days(6)) / count_ * number;
  }

  std::vector<CopyTable> of_patients() const {
    CopyText patient, identifier;
    for (long each = 0; each < patients_; ++each) {
      const long id = patient_id(each);
      const std::string number = std::to_string(each);
      patient.add(id).add("DOE^JANE").add("19800102").add("F").add(number + " High Street, Town, 12345");
      patient.add_null().end_row();
      identifier.add("HOSP").add("M" + number).add("MR").add(id).add(0L).end_row();
      identifier.add("NHS").add("99" + number).add("").add(id).add(1L).end_row();
    }
    return {{"COPY patient FROM STDIN", std::move(patient)},
            {"COPY patient_identifier FROM STDIN", std::move(identifier)}};
  }

  /// From `first` until before `end`.
  std::vector<CopyTable> of_messages(long first, long end) const {
    CopyText journal, key, trace, change, order, step;
    for (long number = first; number < end; ++number) {
      const bool is_order = number % 2 != 0;
      const std::string n = std::to_string(number), bytes = message(number, patients_),
                        time = to_rfc3339(arrived(number));
      journal.add(number).add(time).add("hl7").add(is_order ? "ris-mllp" : "his-mllp").add("127.0.0.1:40000");
      journal.add(bytea(bytes)).add("done").add("f").add("{}").end_row();
      key.add(key64(n)).add(bytea(sha256(bytes))).add(number).add(time);
      key.add(fmt::format(R"({{"message":{},"outcome":"done","text":"","unacceptable":false,"dicom_status":0,)"
                          R"("dicom_error_id":0,"dicom_attributes":[],"faults":[]}})",
                          number))
          .add("t")
          .end_row();
      trace.add(number).add(kTraces[is_order]).end_row();
      const long patient = patient_id(patient_of(number, patients_));
      change.add(number).add("patient").add(patient).add("update").add("by identifier").end_row();
      if (!is_order) continue;
      const std::string uid = uid_from("history " + n);
      change.add(number).add("order").add(order_id(number)).add("create").add("by order number").end_row();
      change.add(number).add("step").add(step_id(number)).add("create").add("SCHEDULED").end_row();
      order.add(order_id(number)).add(patient).add("P" + n).add("HOSP").add("F" + n).add("HOSP");
      order.add("A" + n).add("HOSP").add(uid).add("R1").end_row();
      step.add(step_id(number)).add(order_id(number)).add("S1").add("COMPLETED").add("CT").add("{CT1}");
      step.add("20261120").add("093000").add("").add(item(n, uid)).end_row();
    }
    return {{"COPY journal FROM STDIN", std::move(journal)},
            {"COPY journal_key FROM STDIN", std::move(key)},
            {"COPY trace (message, trace) FROM STDIN", std::move(trace)},
            {"COPY change FROM STDIN", std::move(change)},
            {"COPY imaging_order FROM STDIN", std::move(order)},
            {"COPY scheduled_step FROM STDIN", std::move(step)}};
  }

  static std::string item(const std::string& n, const std::string& uid) {
    return R"({"AccessionNumber":"A)" + n + R"(","StudyInstanceUID":")" + uid +
           R"(","RequestedProcedureID":"R1","RequestedProcedureDescription":"CT head","RequestedProcedureComments":")" +
           std::string(550, 'x') +
           R"(","ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledStationAETitle":"CT1",)"
           R"("ScheduledProcedureStepStartDate":"20261120","ScheduledProcedureStepStartTime":"093000",)"
           R"("ScheduledProcedureStepDescription":"CT head","ScheduledProcedureStepID":"S1"}]})";
  }

  const long count_, patients_;
  const Instant now_ = SystemClock().now();
};

}  // namespace pons::bench
