#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pons::hl7 {

/// Messages that were sent together (HL7 v2.5.1 2.10.3): `[FHS] { [BHS] { message } [BTS] } [FTS]`. Views into what was
/// read.
struct Batch {
  std::string_view header;  // BHS; empty: a file's messages that stand in no batch
  std::vector<std::string_view> messages;
};

struct BatchFile {
  std::string_view header;  // FHS; empty: a batch alone
  std::vector<Batch> batches;
  /// Why it cannot be whole as it was sent: a count that does not fit, an end that is missing. Nothing of it is taken.
  std::optional<Fault> fault;
};

/// The bytes begin with FHS or BHS, but for a byte order mark and white space.
bool is_batch(std::string_view bytes);

/// Finds the messages without looking into them. BTS-1 and FTS-1 are held to what came, where they hold a value.
BatchFile read_batch(std::string_view bytes);

/// BHS-11 or FHS-11, the control id; where it is empty BHS-9 or FHS-9, the name; as written.
std::string_view name_of_batch(std::string_view header);

/// The answers to each batch's messages, framed as the batches were (2.10.3.1): sender and receiver change places,
/// BHS-12 and FHS-12 refer to what is answered, BTS-1 and FTS-1 count; BTS-2 tells the fault. `answers` has a row for
/// each batch.
std::string build_batch_answer(const BatchFile& received, const std::vector<std::vector<std::string>>& answers,
                               std::string_view control_id, std::string_view timestamp);

}  // namespace pons::hl7
