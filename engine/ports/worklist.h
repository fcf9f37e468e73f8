#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pons {

/// A range of DICOM dates and times, both ends included, combined into one interval (PS3.4 K.6, C.2.2.2.5). Values are
/// "20261125" and "093000" in full precision; empty: no limit on that side.
struct StartRange {
  std::string first_date, first_time;
  std::string last_date, last_time;
};

/// What a modality asks for (PS3.4 table K.6-1). An empty key matches everything. Text may hold the wildcards * and ?.
struct WorklistQuery {
  std::string patient_name;  // without regard to case and trailing ^
  std::string patient_id, issuer_of_patient_id;
  std::string accession_number, requested_procedure_id, scheduled_procedure_step_id;
  std::string scheduled_performing_physician;
  std::vector<std::string> study_instance_uids;
  std::vector<std::string> modalities, statuses;
  std::vector<std::string> stations;            // AE titles
  std::vector<std::string> station_modalities;  // what these make: steps without station are offered by it
  StartRange start;
  std::size_t limit = 0;  // at most so many items; 0: all
};

/// One scheduled step as it is now. Each text is a DICOM value in UTF-8.
struct WorklistItem {
  std::string item;     // the Modality Worklist attributes, as JSON by keyword; without the patient's
  std::string patient;  // the patient's attributes as they are now, as JSON by keyword
};

/// The scheduled steps that an AE may see.
class Worklist {
 public:
  virtual ~Worklist() = default;
  /// Calls `take` for each match, first start first, until it returns false. Steps that have started or ended are left
  /// out unless the query names a status. A step without station is offered to the stations of its modality. Throws
  /// StoreLost when the database is away.
  virtual void find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) = 0;
};

}  // namespace pons
