#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/zone.h"
#include "engine/expr/value.h"
#include "engine/hl7/message.h"
#include "engine/hl7/structure.h"
#include "engine/message/identifier.h"

namespace pons {

/// What an expression may read: the message, the group of a split, and the names that steps have bound. One thread.
struct Scope {
  const hl7::Message* message = nullptr;   // the working copy; null: the source is no HL7 message
  const hl7::Message* received = nullptr;  // as it came: `received.PID-3`
  const hl7::Group* group = nullptr;       // of the innermost split, indices into `message`; null: the whole message
  hl7::Charset charset;  // what is read points to it: the Scope stays where it is as long as such Values are used
  std::string version = "2.5.1";  // MSH-12.1, for data types
  Instant now;
  Zone zone;  // of the endpoint: what a DTM without offset means

  /// "order", "patient", "study", "script", "item" …; the last binding of a name wins.
  std::vector<std::pair<std::string, Value>> names;

  /// A control id for a message that leaves, the same when the same message is run again.
  std::function<std::string()> new_control_id;
  /// Set by a map that builds segments: the next OBX-1, NTE-1 … of the segment being added.
  std::function<int()> next_set_id;
  /// The identifier that survived merges; what nobody merged comes back as it is.
  std::function<Identifier(const Identifier&)> survivor;

  const Value* find(std::string_view name) const;
  void bind(std::string name, Value value) { names.emplace_back(std::move(name), std::move(value)); }
};

}  // namespace pons
