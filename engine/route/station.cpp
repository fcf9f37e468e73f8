#include "engine/route/station.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/dicom/character_set.h"
#include "engine/route/endpoint.h"
#include "engine/route/loading.h"

namespace pons {

namespace {

constexpr std::size_t kTitleLimit = 16, kCodeLimit = 16;

/// PS3.5 6.2, CS.
bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kCodeLimit && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' ';
  });
}

/// Reads one station.
class StationReader {
 public:
  StationReader(const Node& list, const std::map<std::string, Endpoint>& endpoints, const Lookup& lookup,
                Findings& findings)
      : list_(list), endpoints_(endpoints), lookup_(lookup), findings_(findings) {}

  Station read(const Node& title, const Node& body) {
    if (!is_ae_title(title.text))
      findings_.error("E0412", title.span, "\"" + title.text + "\" is no AE title", "",
                      "an AE title has 1 to 16 characters of ASCII, no backslash, and no blank at either end");
    Station station;
    if (body.is_scalar()) {
      station.modality = modality(body);
      return station;
    }
    if (!body.is_map()) {
      findings_.error(
          "E0403", body.span, "a station has its modality, or its settings by name", "",
          "write:  " + title.text + ": CT      or      " + title.text + ": {modality: CT, charset: ISO_IR 100}");
      return station;
    }
    refuse_unknown_keys(
        body,
        {"modality", "charset", "unsupported_keys", "station", "mpps", "stores", "commitment", "user", "sees", "about"},
        findings_);
    if (const Node* node = body.find("modality")) station.modality = modality(*node);
    if (const Node* node = body.find("charset")) station.charset = charset(*node);
    station.tell_unsupported_keys = word(body, "unsupported_keys", {"FF01", "FF00"}) != "FF00";
    station.has_strict_mpps = word(body, "mpps", {"lenient", "strict"}) == "strict";
    station.may_store = word(body, "stores", {"headers"}) == "headers";
    station.is_own_station = word(body, "station", {"caller"}) == "caller";
    if (const Node* node = body.find("commitment")) read_commitment(*node, station);
    if (const Node* node = body.find("user")) read_user(*node, station);
    if (const Node* node = body.find("sees")) read_view(*node, station);
    return station;
  }

 private:
  std::string modality(const Node& node) {
    if (node.text.empty()) return {};
    if (!is_code(node.text))
      findings_.error("E0403", node.span, "\"" + node.text + "\" is no modality", "",
                      "write a term of DICOM's, such as  CT  MR  US, in capitals");
    return node.text;
  }

  std::string charset(const Node& node) {
    const auto known = dicom::encodable_character_sets();
    if (std::find(known.begin(), known.end(), node.text) == known.end()) {
      const std::string near = nearest(node.text, known);
      findings_.error("E0403", node.span, "\"" + node.text + "\" is no character set that DICOM answers are written in",
                      near.empty() ? "" : "did you mean " + near + "?", "write:  ISO_IR 100, ISO_IR 192 …");
    }
    return node.text;
  }

  std::string word(const Node& body, const char* key, const std::vector<std::string>& words) {
    return one_word_of(body, key, words, findings_);
  }

  /// A station that shall say who it is never gets in because a variable is not set.
  void read_user(const Node& user, Station& station) {
    const Node* name = user.find("name");
    const Node* password = user.find("password");
    if (!name || !password || name->text.empty()) {
      findings_.error("E0403", user.span, "user: wants a name and its password", "",
                      "write:  {name: ct1, password: \"${secret:NAME}\"}");
      return;
    }
    refuse_unknown_keys(user, {"name", "password"}, findings_);
    if (holds_text_of_its_own(*password)) {
      findings_.error("E0404", password->span, "a secret must not stand in a file", "name it, and keep it elsewhere",
                      "write:  password: ${secret:NAME}");
      return;
    }
    const Filled filled = fill(password->text, lookup_);
    if (!filled.unset.empty() || filled.text.empty())
      findings_.error("E0150", password->span,
                      (filled.unset.empty() ? "password:" : filled.unset) + std::string(" is not set"),
                      "set it, or leave user: out");
    station.user = name->text;
    station.password = filled.text;
  }

