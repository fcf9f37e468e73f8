#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/node.h"
#include "engine/expr/expr.h"
#include "engine/hl7/message.h"
#include "engine/json/value.h"

namespace pons {

struct TargetField;

/// What a map builds. Worklist items and patients are JSON by DICOM keyword (PS3.6): a missing member was not said and
/// leaves what is known alone, null clears, sequences are arrays of objects. FHIR resources are R4 JSON.
using Document = std::variant<hl7::Message, json::Value>;

/// The `out:` of a map.
struct Target {
  enum class Kind { patient, worklist, hl7, fhir };

  Kind kind = Kind::patient;
  std::string type;     // "ORU^R01", "DiagnosticReport"; empty for patient and worklist
  std::string version;  // "2.5.1", "R4"
};

/// One value that a map wrote: the target, the line that made it and where in the received message it came from.
struct Mapped {
  std::string target;  // "ScheduledProcedureStepSequence.Modality", "OBX[3]-5"
  Span line;
  std::optional<hl7::Place> origin;
};

/// `map:` of mappings/*.yaml: one object to another, field by field. Immutable, safe from many threads.
class Map {
 public:
  /// A test of the map's own: `given` are segments, `expect` a partial object.
  struct Test {
    std::string name;
    Span span;
    std::vector<std::string> given;
    const Node* expect = nullptr;
  };

  /// The files of a site's maps by their names, for `extends:`.
  using Files = std::map<std::string, const Node*>;

  /// Checks names, types, lengths, required targets and every expression against the dictionaries. `file`, the other
  /// files and what the vocabulary points at must outlive the map. Findings, and nothing.
  static std::optional<Map> load(const Node& file, const Vocabulary& vocabulary, Findings& findings,
                                 const Files& others = {});

  const std::string& name() const { return name_; }
  const Target& target() const { return target_; }
  /// `in:`, as written: "hl7 ORM^O01", "study".
  const std::string& source() const { return source_; }
  const std::vector<Test>& tests() const { return tests_; }

  /// Builds the object. A Fault names the target, the field and the line. `mapped`, when not null, is told of every
  /// value that was written.
  Result<Document> build(const Scope& scope, std::vector<Mapped>* mapped = nullptr) const;
  /// The value of `identity:`, as text ("F1^HOSP"); empty without one.
  Result<std::string> identity(const Scope& scope) const;
  /// Refuses an object that lacks what its standard requires. Not part of build(): what a message leaves out may be
  /// known already.
  Result<void> complete(const Document& document) const;

 private:
  friend class MapReader;

  std::string name_, source_;
  Span span_;  // of the name
  Target target_;
  bool starts_with_copy_ = false;
  std::shared_ptr<const Expr> identity_;
  std::shared_ptr<const std::vector<TargetField>> fields_;
  std::vector<Test> tests_;
};

/// `format:` of mappings/formats/*.yaml: what one partner sends that the standard does not describe.
struct Format {
  std::string name;
  std::string version;
  std::map<std::string, std::map<int, std::string>> z_segments;  // {"ZDS": {1: "RP"}}
  std::map<std::string, std::string> segment_group;              // {"ZDS": "order"}
  std::string untyped_identifier_type;                           // `PID-3 without type: MR`; empty: none is assumed
  bool without_last_terminator = false;                          // `no trailing carriage return`

  static std::optional<Format> load(const Node& file, Findings& findings);
};

/// Compares what came out with what a test expects: partial, by path; "" when it agrees,
/// else lines such as `ScheduledProcedureStepSequence.Modality    want MR    got (absent)`.
/// Expected keys are HL7 paths for a message, member paths for JSON; a worklist item's step attributes may be named
/// without their sequence. TM compares by meaning: 0930 is 093000.
std::vector<std::string> differences(const Node& expected, const Document& actual);

}  // namespace pons
