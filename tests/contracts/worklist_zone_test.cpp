#include <catch2/catch.hpp>

#include "adapters/dicom/inlet.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/worklist.h"
#include "engine/ports/store.h"
#include "tests/adapters/dicom/modality.h"
#include "tests/contracts/database.h"

using namespace pons;
using dicom::Dataset;
using test::database;

namespace {

const std::string kStep = "ScheduledProcedureStepSequence.";

struct NoCounter final : Counter {
  Receipt accept(Envelope) override { throw StoreLost("away"); }
};

/// A proposal of everything that PS3.4 K.5.1 has.
SOPClassExtendedNegotiationSubItemList* everything() {
  auto* item = new SOPClassExtendedNegotiationSubItem;
  item->sopClassUID = UID_FINDModalityWorklistInformationModel;
  item->serviceClassAppInfo = new unsigned char[4]{1, 1, 1, 1};
  item->serviceClassAppInfoLength = 4;
  auto* proposals = new SOPClassExtendedNegotiationSubItemList;
  proposals->push_back(item);
  return proposals;
}

/// A hospital in Berlin, an hour east of UTC in winter and two in summer, with one step; gone at the end.
class Berlin {
 public:
  Berlin(const std::string& date, const std::string& time, const std::string& end_time = "") {
    remove();
    connection_.script(
        "INSERT INTO patient VALUES (7000000000000, 'DOE^JANE', '19800102', 'F', '', NULL);"
        "INSERT INTO patient_identifier VALUES ('BERLIN', 'M1', 'MR', 7000000000000, 0);"
        "INSERT INTO imaging_order VALUES (7000000000000, 7000000000000, '', '', '', '', 'A1', '', '2.25.1', 'R1')");
    Dataset item;
    REQUIRE(item.put(kStep + "Modality", "CT"));
    REQUIRE(item.put(kStep + "ScheduledProcedureStepStartDate", date));
    REQUIRE(item.put(kStep + "ScheduledProcedureStepStartTime", time));
    if (!end_time.empty()) {
      REQUIRE(item.put(kStep + "ScheduledProcedureStepEndDate", date));
      REQUIRE(item.put(kStep + "ScheduledProcedureStepEndTime", end_time));
    }
    connection_.run(
        "INSERT INTO scheduled_step VALUES (7000000000000, 7000000000000, 'S1', 'SCHEDULED', 'CT', '{CT1}', $1, $2, '',"
        " $3)",
        {date, time, item.to_json()});
  }
  ~Berlin() { remove(); }

  /// "20261124 233000 +0000" of the step that is found; "" where none is, else the status of a refusal.
  std::string find(const std::string& date, const std::string& time, const std::string& offset,
                   const std::string& end_date = "", bool negotiates = true, const std::string& end_time = "") {
    DicomInlet inlet{{.stations = {{"CT1", "CT"}}, .zone = *Zone::named("Europe/Berlin")}, worklist_, counter_, clock_};
    Modality modality(inlet.port(), UID_LittleEndianExplicitTransferSyntax, nullptr,
                      negotiates ? everything() : nullptr);
    Dataset query;
    REQUIRE(query.put("TimezoneOffsetFromUTC", offset));
    REQUIRE(query.put("IssuerOfPatientID", "BERLIN"));
    REQUIRE(query.put("PatientBirthDate", "19800102"));
    REQUIRE(query.put(kStep + "ScheduledProcedureStepStartDate", date));
    REQUIRE(query.put(kStep + "ScheduledProcedureStepStartTime", time));
    REQUIRE(query.put(kStep + "ScheduledProcedureStepEndDate", end_date));
    REQUIRE(query.put(kStep + "ScheduledProcedureStepEndTime", end_time));
    const Answer answer = modality.find(query);
    if (answer.status() != 0xFF00) return answer.status() == 0 ? "" : std::to_string(answer.status());
    CHECK(modality.next().status() == 0);
    const auto found = *Dataset::from_bytes(answer.data_set);
    CHECK(found.text("PatientBirthDate") == "19800102");
    const std::string end = found.text_or_empty(kStep + "ScheduledProcedureStepEndDate") +
                            found.text_or_empty(kStep + "ScheduledProcedureStepEndTime");
    return found.text_or_empty(kStep + "ScheduledProcedureStepStartDate") + ' ' +
           found.text_or_empty(kStep + "ScheduledProcedureStepStartTime") + ' ' +
           found.text_or_empty("TimezoneOffsetFromUTC") + (end.empty() ? "" : " to " + end);
  }

