#include "adapters/postgres/attributes_json.h"

#include "engine/json/value.h"

namespace pons {

std::string to_json(const std::map<std::string, std::string>& attributes) {
  json::Value object = json::Value::object();
  for (const auto& [name, value] : attributes) object[name] = value;
  return object.write();
}

std::map<std::string, std::string> attributes_from_json(const std::string& json) {
  const auto object = json::Value::parse(json);
  std::map<std::string, std::string> attributes;
  for (const auto& [name, value] : object->members()) attributes[name] = value.text();
  return attributes;
}

}  // namespace pons
