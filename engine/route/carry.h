#pragma once

#include "engine/hl7/message.h"
#include "engine/message/identifier.h"
#include "engine/records/book.h"

namespace pons {

/// The identifier that stands for this one after merges: of the same authority where the survivor has one. What nobody
/// merged comes back as it is.
Identifier surviving(const Book& book, const Identifier& identifier);

/// What leaves carries the surviving identifiers: PID-3 is rewritten where it names a patient who was merged.
void carry_survivors(hl7::Message& message, const Book& book);

}  // namespace pons
