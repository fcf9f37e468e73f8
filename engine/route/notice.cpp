#include "engine/route/notice.h"

#include <array>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/expr/numbered.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/read.h"
#include "engine/route/fhir_records.h"

namespace pons {

namespace {

json::Value fhir_identifier(const Identifier& identifier) {
  json::Value object;
  if (const std::string system = fhir_system(identifier.authority); !system.empty()) object["system"] = system;
  object["value"] = identifier.value;
  return object;
}

std::string reference_to(const Identifier& identifier) {
  return conditional_reference("Patient", fhir_system(identifier.authority), identifier.value);
}

Identifier first_of(const Patient& patient) {
  return patient.identifiers.empty() ? Identifier{} : patient.identifiers.front();
}

/// The retired Patient, no longer active, replaced by the surviving one (FHIR R4 Patient.link).
json::Value retired_patient(const Patient& retired, const Patient& survivor) {
  json::Value patient = patient_resource(retired, fhir_identifier(first_of(retired)));
  patient["active"] = json::Value::boolean(false);
  json::Value& link = patient["link"].push({});
  link["other"]["reference"] = reference_to(first_of(survivor));
  link["type"] = "replaced-by";
  return patient;
}

hl7::Message merge_message(Run& run, const Patient& retired, const Patient& survivor) {
  hl7::Message message = hl7::Message::empty();
  const auto put = [&](const char* path, const std::string& text) {
    static_cast<void>(hl7::set(message, *hl7::Path::parse(path), hl7::State::value, text, hl7::Charset{}));
  };
  const auto put_identifier = [&](const std::string& field, const Identifier& identifier) {
    put((field + ".1").c_str(), identifier.value);
    put((field + ".4.1").c_str(), identifier.authority);
    put((field + ".5").c_str(), "MR");
  };
  put("MSH-3", "IMAGING");
  put("MSH-4", first_of(survivor).authority);
  put("MSH-7", to_hl7(run.scope.now).substr(0, 14));
  put("MSH-9.1", "ADT"), put("MSH-9.2", "A40"), put("MSH-9.3", "ADT_A39");
  put("MSH-10", run.scope.new_control_id());
  put("MSH-11", "P");
  put("MSH-12", "2.5.1");
  put("MSH-18", "UNICODE UTF-8");
  put("EVN-2", to_hl7(run.scope.now).substr(0, 14));
  put("PID-1", "1");
  put_identifier("PID-3", first_of(survivor));
  // DICOM puts the prefix before the suffix, HL7 the suffix before the prefix.
  constexpr std::array<const char*, 5> kNameParts{"PID-5.1.1", "PID-5.2", "PID-5.3", "PID-5.5", "PID-5.4"};
  const auto name = split(survivor.name, '^');
  for (std::size_t i = 0; i < name.size() && i < kNameParts.size(); ++i)
    if (!name[i].empty()) put(kNameParts[i], std::string(name[i]));
  put_identifier("MRG-1", first_of(retired));
  return message;
}

}  // namespace

Notice merge_notice(Run& run, const Endpoint& endpoint) {
  const Patient& survivor = run.book.survivor(run.patient);
  const Patient& retired = *run.book.patients.find(run.retired);
  if (endpoint.kind == Endpoint::Kind::mllp_outlet) {
    hl7::Message message = merge_message(run, retired, survivor);
    Wrapped wrapped{hl7::text_at(message, "MSH-10"), Parcel::kHl7, message.write()};
    return {std::make_shared<const Document>(std::move(message)), std::move(wrapped)};
  }
  json::Value patient = retired_patient(retired, survivor);
  const KnownResources known{
      {reference_to(first_of(survivor)), patient_resource(survivor, fhir_identifier(first_of(survivor)))}};
  const auto bundle = bundle_of({{patient, ""}}, known);
  const std::string text = bundle ? bundle->write() : std::string();
  const std::string about = std::to_string(run.envelope.message) + text + std::to_string(run.parcels.size());
  return {std::make_shared<const Document>(std::move(patient)),
          {to_hex(sha256(about)).substr(0, 32), Parcel::kFhir, text}};
}

}  // namespace pons
