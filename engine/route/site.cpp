#include "engine/route/site.h"

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/dicom/dataset.h"
#include "engine/hl7/fragments.h"
#include "engine/hl7/read.h"
#include "engine/route/binding.h"
#include "engine/route/decide.h"
#include "engine/route/fragments.h"
#include "engine/route/loading.h"
#include "engine/route/naming.h"

namespace pons {

namespace {

constexpr std::string_view kEndpoints = "routes/endpoints.yaml";

/// "routes/ris-orders.yaml" → "ris-orders".
std::string stem(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto begin = slash == std::string_view::npos ? 0 : slash + 1;
  return std::string(path.substr(begin, path.rfind('.') - begin));
}

std::string sender_of(const Envelope& envelope, const hl7::Message& message) {
  std::string sender = envelope.inlet;
  for (const char* field : {"MSH-3", "MSH-4", "MSH-10"}) sender += '|' + hl7::text_at(message, field);
  return sender;
}

/// What a map may name: whatever steps and sources bind (LANGUAGE 4); the route checks what is bound where.
Vocabulary map_vocabulary(const SiteParts& parts, const Node& file) {
  const Node* in = file.find("in");
  const bool hl7 = !in || in->text.starts_with("hl7");
  Vocabulary vocabulary = hl7 ? hl7_vocabulary(parts) : event_vocabulary(parts);
  vocabulary.names["patient"] = members_of_patient();
  vocabulary.names["order"] = members_of_order();
  vocabulary.names["step"] = members_of_step();
  vocabulary.names["report"] = members_of_report();
  vocabulary.names["study"] = members_of_study();
  vocabulary.names["merge"] = members_of_merge();
  vocabulary.names["script"] = {};
  return vocabulary;
}

/// Study UIDs that an MPPS names, in its Scheduled Step Attributes.
void add_mpps_names(const json::Value& dataset, Subject& subject) {
  if (const std::string id = dataset.text_of("PatientID"); !id.empty())
    subject.patients.push_back({id, dataset.text_of("IssuerOfPatientID"), {}});
  const json::Value* steps = dataset.find("ScheduledStepAttributesSequence");
  if (!steps) return;
  for (const json::Value& each : steps->items()) {
    if (const std::string uid = each.text_of("StudyInstanceUID"); !uid.empty()) subject.studies.push_back(uid);
    if (const std::string number = each.text_of("AccessionNumber"); !number.empty())
      subject.accessions.push_back({number, "", {}});
  }
}

bool holds_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}
bool holds_nul(const Identifier& identifier) {
  return holds_nul(identifier.value) || holds_nul(identifier.authority);
}

/// Where the fragments wait that the envelope continues, or was joined from, and where it waits itself.
void add_fragment_lanes(const Envelope& envelope, const hl7::Message& message, Subject& subject) {
  for (std::string& each : lanes_of_whole(envelope)) subject.lanes.push_back(std::move(each));
  const hl7::Fragment fragment = hl7::fragment_of(message);
  for (const std::string& pointer : {fragment.continues, fragment.pointer})
    if (!pointer.empty()) subject.lanes.push_back(fragment_lane(envelope.inlet, message, pointer));
}

/// No database can be asked for a text with a NUL byte, and none has it: such a name leads nowhere. The message itself
/// is then refused or parked for it, instead of being neither answered nor kept.
void leave_out_nul(Subject& subject) {
  const auto clean = [](auto& names) { std::erase_if(names, [](const auto& each) { return holds_nul(each); }); };
  clean(subject.patients), clean(subject.placers), clean(subject.fillers), clean(subject.accessions);
  clean(subject.studies), clean(subject.performed_steps), clean(subject.instances), clean(subject.commitments),
      clean(subject.lanes);
  subject.identity.sender = replace_all(subject.identity.sender, std::string_view("\0", 1), "\\X00\\");
}

}  // namespace

/// Reads the files of a site in the order in which they need one another.
class SiteLoader {
 public:
  SiteLoader(Site& site, const SiteFiles& files, const Lookup& lookup, Findings& findings)
      : site_(site), files_(files), lookup_(lookup), findings_(findings) {}

