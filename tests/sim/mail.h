#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/message/envelope.h"
#include "engine/message/receipt.h"

namespace pons::sim {

/// One message of a sender, and what the sender knows of it.
struct Mail {
  std::string label;  // "RIS-1 7": who sends it, and the how-many-th of his it is
  std::string control_id;
  std::string patient;  // whom it is about, as the sender knows him
  Envelope::Kind kind = Envelope::Kind::hl7;
  std::string inlet, bytes;
  std::map<std::string, std::string> attributes;
  std::optional<Receipt> answer;  // the first that reached the sender
};

}  // namespace pons::sim