 private:
  void remove() {
    connection_.script(
        "DELETE FROM scheduled_step WHERE id = 7000000000000; DELETE FROM imaging_order WHERE id = 7000000000000;"
        "DELETE FROM patient_identifier WHERE patient = 7000000000000; DELETE FROM patient WHERE id = 7000000000000");
  }

  Connection connection_{database().conninfo()};
  PostgresWorklist worklist_{database().conninfo()};
  NoCounter counter_;
  SystemClock clock_;
};

}  // namespace

TEST_CASE("a query at midnight asks for the day of its own zone, and is answered in it") {
  Berlin berlin("20261125", "003000");
  CHECK(berlin.find("20261124", "", "+0000") == "20261124 233000 +0000");
  CHECK(berlin.find("20261125", "", "+0000") == "");
  CHECK(berlin.find("20261125", "", "+0100") == "20261125 003000 +0100");
  CHECK(berlin.find("20261124", "", "-0500") == "20261124 183000 -0500");
  CHECK(berlin.find("20261125", "", "+1400") == "20261125 133000 +1400");
}

TEST_CASE("in another zone, a range of days and times is one interval, and a time alone is one of each day") {
  Berlin berlin("20261125", "0030");
  CHECK(berlin.find("20261124-20261125", "2300-0100", "+0000") == "20261124 2330 +0000");
  CHECK(berlin.find("20261124-20261124", "2331-2359", "+0000") == "");
  CHECK(berlin.find("20261101-20261130", "233000", "+0000") == "20261124 2330 +0000");
  CHECK(berlin.find("20261101-20261130", "003000", "+0000") == "");
  CHECK(berlin.find("", "2300-2359", "+0000") == "20261124 2330 +0000");
  CHECK(berlin.find("", "0000-0100", "+0000") == "");
  CHECK(berlin.find("20261125-", "", "+0000") == "");
  CHECK(berlin.find("-20261124", "", "+0000") == "20261124 2330 +0000");
}

TEST_CASE("the hospital's clock is the one of the step's own day, in summer and winter") {
  Berlin berlin("20260725", "003000.5");
  CHECK(berlin.find("20260724", "", "+0000") == "20260724 223000.5 +0000");
}

TEST_CASE("an end has a zone as well, and a day without a time is the same day everywhere") {
  {
    Berlin berlin("20261125", "003000", "004500");
    CHECK(berlin.find("", "", "+0000", "20261124") == "20261124 233000 +0000 to 20261124234500");
    CHECK(berlin.find("", "", "+0000", "20261125") == "");
    CHECK(berlin.find("", "", "+0000", "", true, "2345") == "20261124 233000 +0000 to 20261124234500");
    CHECK(berlin.find("", "", "+0000", "", true, "0045") == "");
  }
  Berlin berlin("20261125", "");
  CHECK(berlin.find("20261125", "", "-0500") == "20261125  -0500");
}

TEST_CASE("without the negotiation, or without an offset, dates and times are the hospital's") {
  Berlin berlin("20261125", "003000");
  CHECK(berlin.find("20261125", "", "+0000", "", false) == "20261125 003000 ");
  CHECK(berlin.find("20261125", "", "") == "20261125 003000 ");
}

TEST_CASE("an offset that cannot be read is refused") {
  Berlin berlin("20261125", "003000");
  for (const std::string offset : {"+1500", "0100", "+01:00", "+0160", "UTC"})
    CHECK(berlin.find("20261125", "", offset) == std::to_string(0xA900));
}
