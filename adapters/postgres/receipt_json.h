#pragma once

#include <string>

#include "engine/message/receipt.h"

namespace pons {

/// How a receipt is kept beside its message's identity, so that the same bytes get the same answer.
std::string to_json(const Receipt& receipt);
Receipt receipt_from_json(const std::string& json);

}  // namespace pons
