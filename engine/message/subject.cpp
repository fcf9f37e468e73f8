#include "engine/message/subject.h"

#include <algorithm>

#include "engine/base/digest.h"

namespace pons {

std::vector<std::int64_t> Subject::lock_keys() const {
  std::vector<std::int64_t> keys;
  const auto add = [&](const char* kind, const std::string& key) { keys.push_back(key64(kind + key)); };
  if (!identity.empty()) add("message|", identity.sender);
  for (const Identifier& each : patients) add("patient|", each.key());
  for (const Identifier& each : placers) add("placer|", each.key());
  for (const Identifier& each : fillers) add("filler|", each.key());
  for (const Identifier& each : accessions) add("accession|", each.key());
  for (const std::string& each : studies) add("study|", each);
  for (const std::string& each : performed_steps) add("performed|", each);
  for (const std::int64_t each : sequence_links) add("sequence|", std::to_string(each));
  for (const std::int64_t each : answers) add("answer|", std::to_string(each));
  for (const std::string& each : instances) add("instance|", each);
  for (const std::string& each : commitments) add("commitment|", each);
  for (const std::string& each : lanes) add("lane|", each);
  for (const std::int64_t each : runs) add("run|", std::to_string(each));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool Subject::shares_a_key_with(const Subject& other) const {
  const auto mine = lock_keys(), theirs = other.lock_keys();
  return std::find_first_of(mine.begin(), mine.end(), theirs.begin(), theirs.end()) != mine.end();
}

}  // namespace pons
