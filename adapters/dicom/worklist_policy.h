#pragma once

#include <string>
#include <vector>

namespace pons {

/// How an AE's worklist queries are answered.
struct WorklistPolicy {
  bool tell_ignored_keys = true;     // FF01 where a key was ignored; false: FF00, for modalities that stop at FF01
  bool station_from_caller = false;  // a query without ScheduledStationAETitle asks for its caller's steps
  std::string charset;               // of its answers (PS3.3 C.12.1.1.2); empty: the query's
  std::vector<std::string> modalities,
      stations;  // what it may see; empty: all. Steps without station are all stations'
};

}  // namespace pons
