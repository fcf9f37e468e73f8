#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/dicom/dictionary.h"
#include "engine/expr/expr.h"
#include "engine/hl7/path.h"
#include "engine/json/fhir.h"
#include "engine/mapping/map.h"

namespace pons {

struct TargetField;

/// One thing that a target is given: an expression, or a block of members.
struct TargetItem {
  Span span;
  std::optional<Each> each;   // the item once for each
  std::optional<Expr> when;   // read inside `each`
  std::optional<Expr> value;  // nothing: a block
  std::vector<TargetField> members;
  bool reads = false;  // it, or a member, depends on more than the configuration
};

/// One line of `fields:`, and what the target's dictionary says of its name.
struct TargetField {
  std::string name;      // as written: "PatientName", "OBX[+]", "3.1"
  Span span;             // of the name
  bool removes = false;  // the word `absent`
  bool is_list = false;  // written as a list
  std::vector<TargetItem> items;

  std::optional<dicom::Attribute> attribute;
  std::optional<hl7::Path> path;
  const json::FhirElement* element = nullptr;
};

/// Compiles a block of `fields:`; what it could not read is a finding and left out.
std::vector<TargetField> read_fields(const Node& block, const Vocabulary& vocabulary, Findings& findings);

/// A second field for the same target is a finding (E0203). `same` compares two fields that have been looked up.
void refuse_duplicates(const std::vector<TargetField>& fields,
                       const std::function<bool(const TargetField&, const TargetField&)>& same, Findings& findings);

/// Calls `use` with every item that is given: once for each of `$each`, and only where `$when` holds.
using UseItem = std::function<Result<void>(const TargetItem&, const Scope&)>;
Result<void> for_each_given(const TargetField& field, const Scope& scope, const UseItem& use);

/// What the item gives. A fault where bytes of the message are not of its character set: nobody shall receive U+FFFD
/// for a character that was lost here.
Result<Value> value_for(const TargetItem& item, const Scope& scope);

/// A Fault of a target: says which, and by default the value's field and the item's line.
Fault at_target(Fault fault, const std::string& target, const TargetItem& item, const Value& value);

/// Tells who asks what was written.
void note_mapped(std::vector<Mapped>* mapped, std::string target, const TargetItem& item, const Value& value);

}  // namespace pons
