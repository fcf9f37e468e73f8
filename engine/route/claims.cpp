#include "engine/route/claims.h"

#include <algorithm>

#include "engine/route/naming.h"

namespace pons {

namespace {

void add_other(std::vector<Identifier>& all, Identifier one) {
  if (!one.empty() && std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
}

void read_others(const json::Value& patient, std::vector<Identifier>& all) {
  const json::Value* others = patient.find("OtherPatientIDs");
  if (!others) return;
  for (const json::Value& each : others->items())
    add_other(all, {each.text_of("PatientID"), each.text_of("IssuerOfPatientID"), each.text_of("TypeOfPatientID")});
}

}  // namespace

Said said(const json::Value& object, std::string_view member) {
  const json::Value* found = object.find(member);
  if (!found) return {};
  return found->is_null() ? Said("") : Said(found->text());
}

Result<PatientClaim> patient_claim(const Run& run, const hl7::Path& match, const Map* with) {
  PatientClaim claim;
  claim.identifiers = identifiers_at(*run.scope.message, match, run.scope.charset, run.scope.group);
  if (claim.identifiers.empty())
    return refused("there is no patient identifier at " + match.to_text(),
                   match.segment + '-' + std::to_string(match.field), 101);
  if (!with) return claim;
  const auto built = with->build(run.scope);
  if (!built) return built.fault();
  const json::Value& patient = std::get<json::Value>(*built);
  read_others(patient, claim.identifiers);
  claim.name = said(patient, "PatientName");
  claim.birth_date = said(patient, "PatientBirthDate");
  claim.sex = said(patient, "PatientSex");
  claim.address = said(patient, "PatientAddress");
  return claim;
}

}  // namespace pons
