#include "engine/base/digest.h"
#include "engine/expr/function.h"
#include "engine/expr/numbered.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;

Value reference(const FunctionCall& call, std::string text) {
  auto out = json::Value::object();
  out["reference"] = json::Value(std::move(text));
  return Value::of(std::move(out)).with_origin(call.argument(0));
}

Result<Value> patient_ref(const FunctionCall& call) {
  const Numbered patient = Numbered::of(call.argument(0), call.argument(1));
  if (patient.identifier.empty()) return Value();
  const auto& survivor = call.scope().survivor;
  const Identifier lasting = survivor ? survivor(patient.identifier) : patient.identifier;
  const bool is_same = lasting == patient.identifier && !patient.system.empty();
  const std::string system = is_same ? patient.system : fhir_system(lasting.authority);
  return reference(call, conditional_reference("Patient", system, lasting.value));
}

/// The number that an order is known by: the filler's, else the placer's, else the accession.
Value number_of_order(const Value& order, bool with_accession) {
  if (order.kind() != Value::Kind::object) return order;
  for (const char* name : {"filler", "placer"})
    if (const json::Value* number = order.object().find(name))
      if (Value found = Value::of(order.shared_object(), *number); !found.as_text().empty()) return found;
  const json::Value* accession = with_accession ? order.object().find("AccessionNumber") : nullptr;
  return accession == nullptr ? Value() : Value::of(order.shared_object(), *accession);
}

Result<Value> order_ref(const FunctionCall& call) {
  const Numbered order = Numbered::of(number_of_order(call.argument(0), false), call.argument(1));
  if (order.identifier.empty()) return Value();
  const std::string system = order.system.empty() ? fhir_system(order.identifier.authority) : order.system;
  return reference(call, conditional_reference("ServiceRequest", system, order.identifier.value));
}

Result<Value> study_ref(const FunctionCall& call) {
  const Value& study = call.argument(0);
  const std::string uid =
      study.kind() == Value::Kind::object ? study.object().text_of("StudyInstanceUID") : study.as_text();
  if (uid.empty()) return Value();
  return reference(call, conditional_reference("ImagingStudy", "urn:dicom:uid", "urn:oid:" + uid));
}

bool is_order(const Value& value) {
  return value.kind() == Value::Kind::object &&
         (value.object().find("filler") != nullptr || value.object().find("placer") != nullptr ||
          value.object().find("AccessionNumber") != nullptr);
}

Result<Value> uid_made(const FunctionCall& call) {
  const Value& given = call.argument(0);
  Numbered from = Numbered::of(is_order(given) ? number_of_order(given, true) : given, call.argument(1));
  if (from.identifier.empty()) return Value();
  if (from.identifier.authority.empty()) from.identifier.authority = from.universal;
  return call.made(uid_from(from.identifier.key()));
}

Result<Value> new_control_id(const FunctionCall& call) {
  if (!call.scope().new_control_id) return call.fault("new_control_id() has a value only where a message is built");
  return Value::text(call.scope().new_control_id());
}

Result<Value> next_set_id(const FunctionCall& call) {
  if (!call.scope().next_set_id) return call.fault("next_set_id() has a value only where a segment is added");
  return Value::text(std::to_string(call.scope().next_set_id()));
}

}  // namespace

const std::vector<Function>& identity_functions() {
  using Nothing = Function::Nothing;
  static const std::vector<Function> kFunctions{
      {"patient_ref",
       "patient_ref(PID-3[5 = MR])",
       {Parameter::value, Parameter::value},
       1,
       Nothing::is_absent,
       false,
       patient_ref},
      {"order_ref", "order_ref(order)", {Parameter::value, Parameter::value}, 1, Nothing::is_absent, false, order_ref},
      {"study_ref", "study_ref(study)", {Parameter::value}, 1, Nothing::is_absent, false, study_ref},
      {"uid_from",
       "uid_from(order) or uid_from(OBR-3)",
       {Parameter::value, Parameter::value},
       1,
       Nothing::is_absent,
       false,
       uid_made},
      {"new_control_id", "new_control_id()", {}, 0, Nothing::is_taken, false, new_control_id},
      {"next_set_id", "next_set_id()", {}, 0, Nothing::is_taken, false, next_set_id},
  };
  return kFunctions;
}

}  // namespace pons
