#pragma once

#include <string_view>
#include <vector>

namespace pons {

/// How a key selects items (PS3.4 C.2.2.2).
enum class KeyMatching {
  text,    // the wildcards * and ?; case counts; of several values one has to match
  code,    // text in any case
  uid,     // a list
  name,    // a person's: wildcards, without regard to case, accents and trailing ^, each component group by itself
  number,  // by value: 70 is 70.0; a list
  date,    // a day or a range of days
  time,    // of any precision, or a range of times
  start,   // the step's start: its date and its time are one interval
};

/// A row of PS3.4 table K.6-1. What matches, what is told by FF01 and what the conformance statement says all come from
/// here.
struct WorklistKey {
  std::string_view path;  // by keywords
  bool is_required;       // matching key type R, else O
  std::string_view type;  // return key type
  KeyMatching matching;
};

const std::vector<WorklistKey>& worklist_keys();
/// Null: the table has no such attribute.
const WorklistKey* worklist_key(std::string_view path);

}  // namespace pons
