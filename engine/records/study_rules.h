#pragma once

#include <optional>
#include <string>

#include "engine/json/value.h"
#include "engine/records/book.h"

namespace pons {

/// Makes the study that a completed performed step tells of (its dataset, JSON by keyword), or adds its series to the
/// one that is known. Null: it names no study, no series or no patient whom we know, or the study is somebody else's.
const Study* take_over_series(Book& book, const PerformedStep& performed, const json::Value& dataset);

/// The study with this UID as it is, or a new one where an order awaits it: put nowhere yet. Nothing: neither.
std::optional<Study> study_or_awaited(Book& book, const std::string& study_uid);

/// The study that the performed step's dataset names; null when nobody knows it.
const Study* study_of(const Book& book, const json::Value& dataset);

}  // namespace pons
