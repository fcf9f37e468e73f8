#pragma once

#include <string>

namespace pons::test {

/// An order with one procedure, as the sample hospital's RIS sends it. The numbers say who and what.
struct OrderText {
  std::string control_id = "M1", patient = "M1", placer = "P1", filler = "F1", accession = "A1", step = "S1";
  std::string control = "NW", status = "SC", start = "20261125093000", section = "CT", name = "DOE^JANE";
  std::string facility = "NORTH", type = "ORM^O01", version = "2.3.1", charset = "";

  std::string bytes() const {
    return "MSH|^~\\&|ACMERIS|" + facility + "|IMAGING|HOSP|20261124100000||" + type + "|" + control_id + "|P|" +
           version + (charset.empty() ? "" : "||||||" + charset) + "\rPID|1||" +
           (patient.empty() ? "" : patient + "^^^HOSP^MR") + "||" + name + "||19800102|F" +
           "\rPV1|1|I|RADX|||||D1^WHO^ALAN" + "\rORC|" + control + "|" + placer + "|" + filler + "||" + status + "||" +
           (start.empty() ? "" : "^^^" + start) + "\rOBR|1|" + placer + "|" + filler + "|CT1^CT head^L||||||||||||||" +
           accession + "|R1|" + step + "||||" + section + "\r";
  }
};

}  // namespace pons::test
