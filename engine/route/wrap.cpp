#include "engine/route/wrap.h"

#include "engine/base/digest.h"
#include "engine/hl7/read.h"
#include "engine/route/fhir_records.h"

namespace pons {

namespace {

bool is_fhir(const Outgoing& outgoing) {
  return outgoing.map && outgoing.map->target().kind == Target::Kind::fhir;
}

/// The same documents have the same number, however often they are built.
std::string number_of(const std::string& document) {
  return to_hex(sha256(document)).substr(0, 32);
}

Result<Wrapped> wrap_hl7(const Document& document) {
  const auto* message = std::get_if<hl7::Message>(&document);
  if (!message) return refused("only an HL7 message can go out over MLLP");
  return Wrapped{hl7::text_at(*message, "MSH-10"), Parcel::kHl7, message->write()};
}

Result<Wrapped> wrap_fhir(const Run& run, const std::vector<Outgoing>& documents) {
  std::vector<Write> writes;
  std::vector<const json::Value*> resources;
  for (const Outgoing& each : documents) {
    if (!is_fhir(each)) return refused("what goes into one Bundle is built by maps to fhir");
    const auto& resource = std::get<json::Value>(*each.document);
    if (auto complete = each.map->complete(*each.document); !complete) return complete.fault();
    resources.push_back(&resource);
    writes.push_back({resource, ""});
  }
  const auto bundle = bundle_of(std::move(writes), known_resources(run, resources));
  if (!bundle) return bundle.fault();
  std::string text = bundle->write();
  return Wrapped{number_of(text), Parcel::kFhir, std::move(text)};
}

/// One JSON document; an HL7 message is its text, with what tells it from others beside it.
Wrapped wrap_json(const Document& document) {
  json::Value object;
  if (const auto* message = std::get_if<hl7::Message>(&document)) {
    object["messageType"] = hl7::text_at(*message, "MSH-9.1") + '^' + hl7::text_at(*message, "MSH-9.2");
    object["controlId"] = hl7::text_at(*message, "MSH-10");
    object["message"] = hl7::to_utf8(message->write(), hl7::charset_of(*message, ""));
  } else {
    object = std::get<json::Value>(document);
  }
  std::string text = object.write();
  return {number_of(text), Parcel::kJson, std::move(text)};
}

}  // namespace

Result<Wrapped> wrap(const Run& run, const Endpoint& endpoint, const std::vector<Outgoing>& documents) {
  if (endpoint.kind == Endpoint::Kind::mllp_outlet || endpoint.kind == Endpoint::Kind::sftp_outlet)
    return wrap_hl7(*documents.front().document);
  if (is_fhir(documents.front())) return wrap_fhir(run, documents);
  return wrap_json(*documents.front().document);
}

}  // namespace pons
