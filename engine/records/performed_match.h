#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// Which scheduled steps a Modality Performed Procedure Step performs, and of whom.
struct PerformedMatch {
  std::int64_t patient = 0;         // 0: nobody we know
  std::vector<std::int64_t> steps;  // none where one of them belongs to another patient
  std::vector<std::string> doubts;  // what a person must look at
};

/// Reads the Scheduled Step Attributes Sequence. A step is found by Study Instance UID and step ID, else by an
/// accession and step ID that name one step. Its patient must be the one whom the modality names: modalities often
/// leave out the issuer, so that a number alone may confirm a step that was found, but finds nobody by itself.
PerformedMatch match_performed_step(const Book& book, const json::Value& dataset);

/// The items of a sequence; none when it is absent.
const std::vector<json::Value>& items_of(const json::Value& dataset, std::string_view sequence);
/// An attribute of the sequence's first item, "" when there is none.
std::string first_of(const json::Value& dataset, std::string_view sequence, std::string_view attribute);

}  // namespace pons
