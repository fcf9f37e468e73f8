#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/node.h"

namespace pons {

/// What the right-hand side of a code table may hold: the table's `value:` and `allow:`.
class TargetValues {
 public:
  /// `dicom Modality`, `dicom AE`, `fhir DiagnosticReport.status`, `hl7 0085`. No `value:` allows everything.
  static std::optional<TargetValues> load(const Node& table, Findings& findings);

  /// A finding at `at` when the target does not allow the value.
  void check(const Node& at, Findings& findings) const;

 private:
  bool load_dicom(const Node& node, std::string_view name, Findings& findings);
  bool load_fhir(const Node& node, std::string_view name, Findings& findings);
  bool fits(const std::string& value) const;
  std::string help(const std::string& value) const;

  std::string name_;   // "Modality"
  std::string place_;  // "Modality (0008,0060)"
  std::string vr_;
  std::vector<std::string> terms_;  // empty: any value
  std::vector<std::string> allowed_;
  bool takes_others_ = false;  // by `allow:`
};

}  // namespace pons
