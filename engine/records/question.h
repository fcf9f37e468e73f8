#pragma once

#include <cstdint>
#include <string>

#include "engine/records/book.h"

namespace pons {

/// Asks a person to decide about a record ("patient", "order", "performed step", "report"). Only a person ends it.
void ask(Book& book, std::int64_t message, const std::string& record, std::string text);

}  // namespace pons