  void read_commitment(const Node& commitment, Station& station) {
    const Node* from = commitment.find("from");
    const Node* to = commitment.find("to");
    if (!from || !to) {
      findings_.error("E0403", commitment.span, "commitment: wants the archive, and where the result goes", "",
                      "write:  {from: archive, to: ct1}  with two endpoints that send dicom://");
      return;
    }
    refuse_unknown_keys(commitment, {"from", "to"}, findings_);
    station.archive = dicom_endpoint(*from);
    station.told_at = dicom_endpoint(*to);
  }

  std::string dicom_endpoint(const Node& node) {
    const auto is_dicom = [](const Endpoint& each) { return each.kind == Endpoint::Kind::dicom_outlet; };
    const auto found = endpoints_.find(node.text);
    if (found != endpoints_.end() && is_dicom(found->second)) return found->second.is_off ? "" : node.text;
    std::vector<std::string> known;
    for (const auto& [name, endpoint] : endpoints_)
      if (is_dicom(endpoint)) known.push_back(name);
    const std::string near = nearest(node.text, known);
    findings_.error("E0407", node.span, "there is no DICOM endpoint \"" + node.text + "\"",
                    near.empty() ? "" : "did you mean " + near + "?",
                    known.empty() ? "write an endpoint:  send: dicom://host:port/AETITLE" : there_is(known));
    return {};
  }

  void read_view(const Node& sees, Station& station) {
    if (!sees.is_map() || sees.entries.empty()) {
      findings_.error("E0403", sees.span, "sees: wants modalities, stations or both", "",
                      "write:  {modality: [CT, MR]}  or  {station: [CT1, CT2]}");
      return;
    }
    refuse_unknown_keys(sees, {"modality", "station"}, findings_);
    for (const Node* each : one_or_more(sees.find("modality"))) station.visible_modalities.push_back(modality(*each));
    for (const Node* each : one_or_more(sees.find("station"))) station.visible_stations.push_back(known_station(*each));
  }

  static std::vector<const Node*> one_or_more(const Node* node) {
    if (!node) return {};
    if (node->is_scalar()) return {node};
    std::vector<const Node*> all;
    for (const Node& each : node->items) all.push_back(&each);
    return all;
  }

  std::string known_station(const Node& node) {
    if (list_.find(node.text)) return node.text;
    std::vector<std::string> known;
    std::string list;
    for (const auto& [title, unused] : list_.entries) {
      known.push_back(title.text);
      list += (list.empty() ? "" : ", ") + title.text;
    }
    const std::string near = nearest(node.text, known);
    findings_.error("E0407", node.span, "there is no station \"" + node.text + "\"",
                    near.empty() ? "" : "did you mean " + near + "?", "there is:  " + list);
    return {};
  }

  const Node& list_;
  const std::map<std::string, Endpoint>& endpoints_;
  const Lookup& lookup_;
  Findings& findings_;
};

}  // namespace

bool is_ae_title(std::string_view text) {
  return !text.empty() && text.size() <= kTitleLimit && trim(text) == text &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

std::map<std::string, Station> load_stations(const Node& file, const std::map<std::string, Endpoint>& endpoints,
                                             const Lookup& lookup, Findings& findings) {
  std::map<std::string, Station> stations;
  const Node* list = file.find("stations");
  if (!list) return stations;
  if (!list->is_map()) {
    findings.error("E0403", list->span, "stations: wants the AE titles that may call, each with its modality", "",
                   "write below it:  CT1: CT");
    return stations;
  }
  for (const auto& [title, body] : list->entries)
    stations.emplace(title.text, StationReader(*list, endpoints, lookup, findings).read(title, body));
  return stations;
}

}  // namespace pons
