#pragma once

#include <string>

struct T_ASC_Association;

namespace pons {

/// Who called.
struct Peer {
  std::string ae_title;
  std::string address;

  /// "CT1@10.0.0.7".
  std::string text() const { return ae_title + "@" + address; }
};

Peer peer_of(const T_ASC_Association& association);

}  // namespace pons
