#pragma once

#include "engine/expr/scope.h"
#include "engine/hl7/dictionary.h"
#include "engine/hl7/message.h"
#include "engine/mapping/map.h"

namespace pons {

/// A message with MSH-1, 2, 7, 9, 10, 11 and 12 and nothing else.
Result<hl7::Message> empty_start(const Target& target, const Scope& scope);

/// The working message in UTF-8: its head and the scope's group, with MSH-7, 9 and 12 of the target and the identifiers
/// that survived.
Result<hl7::Message> copied_start(const Target& target, const Scope& scope);

/// In the character set that MSH-18 names; where it names none, the message is UTF-8 and MSH-18 says so when it must.
/// `is_set`: the map itself wrote MSH-18.
Result<void> finish_charset(hl7::Message& message, bool is_set);

}  // namespace pons