  void load() {
    for (const auto& [path, text] : files_) read(path, text);
    load_formats();
    load_tables();
    load_maps();
    load_scripts();
    load_endpoints_file();
    load_routes();
  }

 private:
  struct File {
    std::string path;
    const Node* node;
  };

  void read(const std::string& path, const std::string& text) {
    const bool is_yaml = path.ends_with(".yaml");
    if (!is_yaml && !path.ends_with(".lua")) return;
    keep(path, text);
    if (!is_yaml) {
      scripts_.push_back(site_.sources_.back().get());
      return;
    }
    auto node = parse_yaml(*site_.sources_.back(), findings_);
    if (!node) return;
    site_.nodes_.push_back(std::make_unique<Node>(*std::move(node)));
    sort(path, *site_.nodes_.back());
  }

  /// The findings of a site that does not load outlive it.
  void keep(const std::string& path, const std::string& text) {
    site_.sources_.push_back(std::make_shared<const Source>(Source{path, text}));
    findings_.keep(site_.sources_.back());
  }

  /// The first key names kind and object, and the object is called like its file.
  void sort(const std::string& path, const Node& file) {
    if (!file.is_map() || file.entries.empty()) {
      findings_.error("E0112", file.span, "this file holds no object", "",
                      "begin with what it is:  route: " + stem(path));
      return;
    }
    const auto& [kind, name] = file.entries.front();
    if (path == kEndpoints) {
      endpoints_ = &file;
      return;
    }
    if (!by_kind_.contains(kind.text)) {
      std::vector<std::string> known;
      for (const auto& [each, unused] : by_kind_) known.push_back(each);
      const std::string near = nearest(kind.text, known);
      findings_.error("E0112", kind.span, "\"" + kind.text + "\" is no kind of object",
                      near.empty() ? "" : "did you mean " + near + "?",
                      "a file begins with:  route  map  table  format");
      return;
    }
    if (name.text != stem(path)) {
      findings_.error("E0112", name.span, "\"" + name.text + "\" is in a file called " + stem(path) + ".yaml",
                      "the two names must be equal", "write:  " + kind.text + ": " + stem(path));
      return;
    }
    by_kind_[kind.text].push_back({path, &file});
  }

  void load_formats() {
    for (const File& each : by_kind_["format"])
      if (auto format = Format::load(*each.node, findings_)) {
        for (const auto& [segment, fields] : format->z_segments) site_.parts_.z_segments[segment] = fields;
        site_.parts_.formats.emplace(format->name, *std::move(format));
      }
  }

  void load_tables() {
    for (const File& each : by_kind_["table"])
      if (auto table = CodeTable::load(*each.node, findings_)) {
        const std::string name = table->name();
        site_.parts_.tables.emplace(name, *std::move(table));
      }
  }

  void load_maps() {
    if (site_.parts_.tables.size() != by_kind_["table"].size()) return;
    std::map<std::string, const Node*> bases;
    for (const File& each : by_kind_["map"]) bases[stem(each.path)] = each.node;
    for (const File& each : by_kind_["map"])
      if (auto map = Map::load(*each.node, map_vocabulary(site_.parts_, *each.node), findings_, bases)) {
        const std::string name = map->name();
        site_.parts_.maps.emplace(name, *std::move(map));
      }
  }

  void load_scripts() {
    for (const Source* each : scripts_)
      if (auto script = Script::load(*each, findings_))
        site_.parts_.scripts.emplace(stem(each->path), *std::move(script));
  }

  void load_endpoints_file() {
    if (!endpoints_) {
      if (files_.contains(std::string(kEndpoints))) return;  // it has its findings
      keep(std::string(kEndpoints), "");
      findings_.error("E0401", {site_.sources_.back().get(), 0, 0}, "the site has no routes/endpoints.yaml", "",
                      "write one that begins with:  endpoints:");
      return;
    }
    site_.parts_.endpoints = load_endpoints(*endpoints_, lookup_, findings_);
    site_.parts_.stations = load_stations(*endpoints_, site_.parts_.endpoints, lookup_, findings_);
    for (const auto& [name, endpoint] : site_.parts_.endpoints)
      if (!endpoint.format.empty() && !site_.parts_.formats.contains(endpoint.format))
        findings_.error("E0407", endpoint.span,
                        name + " names the format \"" + endpoint.format + "\", which is not there", "",
                        there_is(names_of(site_.parts_.formats)) + (site_.parts_.formats.empty() ? "" : "\n") +
                            "write a new one in  mappings/formats/*.yaml");
  }

