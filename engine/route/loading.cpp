#include "engine/route/loading.h"

#include <array>

#include "engine/base/text.h"
#include "engine/route/binding.h"

namespace pons {

namespace {

constexpr std::array<std::pair<std::string_view, Endpoint::Policy>, 4> kPolicies{{{"reject", Endpoint::Policy::reject},
                                                                                  {"hold", Endpoint::Policy::hold},
                                                                                  {"park", Endpoint::Policy::park},
                                                                                  {"drop", Endpoint::Policy::drop}}};

std::string_view word(Endpoint::Policy policy) {
  for (const auto& [text, each] : kPolicies)
    if (each == policy) return text;
  return "";
}

const std::map<std::string, std::map<int, std::string>>* z_segments(const SiteParts& parts) {
  // Maps do not say whose messages they read: what any format declares may be read.
  return parts.formats.empty() ? nullptr : &parts.z_segments;
}

}  // namespace

std::optional<Expr> Loading::compile(const Node& scalar) {
  Findings found;
  auto compiled = Expr::compile(scalar, vocabulary, found);
  for (const Finding& each : found.all()) {
    const Finding::Label& at = each.labels.front();
    const std::string name = at.span.source ? std::string(at.span.text()) : std::string();
    const bool comes_later = each.code == "E0220" && bound_somewhere.contains(name) && !vocabulary.names.contains(name);
    if (comes_later)
      findings.error("E0220", at.span, "\"" + name + "\" is used before it is bound", "a later step binds it",
                     "move this behind that step");
    else
      findings.add(each);
  }
  return compiled;
}

std::string there_is(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "there is:  " : ", ") + each;
  return list;
}

void refuse_unknown_name(const Node& name, const char* kind, const char* folder, const std::vector<std::string>& known,
                         Findings& findings) {
  const std::string near = nearest(name.text, known), list = there_is(known);
  findings.error("E0407", name.span, std::string("there is no ") + kind + " \"" + name.text + "\"",
                 near.empty() ? "" : "did you mean " + near + "?",
                 (list.empty() ? "" : list + '\n') + "write a new one in  " + folder);
}

const Node* Loading::wanted(const Node& map, const char* key, const char* example) {
  if (const Node* found = map.find(key); found && found->is_scalar()) return found;
  findings.error("E0406", map.span, std::string("there is no ") + key + ": here", "",
                 std::string("write:  ") + key + ": " + example);
  return nullptr;
}

const Map* Loading::map_for(const Node& step, const char* key, Target::Kind kind, const char* example) {
  const Node* name = wanted(step, key, example);
  if (!name) return nullptr;
  const auto found = parts.maps.find(name->text);
  if (found == parts.maps.end()) {
    refuse_unknown_name(*name, "map", "mappings/*.yaml", names_of(parts.maps), findings);
    return nullptr;
  }
  if (found->second.target().kind != kind) {
    findings.error("E0407", name->span, "the map \"" + name->text + "\" does not build what is wanted here", "",
                   std::string("name a map with  out: ") + (kind == Target::Kind::patient ? "patient" : "…") +
                       "  such as " + example);
    return nullptr;
  }
  return &found->second;
}

Endpoint::Policy Loading::policy(const Node& step, const char* key, Endpoint::Policy otherwise,
                                 std::initializer_list<Endpoint::Policy> allowed, const char* first) {
  const Node* node = step.find(key);
  if (!node) return otherwise;
  std::string list;
  for (const Endpoint::Policy each : allowed) {
    if (word(each) == node->text) return each;
    list += (list.empty() ? "" : " | ") + std::string(word(each));
  }
  findings.error("E0406", node->span, "\"" + node->text + "\" is no value of " + key + ":", "",
                 "write:  " + (*first ? first + (" | " + list) : list));
  return otherwise;
}

ReconcilePatient::Unknown Loading::unknown(const Node& step, ReconcilePatient::Unknown otherwise) {
  const Node* node = step.find("unknown");
  if (!node) return otherwise;
  if (node->text == "create") return ReconcilePatient::Unknown::create;
  if (node->text == "ignore") return ReconcilePatient::Unknown::ignore;
  if (node->text == "hold") return ReconcilePatient::Unknown::hold;
  findings.error("E0406", node->span, "\"" + node->text + "\" is no value of unknown:", "",
                 "write:  create | ignore | hold");
  return otherwise;
}

std::optional<hl7::Path> Loading::path(const Node& step, const char* key, const char* example) {
  const Node* node = wanted(step, key, example);
  if (!node) return {};
  const auto compiled = compile(*node);
  if (!compiled) return {};
  if (auto found = compiled->as_path()) return found;
  findings.error("E0406", node->span, std::string(key) + ": wants a place in the message", "",
                 std::string("write:  ") + key + ": " + example);
  return {};
}

Vocabulary hl7_vocabulary(const SiteParts& parts) {
  Vocabulary vocabulary;
  vocabulary.tables = &parts.tables;
  vocabulary.z_segments = z_segments(parts);
  return vocabulary;
}

Vocabulary event_vocabulary(const SiteParts& parts) {
  Vocabulary vocabulary;
  vocabulary.tables = &parts.tables;
  vocabulary.hl7 = false;
  vocabulary.names["event"] = {"type",     "time",      "first", "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID",
                               "Modality", "committed", "failed"};
  vocabulary.names["study"] = members_of_study();
  vocabulary.names["patient"] = members_of_patient();
  vocabulary.names["order"] = members_of_order();
  return vocabulary;
}

}  // namespace pons
