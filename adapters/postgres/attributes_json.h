#pragma once

#include <map>
#include <string>

namespace pons {

/// How what came beside an envelope's bytes is kept: {"name":"value"}.
std::string to_json(const std::map<std::string, std::string>& attributes);
std::map<std::string, std::string> attributes_from_json(const std::string& json);

}  // namespace pons
