#pragma once

#include <optional>
#include <string>

namespace pons {

/// The Modality Performed Procedure Steps that were told to us.
class PerformedSteps {
 public:
  virtual ~PerformedSteps() = default;
  /// What N-CREATE and N-SET have left of it, as JSON by keyword; nothing: nobody created one with this SOP Instance
  /// UID. Throws StoreLost when the database is away.
  virtual std::optional<std::string> performed_dataset(const std::string& uid) = 0;
};

}  // namespace pons
