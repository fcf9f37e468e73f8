#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/mapping/convert_dicom.h"
#include "engine/mapping/dicom_target.h"

namespace pons {
namespace {

using Kind = Target::Kind;

constexpr std::string_view kStep = "ScheduledProcedureStepSequence";

/// PS3.3 C.4.10: what one scheduled step has, and the requested procedure has not.
constexpr std::array<std::string_view, 14> kOfTheStep{"Modality",
                                                      "ScheduledStationAETitle",
                                                      "ScheduledStationName",
                                                      "ScheduledProcedureStepLocation",
                                                      "ScheduledProcedureStepStartDate",
                                                      "ScheduledProcedureStepStartTime",
                                                      "ScheduledProcedureStepEndDate",
                                                      "ScheduledProcedureStepEndTime",
                                                      "ScheduledPerformingPhysicianName",
                                                      "ScheduledProcedureStepDescription",
                                                      "ScheduledProtocolCodeSequence",
                                                      "ScheduledProcedureStepID",
                                                      "ScheduledProcedureStepStatus",
                                                      "CommentsOnTheScheduledProcedureStep"};

/// What the patient registry keeps. Other identifiers are a list there, whatever DICOM made of them.
const std::vector<std::string>& of_a_patient() {
  static const std::vector<std::string> names = {"PatientID",        "IssuerOfPatientID", "PatientName",
                                                 "PatientBirthDate", "PatientSex",        "PatientAddress",
                                                 "OtherPatientIDs"};
  return names;
}

const std::vector<std::string>& of_another_identifier() {
  static const std::vector<std::string> names = {"PatientID", "IssuerOfPatientID"};
  return names;
}

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_binary(std::string_view vr) {
  return vr.starts_with('O') || vr == "UN" || vr == "AT";
}

class Checker {
 public:
  Checker(Kind kind, Findings& findings) : kind_(kind), findings_(findings) {}

  void check(std::vector<TargetField>& fields, const std::string& inside) {
    for (TargetField& field : fields) check(field, inside);
    refuse_duplicates(
        fields,
        [](const TargetField& a, const TargetField& b) {
          return a.attribute && b.attribute && a.attribute->keyword == b.attribute->keyword;
        },
        findings_);
  }

 private:
  void check(TargetField& field, const std::string& inside) {
    field.attribute = kind_ == Kind::patient ? of_patient(field, inside) : dicom::find_attribute(field.name);
    if (!field.attribute) return unknown(field, inside);
    if (kind_ == Kind::worklist && inside.empty() && is_of_the_step(field)) return misplaced(field);
    if (is_binary(field.attribute->vr))
      return wrong(field, field.name + " is binary (" + field.attribute->vr + "), and a map writes text");
    if (is_sequence(field)) return sequence(field);
    for (const TargetItem& item : field.items) plain(field, item);
    // The registry keeps an address as long as it comes; a constant shall fit DICOM's LO, and so it was checked first.
    if (kind_ == Kind::patient && field.attribute->keyword == "PatientAddress") field.attribute->vr = "UC";
  }

  std::optional<dicom::Attribute> of_patient(const TargetField& field, const std::string& inside) const {
    const auto known = dicom::find_attribute(field.name);
    const std::string keyword = known ? known->keyword : field.name;
    if (!is_among(inside.empty() ? of_a_patient() : of_another_identifier(), keyword)) return {};
    // The keyword's own attribute is retired, and is no sequence.
    if (keyword == "OtherPatientIDs") return dicom::Attribute{{0x0010, 0x1000}, keyword, "SQ", 1, std::nullopt};
    return known;
  }

  void unknown(const TargetField& field, const std::string& inside) {
    if (kind_ == Kind::patient) return not_of_patient(field, inside);
    const auto dot = field.name.find('.');
    if (dot != std::string::npos && dicom::find_attribute(field.name.substr(0, dot)))
      return wrong(
          field, "a sequence is written as a block",
          "write:  " + field.name.substr(0, dot) + ":  and below it, indented,  " + field.name.substr(dot + 1) + ":");
    const auto near = dicom::find_attribute(nearest(field.name, dicom::keywords()));
    findings_.error("E0201", field.span, "there is no DICOM attribute \"" + field.name + "\"",
                    near ? "did you mean " + described(*near) + "?" : "", "see: pons why E0201");
  }

  void not_of_patient(const TargetField& field, const std::string& inside) {
    const auto& names = inside.empty() ? of_a_patient() : of_another_identifier();
    const auto near = nearest(field.name, names);
    std::string help = "a patient has";
    for (const std::string& name : names) help += (name == names.front() ? " " : ", ") + name;
    const bool exists = dicom::find_attribute(field.name).has_value();
    findings_.error(
        exists ? "E0204" : "E0201", field.span,
        exists ? "the patient registry keeps no " + field.name : "there is no DICOM attribute \"" + field.name + "\"",
        near.empty() ? "" : "did you mean " + near + "?", help);
  }

