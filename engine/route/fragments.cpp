#include "engine/route/fragments.h"

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/hl7/read.h"

namespace pons {

namespace {

constexpr const char *kMessages = "fragments", *kLanes = "fragment_lanes", *kLastHash = "last_fragment";

std::string attribute(const Envelope& envelope, const char* name) {
  const auto found = envelope.attributes.find(name);
  return found == envelope.attributes.end() ? "" : found->second;
}

}  // namespace

std::string fragment_lane(const std::string& inlet, const hl7::Message& message, const std::string& pointer) {
  const std::string whose =
      inlet + '|' + hl7::text_at(message, "MSH-3") + '|' + hl7::text_at(message, "MSH-4") + '|' + pointer;
  return "fragment|" + to_hex(sha256(whose));
}

std::map<std::string, std::string> attributes_of_whole(const std::vector<std::int64_t>& messages,
                                                       const std::vector<std::string>& lanes,
                                                       const std::string& last_fragment) {
  std::string numbers, names;
  for (const std::int64_t each : messages) numbers += (numbers.empty() ? "" : ", ") + std::to_string(each);
  for (const std::string& each : lanes) names += (names.empty() ? "" : " ") + each;
  return {{kMessages, numbers}, {kLanes, names}, {kLastHash, to_hex(sha256(last_fragment))}};
}

std::vector<std::string> lanes_of_whole(const Envelope& envelope) {
  std::vector<std::string> lanes;
  const std::string names = attribute(envelope, kLanes);
  if (!names.empty())
    for (const std::string_view each : split(names, ' ')) lanes.emplace_back(each);
  return lanes;
}

std::string hash_of_last_fragment(const Envelope& envelope) {
  const std::string hex = attribute(envelope, kLastHash);
  std::string hash;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    hash += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return hash;
}

}  // namespace pons
