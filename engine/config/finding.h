#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/source.h"

namespace pons {

/// Something that a person shall mend in the configuration: the analyst's own line with a caret, what was found, and
/// what to write instead (LANGUAGE 9). Codes are stable: E01xx YAML and files, E02xx names, paths and expressions,
/// E03xx tables and typed values, E04xx routes and endpoints, W05xx what has no effect, E07xx scripts.
struct Finding {
  enum class Severity { error, warning };

  /// A place and what is said beside its carets. The first label of a finding is its place; the others are shown below
  /// it, underlined with dashes.
  struct Label {
    Span span;
    std::string text;
  };

  Severity severity = Severity::error;
  std::string code;     // "E0201"
  std::string message;  // the first line, without full stop: `there is no DICOM attribute "PatientNam"`
  std::vector<Label> labels;
  std::string help;  // after "= ", one or more lines: "write:  not exists(ZDS)"
};

/// Of one expression, table or map: whoever has mended so many sees the rest.
inline constexpr std::size_t kEnoughFindings = 20;

/// Collects what a load finds, in the order found. One root cause, one finding.
class Findings {
 public:
  Finding& error(std::string code, Span at, std::string message, std::string label = {}, std::string help = {});
  Finding& warning(std::string code, Span at, std::string message, std::string label = {}, std::string help = {});

  void add(Finding finding) { all_.push_back(std::move(finding)); }

  /// A source that findings point into, and that may end before they are read.
  void keep(std::shared_ptr<const Source> source) { sources_.push_back(std::move(source)); }

  bool has_errors() const;
  bool empty() const { return all_.empty(); }
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
  std::vector<std::shared_ptr<const Source>> sources_;
};

/// As LANGUAGE 9 shows it, with a line end after the last line. No colours.
std::string to_text(const Finding& finding);
/// Every finding, a blank line between two, errors and warnings in file order.
std::string to_text(const Findings& findings);
/// [{"code":…,"severity":…,"message":…,"path":…,"line":…,"column":…,"label":…,"help":…}], in the same order.
std::string to_json(const Findings& findings);

}  // namespace pons