  /// A map or table with findings of its own would make one more wherever it is named: they are mended first.
  bool all_loaded() {
    return site_.parts_.maps.size() == by_kind_["map"].size() && site_.parts_.tables.size() == by_kind_["table"].size();
  }

  void load_routes() {
    if (!all_loaded()) return;
    for (const File& each : by_kind_["route"])
      if (auto route = load_route(*each.node, site_.parts_, findings_)) site_.routes_.push_back(*std::move(route));
  }

  Site& site_;
  const SiteFiles& files_;
  const Lookup& lookup_;
  Findings& findings_;
  const Node* endpoints_ = nullptr;
  std::vector<const Source*> scripts_;
  std::map<std::string, std::vector<File>> by_kind_{{"format", {}}, {"table", {}}, {"map", {}}, {"route", {}}};
};

namespace {

std::string generation_of(const SiteFiles& files) {
  std::string all;
  for (const auto& [path, text] : files) all.append(path).append(1, '\0').append(text).append(1, '\0');
  return to_hex(sha256(all)).substr(0, 12);
}

}  // namespace

std::shared_ptr<const Site> Site::load(const SiteFiles& files, const Lookup& lookup, Findings& findings) {
  const std::shared_ptr<Site> site(new Site);
  site->generation_ = generation_of(files);
  SiteLoader(*site, files, lookup, findings).load();
  return findings.has_errors() ? nullptr : site;
}

const Endpoint* Site::endpoint(std::string_view name) const {
  const auto found = parts_.endpoints.find(std::string(name));
  return found == parts_.endpoints.end() ? nullptr : &found->second;
}

const Format* Site::format_of(const Endpoint& endpoint) const {
  const auto found = parts_.formats.find(endpoint.format);
  return found == parts_.formats.end() ? nullptr : &found->second;
}

Subject Site::subject(const Envelope& envelope) const {
  const bool is_commitment =
      envelope.kind == Envelope::Kind::commitment_request || envelope.kind == Envelope::Kind::commitment_result;
  Subject subject = is_commitment                                   ? subject_of_commitment(envelope)
                    : envelope.kind == Envelope::Kind::hl7          ? subject_of_hl7(envelope)
                    : envelope.kind == Envelope::Kind::availability ? subject_of_availability(envelope)
                    : envelope.kind == Envelope::Kind::stored       ? subject_of_stored(envelope)
                                                                    : subject_of_mpps(envelope);
  leave_out_nul(subject);
  if (envelope.pending != 0) subject.runs.push_back(envelope.pending);
  return subject;
}

Subject Site::subject_of_hl7(const Envelope& envelope) const {
  auto received = hl7::Message::parse(envelope.bytes);
  if (!received) return {};
  const Endpoint* inlet = endpoint(envelope.inlet);
  const std::string sender = sender_of(envelope, *received);
  hl7::Readable readable = hl7::readable(hl7::with_additions(*std::move(received)), inlet ? inlet->charset : "");
  const hl7::Message message =
      inlet ? completed(std::move(readable.message), *inlet, format_of(*inlet)) : std::move(readable.message);
  const hl7::Charset& charset = readable.charset;
  Subject subject = named_in(message, charset, inlet ? inlet->authority : "");
  subject.identity = {sender, hash_of_last_fragment(envelope)};
  if (subject.identity.bytes_hash.empty()) subject.identity.bytes_hash = sha256(*envelope.bytes);
  if (inlet && inlet->joins_fragments) add_fragment_lanes(envelope, message, subject);
  follow_sequence(subject, envelope, message);
  subject.answers = answered_by(envelope, message);
  Scope scope;
  scope.message = scope.received = &message;
  scope.charset = charset;
  scope.version = hl7::text_at(message, "MSH-12.1");
  for (const Route& route : routes_) {
    if (route.from != envelope.inlet) continue;
    if (route.when) {
      const auto takes = route.when->holds(scope);
      if (!takes || !*takes) continue;
    }
    if (auto lanes = lanes_of(route, scope)) subject.lanes.insert(subject.lanes.end(), lanes->begin(), lanes->end());
  }
  return subject;
}

