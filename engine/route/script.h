#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/finding.h"
#include "engine/config/source.h"

namespace pons {

/// A file of mappings/scripts, compiled: Lua 5.4 with a pure function `run(input)` that returns {name = value, …}
/// (LANGUAGE 7). A value: it copies, and runs in many threads at once. Nothing stays from one run to the next.
class Script {
 public:
  /// What `run` gets: nil for absent, a text, or a list of texts. UTF-8.
  using Input = std::variant<std::monostate, std::string, std::vector<std::string>>;
  /// What `run` returned under the names asked for: nothing where it gave nil.
  using Outputs = std::map<std::string, std::optional<std::string>>;

  /// Findings, and nothing: E0701 what Lua cannot read, E0702 what fails outside `run`, E0703 no function `run`.
  static std::optional<Script> load(const Source& source, Findings& findings);

  /// Refused as R0700: "scripts/dose.lua:7: attempt to …", whatever failed or used up its 10,000,000 steps or 16 MB.
  Result<Outputs> run(const Input& input, const std::vector<std::string>& outputs) const;

  /// "scripts/dose.lua", as errors name it.
  const std::string& name() const { return name_; }

 private:
  Script(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

  std::string name_;
  std::string text_;
};

}  // namespace pons