  static bool is_of_the_step(const TargetField& field) {
    return std::find(kOfTheStep.begin(), kOfTheStep.end(), field.attribute->keyword) != kOfTheStep.end();
  }

  void misplaced(const TargetField& field) {
    findings_.error("E0204", field.span, field.name + " belongs to the scheduled step", "",
                    "write it in the block  " + std::string(kStep) + ":");
  }

  void wrong(const TargetField& field, std::string message, std::string help = {}) {
    findings_.error("E0202", field.span, std::move(message), {}, std::move(help));
  }

  void sequence(TargetField& field) {
    for (TargetItem& item : field.items) {
      if (!item.value)
        check(item.members, field.attribute->keyword);
      else if (!is_code_sequence(field) && !item.value->as_name())
        findings_.error("E0202", item.span, field.name + " is a sequence, which has attributes of its own",
                        "one value cannot fill it", "write a block: its attributes on lines of their own, indented");
    }
  }

  void plain(const TargetField& field, const TargetItem& item) {
    if (!item.value) {
      findings_.error("E0202", field.span, field.name + " is no sequence, so it has one value and no block",
                      "its VR is " + field.attribute->vr, "write:  " + field.name + ": PID-5");
      return;
    }
    if (const auto path = item.value->as_path(); path && path->is_list() && field.attribute->vm_max == 1)
      findings_.error("E0202", item.span, field.name + " takes one value, and " + path->to_text() + " gives a list", "",
                      "write:  " + path->to_text() + " | join(\", \")");
    if (const auto text = item.value->constant_text()) constant(field, item, *text);
  }

  void constant(const TargetField& field, const TargetItem& item, const std::string& text) {
    const auto values = dicom_values(*field.attribute, Value::text(text), Zone());
    if (values) return;
    const Fault& fault = values.fault();
    if (fault.code != 103) {
      findings_.error("E0313", item.span, fault.text, {}, described(*field.attribute));
      return;
    }
    const auto& terms = dicom::terms(field.attribute->keyword);
    const std::string near = nearest(text, terms);
    std::string help = described(*field.attribute) + " takes";
    for (const std::string& term : terms) help += (term == terms.front() ? " " : ", ") + term;
    findings_.error("E0312", item.span, "\"" + text + "\" is not a " + field.attribute->keyword,
                    near.empty() ? "" : "did you mean " + near + "?", help);
  }

  Kind kind_;
  Findings& findings_;
};

bool is_mapped(const std::vector<TargetField>& fields, std::string_view path) {
  const auto dot = path.find('.');
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const TargetField& field) {
    return field.attribute && field.attribute->keyword == path.substr(0, dot) && !field.removes;
  });
  if (found == fields.end() || dot == std::string_view::npos) return found != fields.end();
  return std::any_of(found->items.begin(), found->items.end(), [&](const TargetItem& item) {
    return item.value || is_mapped(item.members, path.substr(dot + 1));
  });
}

void check_required(const std::vector<TargetField>& fields, Kind kind, Span out, Findings& findings) {
  std::vector<std::string> missing;
  for (const std::string& path : required_targets(kind))
    if (!is_mapped(fields, path)) missing.push_back(path);
  if (missing.empty()) return;
  std::string help = "write a line for";
  for (const std::string& path : missing) help += (path == missing.front() ? " " : ", ") + path;
  findings.error("E0240", out,
                 std::string(kind == Kind::patient ? "a patient" : "a worklist item") + " needs " + missing.front(),
                 "nothing is mapped to it", help);
}

}  // namespace

void check_dicom(std::vector<TargetField>& fields, Target::Kind kind, Span out, Findings& findings) {
  const auto before = findings.all().size();
  Checker(kind, findings).check(fields, "");
  // A misspelt name is one cause, and shall not be told again as a missing one.
  if (findings.all().size() == before) check_required(fields, kind, out, findings);
}

const std::vector<std::string>& required_targets(Target::Kind kind) {
  // ScheduledStationAETitle is type 1 too; a step without one is offered to every AE of its modality.
  static const std::vector<std::string> worklist = {"PatientName",
                                                    "PatientID",
                                                    "StudyInstanceUID",
                                                    "RequestedProcedureID",
                                                    "ScheduledProcedureStepSequence.Modality",
                                                    "ScheduledProcedureStepSequence.ScheduledProcedureStepID",
                                                    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
                                                    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime"};
  static const std::vector<std::string> patient = {"PatientID"};
  static const std::vector<std::string> none;
  return kind == Target::Kind::worklist ? worklist : kind == Target::Kind::patient ? patient : none;
}

}  // namespace pons