std::vector<std::int64_t> Site::answered_by(const Envelope& envelope, const hl7::Message& message) const {
  std::vector<std::int64_t> keys;
  const std::string control_id(hl7::text_at(message, "MSA-2"));
  if (control_id.empty() || envelope.pending != 0) return keys;
  for (const auto& [name, outlet] : endpoints())
    if (outlet.answers_at == envelope.inlet) keys.push_back(awaited_answer_of(name, control_id));
  return keys;
}

void Site::follow_sequence(Subject& subject, const Envelope& envelope, const hl7::Message& message) const {
  const Endpoint* inlet = endpoint(envelope.inlet);
  if (!inlet || !inlet->follows_sequence || envelope.pending != 0) return;
  const std::string number = sequence_number_of(message);
  if (number.empty()) return;
  subject.sequence_links = {sequence_link_of(envelope.inlet, message)};
  // What is only about the link is answered anew each time: the number that is expected has changed.
  if (number == "0" || number == "-1") subject.identity = {};
}

Subject Site::subject_of_mpps(const Envelope& envelope) const {
  Subject subject;
  subject.is_event = true;
  subject.performed_steps.push_back(envelope.attributes.at("sop_instance_uid"));
  const auto dataset = dicom::Dataset::from_bytes(*envelope.bytes);
  if (!dataset) return subject;
  if (const auto object = json::Value::parse(dataset->to_json())) add_mpps_names(*object, subject);
  return subject;
}

/// The same notification again says nothing new (P3).
Subject Site::subject_of_availability(const Envelope& envelope) {
  Subject subject;
  subject.is_event = true;
  subject.identity = {"dicom|" + envelope.attributes.at("calling") + '|' + envelope.attributes.at("sop_instance_uid"),
                      sha256(*envelope.bytes)};
  const auto dataset = dicom::Dataset::from_bytes(*envelope.bytes);
  if (!dataset) return subject;
  if (const std::string uid = dataset->text_or_empty("StudyInstanceUID"); !uid.empty()) subject.studies.push_back(uid);
  return subject;
}

Subject Site::subject_of_commitment(const Envelope& envelope) {
  Subject subject;
  subject.is_event = true;
  const auto dataset = dicom::Dataset::from_bytes(*envelope.bytes);
  if (!dataset) return subject;
  const std::string uid = dataset->text_or_empty("TransactionUID");
  subject.identity = {"dicom|" + to_text(envelope.kind) + '|' + envelope.attributes.at("calling") + '|' + uid,
                      sha256(*envelope.bytes)};
  if (!uid.empty()) subject.commitments.push_back(uid);
  return subject;
}

Subject Site::subject_of_stored(const Envelope& envelope) {
  Subject subject;
  subject.is_event = true;
  const std::string& uid = envelope.attributes.at("sop_instance_uid");
  subject.identity = {"dicom|" + envelope.attributes.at("calling") + '|' + uid, sha256(*envelope.bytes)};
  subject.instances.push_back(uid);
  const auto header = dicom::Dataset::from_bytes(*envelope.bytes);
  if (!header) return subject;
  const auto text = [&](const char* path) { return header->text_or_empty(path); };
  if (const std::string study = text("StudyInstanceUID"); !study.empty()) subject.studies.push_back(study);
  if (const std::string id = text("PatientID"); !id.empty())
    subject.patients.push_back({id, text("IssuerOfPatientID"), {}});
  if (const std::string number = text("AccessionNumber"); !number.empty())
    subject.accessions.push_back({number, text("IssuerOfAccessionNumberSequence.LocalNamespaceEntityID"), {}});
  return subject;
}

std::optional<Decision> Site::decide(const Envelope& envelope, Book& book, Instant now) const {
  auto decided = pons::decide(*this, envelope, book, now);
  return decided ? std::optional(std::move(decided->decision)) : std::nullopt;
}

}  // namespace pons
