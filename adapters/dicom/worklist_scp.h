#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include "adapters/dicom/worklist_policy.h"
#include "adapters/dicom/worklist_query.h"
#include "engine/base/zone.h"
#include "engine/ports/worklist.h"

namespace pons {

/// Modality Worklist as SCP (PS3.4 annex K). Safe from many threads.
class WorklistScp final {
 public:
  struct Settings {
    KnownStations stations;
    std::size_t limit = 500;  // answers to one query; the query ends with success, the log says so. 0: none
    WorklistPolicy policy{};
    std::map<std::string, WorklistPolicy> callers{};  // by AE title: those that have one of their own
    Zone zone{};                                      // in which the items' dates and times are
  };

  WorklistScp(Settings settings, Worklist& worklist) : settings_(std::move(settings)), worklist_(worklist) {}

  /// Answers one C-FIND (PS3.4 K.4.1): an answer a step; a cancel is looked for between two answers. Returns what the
  /// network said.
  OFCondition find(T_ASC_Association* association, T_ASC_PresentationContextID context,
                   const T_DIMSE_C_FindRQ& request) const;

 private:
  class Answers;

  const WorklistPolicy& policy_of(const std::string& caller) const;
  void answer(Answers& answers, const dicom::Dataset& identifier, const std::vector<std::string>& character_sets,
              const ReadQuery& read, DIC_US status) const;

  const Settings settings_;
  Worklist& worklist_;
};

}  // namespace pons
