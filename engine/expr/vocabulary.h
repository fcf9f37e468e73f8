#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/expr/code_table.h"
#include "engine/hl7/path.h"

namespace pons {

/// What the expressions at one place of the configuration may name: checked when they are compiled, so that a wrong
/// name is a finding at its place and never a surprise in the night.
struct Vocabulary {
  /// The fields of each bound name: {"order": {"placer", "filler", …}}. An empty list: any field (a script's outputs
  /// are listed; a JSON source's are not known).
  std::map<std::string, std::vector<std::string>> names;
  /// The variables of `$each` that walk a message, with what they walk: `id.4`, `obx-5` are checked by it.
  std::map<std::string, hl7::Path> loops;
  /// The site's code tables by name. They outlive the expressions.
  const std::map<std::string, CodeTable>* tables = nullptr;
  /// True where the source is an HL7 message and HL7 paths have a meaning.
  bool hl7 = true;
  /// True where a segment is expected, as in `split: IPC when exists(IPC) else OBR`: its bare name is a word.
  bool segments = false;
  /// HL7 version for checks of segments, fields and components; the widest where a partner's is not known.
  std::string version = "2.5.1";
  /// Z-segments of the endpoint's format: fields by number, {"ZDS": {1: "RP"}}. They outlive the expressions.
  const std::map<std::string, std::map<int, std::string>>* z_segments = nullptr;
};

}  // namespace pons
