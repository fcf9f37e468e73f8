#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/json/value.h"

namespace pons {

/// One line of PS3.4 Table F.7.2-1. The types are written as the standard writes them, SCU/SCP: "1/1", "3/2", "1C/1C";
/// "-": not allowed.
struct PerformedAttribute {
  int depth = 0;  // 0: at the top; else in an item of the sequence above it
  std::uint32_t tag = 0;
  std::string_view keyword;
  std::string_view create, set;
  std::string_view final_state = {};  // "": as N-CREATE asks of the SCP
};

/// The table without its lines for "all other attributes": what the rules below and the conformance statement read.
std::span<const PerformedAttribute> performed_attributes();

/// Where a Modality Performed Procedure Step is not what the table says.
struct IodFinding {
  enum class What {
    not_allowed,  // N-SET may not change it
    not_created,  // N-SET changes what N-CREATE did not create
    missing,
    no_value,
  };

  What what = What::missing;
  std::uint32_t tag = 0;
  std::string path;  // "ScheduledStepAttributesSequence[2].StudyInstanceUID"

  bool operator==(const IodFinding&) const = default;
};

/// "Modality is missing". Without any value.
std::string to_text(const IodFinding& finding);

/// Data sets are JSON by keyword. At most 100 findings: more say nothing new.
std::vector<IodFinding> check_create(const json::Value& dataset);
/// `known`: the step before the N-SET.
std::vector<IodFinding> check_set(const json::Value& known, const json::Value& modification);
/// `dataset`: the step as it would be COMPLETED or DISCONTINUED.
std::vector<IodFinding> check_final_state(const json::Value& dataset);

}  // namespace pons
