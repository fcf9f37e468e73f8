#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/node.h"

namespace pons {

struct Endpoint;
using Lookup = std::function<std::optional<std::string>(std::string_view kind, std::string_view name)>;

/// An AE that may call, as `stations:` of routes/endpoints.yaml has it.
struct Station {
  std::string modality;               // what it makes; empty: nothing
  std::string charset;                // of its worklist; empty: as it asks
  bool tell_unsupported_keys = true;  // `unsupported_keys: FF00`: it stops at FF01
  bool has_strict_mpps = false;       // `mpps: strict`: PS3.4 F.7.2 to the letter
  bool may_store = false;             // `stores: headers`: it may send objects
  std::string archive, told_at;       // endpoints of `commitment: {from:, to:}`; empty: none
  std::string user, password;         // `user:`, that it must say; empty: nobody
  bool is_own_station = false;        // `station: caller`
  std::vector<std::string> visible_modalities, visible_stations;  // `sees:`; empty: all
};

/// PS3.5 6.2, AE.
bool is_ae_title(std::string_view text);

/// By AE title. Findings E0150, E0403, E0404, E0407, E0412 for what is wrong.
std::map<std::string, Station> load_stations(const Node& file, const std::map<std::string, Endpoint>& endpoints,
                                             const Lookup& lookup, Findings& findings);

}  // namespace pons
