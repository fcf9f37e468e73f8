#include "engine/route/endpoint.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/route/endpoint_reader.h"

namespace pons {

namespace {

/// `application_ack_to:` names another endpoint, so all must have been read.
void check_application_acks(std::map<std::string, Endpoint>& endpoints, const Node& list, Findings& findings) {
  for (auto& [name, inlet] : endpoints) {
    if (inlet.application_acks_to.empty()) continue;
    const Span at = list.find(name)->find("application_ack_to")->span;
    const auto outlet = endpoints.find(inlet.application_acks_to);
    if (outlet == endpoints.end() || outlet->second.kind != Endpoint::Kind::mllp_outlet) {
      std::vector<std::string> outlets;
      for (const auto& [other, endpoint] : endpoints)
        if (endpoint.kind == Endpoint::Kind::mllp_outlet) outlets.push_back(other);
      const std::string near = nearest(inlet.application_acks_to, outlets);
      findings.error("E0403", at, "\"" + inlet.application_acks_to + "\" is no endpoint that sends over MLLP",
                     near.empty() ? "" : "did you mean " + near + "?",
                     "acknowledgements go where an endpoint sends:  send: mllp://host:port");
    } else if (inlet.ack == Endpoint::Ack::delivered || inlet.ack == Endpoint::Ack::none) {
      findings.error("E0403", at, "under ack: delivered or none there is no acknowledgement that could go elsewhere",
                     "", "write:  ack: checked      or leave application_ack_to: out");
    } else if (outlet->second.is_off) {
      findings.warning("W0150", at,
                       inlet.application_acks_to + " is off, so " + name + " answers on the connection of the message");
      inlet.application_acks_to.clear();
    }
  }
}

/// `answers_at:` names a listener.
void check_answering_listeners(const std::map<std::string, Endpoint>& endpoints, const Node& list, Findings& findings) {
  for (const auto& [name, outlet] : endpoints) {
    if (outlet.answers_at.empty()) continue;
    const Span at = list.find(name)->find("answers_at")->span;
    const auto listener = endpoints.find(outlet.answers_at);
    if (outlet.kind != Endpoint::Kind::mllp_outlet) {
      findings.error("E0403", at, "answers_at: is of MLLP, and this endpoint sends otherwise", "", "leave it out");
    } else if (listener == endpoints.end() || !listener->second.is_inlet()) {
      std::vector<std::string> listeners;
      for (const auto& [other, endpoint] : endpoints)
        if (endpoint.is_inlet()) listeners.push_back(other);
      const std::string near = nearest(outlet.answers_at, listeners);
      findings.error("E0403", at, "\"" + outlet.answers_at + "\" is no endpoint that listens",
                     near.empty() ? "" : "did you mean " + near + "?", "answers come where an endpoint listens");
    }
  }
}

/// Where its partners call; null where we call, or the machine chooses the port.
const Node* door_of(const Endpoint& endpoint, const Node& list) {
  const bool has_door = endpoint.is_inlet() || endpoint.kind == Endpoint::Kind::mllp_outlet;
  if (!has_door || endpoint.is_client || endpoint.is_off || endpoint.port == 0) return nullptr;
  return list.find(endpoint.name)->find(endpoint.is_inlet() ? "listen" : "send");
}

bool is_same_host(const std::string& one, const std::string& other) {
  const auto is_all = [](const std::string& host) { return host == "0.0.0.0" || host == "::"; };
  return one == other || is_all(one) || is_all(other);
}

int next_free_port(const std::map<std::string, Endpoint>& endpoints, int after) {
  const auto is_taken = [&](int port) {
    return std::any_of(endpoints.begin(), endpoints.end(), [&](const auto& each) { return each.second.port == port; });
  };
  int port = after + 1;
  while (is_taken(port)) ++port;
  return port <= 65535 ? port : 2575;
}

/// Of two who listen at one place the second would find it taken.
void check_doors(const std::map<std::string, Endpoint>& endpoints, const Node& list, Findings& findings) {
  std::vector<const Endpoint*> earlier;
  for (const auto& [name, body] : list.entries) {
    const auto found = endpoints.find(name.text);
    if (found == endpoints.end()) continue;
    const Endpoint& endpoint = found->second;
    const Node* door = door_of(endpoint, list);
    if (!door) continue;
    const auto same = std::find_if(earlier.begin(), earlier.end(), [&](const Endpoint* each) {
      return each->port == endpoint.port && is_same_host(each->host, endpoint.host);
    });
    if (same == earlier.end()) {
      earlier.push_back(&endpoint);
      continue;
    }
    findings
        .error("E0402", door->span, endpoint.name + " listens where " + (*same)->name + " does", "",
               "write a port of its own:  mllp://" + endpoint.host + ":" +
                   std::to_string(next_free_port(endpoints, endpoint.port)))
        .labels.push_back({door_of(**same, list)->span, (*same)->name + " listens here"});
  }
}

}  // namespace

bool Endpoint::is_like(Endpoint other) const {
  other.span = span;
  other.ack_span = ack_span;
  return *this == other;
}

Dialect Endpoint::dialect() const {
  Dialect dialect;
  dialect.parked_is_aa = parked_is_aa || ack == Ack::stored;
  dialect.original_only = original_acks_only;
  dialect.is_silent = ack == Ack::none;
  dialect.application_elsewhere = !application_acks_to.empty();
  return dialect;
}

std::map<std::string, Endpoint> load_endpoints(const Node& file, const Lookup& lookup, Findings& findings) {
  std::map<std::string, Endpoint> endpoints;
  refuse_unknown_keys(file, {"endpoints", "stations"}, findings);
  const Node* list = file.find("endpoints");
  if (!list || !list->is_map()) {
    findings.error("E0401", file.span, "there are no endpoints here", "", "begin with:  endpoints:");
    return endpoints;
  }
  for (const auto& [name, body] : list->entries) {
    if (name.text == "worklist" || name.text == "imaging-events" || name.text == "dicom") {
      findings.error("E0401", name.span, "\"" + name.text + "\" is built in", "",
                     "write another name, such as  " + name.text + "-2");
      continue;
    }
    if (!body.is_map()) {
      findings.error("E0401", name.span, "an endpoint has settings below its name", "",
                     "write below it:  listen: mllp://127.0.0.1:2575      or      send: mllp://host:6661");
      continue;
    }
    if (auto endpoint = read_endpoint(name, body, lookup, findings)) endpoints.emplace(name.text, *endpoint);
  }
  check_application_acks(endpoints, *list, findings);
  check_answering_listeners(endpoints, *list, findings);
  check_doors(endpoints, *list, findings);
  return endpoints;
}

void refuse_unservable(const std::map<std::string, Endpoint>& endpoints, Findings& findings) {
  for (const auto& [name, endpoint] : endpoints) {
    if (endpoint.is_off) continue;
    if (endpoint.kind == Endpoint::Kind::sftp_outlet)
      findings.error("E0420", endpoint.span, name + " sends over SFTP, which this version cannot deliver to yet",
                     "leave its variable unset, or send another way");
    if (endpoint.wants_oauth2)
      findings.error("E0420", endpoint.span, name + " asks for OAuth2, which this version does not speak yet",
                     "leave its secret unset, or let a gateway add the token");
  }
}

}  // namespace pons
