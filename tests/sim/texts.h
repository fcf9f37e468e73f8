#pragma once

#include <string>

namespace pons::sim {

/// What the hospital's systems write. The numbers say who and what.
struct Person {
  std::string number;  // MRN
  std::string name;    // "DOE^JANE"
};

struct Exam {
  std::string placer, filler, accession, step;
  std::string section = "CT";  // OBR-24
  std::string start;           // "20261125093000"
  bool is_urgent = false;
};

std::string adt(const std::string& control_id, const std::string& event, const Person& person,
                const std::string& retired = "");
/// `control`: "NW", "XO" or "CA".
std::string order(const std::string& control_id, const std::string& control, const Person& person, const Exam& exam);
/// `status`: "P", "F" or "C".
std::string report(const std::string& control_id, const std::string& status, const Person& person, const Exam& exam,
                   bool is_critical);
/// DICOM, as the bytes of an envelope.
std::string mpps_create(const Person& person, const Exam& exam, const std::string& study_uid);
std::string mpps_set(const std::string& uid, bool is_completed);

}  // namespace pons::sim
