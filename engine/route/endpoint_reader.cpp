#include "engine/route/endpoint_reader.h"

#include <charconv>

#include "engine/base/text.h"
#include "engine/hl7/charset.h"
#include "engine/route/station.h"

namespace pons {

namespace {

/// Reads one endpoint, key by key.
class EndpointReader {
 public:
  EndpointReader(const Node& name, const Node& body, const Lookup& lookup, Findings& findings)
      : body_(body), lookup_(lookup), findings_(findings) {
    endpoint_.name = name.text;
    endpoint_.span = name.span;
  }

  std::optional<Endpoint> read() {
    const Node* listen = body_.find("listen");
    const Node* send = body_.find("send");
    const Node* link = body_.find("link");
    if ((listen != nullptr) + (send != nullptr) + (link != nullptr) != 1) {
      findings_.error("E0401", endpoint_.span, "an endpoint listens, sends, or links to a viewer: one of the three",
                      "write:  listen: mllp://127.0.0.1:2575      or      send: mllp://host:6661");
      return {};
    }
    if (listen) return read_inlet(*listen);
    if (send) return read_outlet(*send);
    return read_viewer(*link);
  }

 private:
  std::optional<Endpoint> read_inlet(const Node& listen) {
    refuse_unknown_keys(body_, {"listen",      "format",   "authority", "charset",  "ack",       "ack_mode",
                                "certificate", "key",      "clients",   "from",     "at_once",   "release",
                                "zone",        "unrouted", "parked",    "sequence", "fragments", "application_ack_to",
                                "in_flight",   "mode",     "tls",       "about"},
                        findings_);
    const Filled url = fill(listen.text, lookup_);
    if (!url.unset.empty()) {
      findings_.error("E0150", listen.span, url.unset + " is not set",
                      "set it, or give a default:  " + with_default(url.unset, "2575"));
      return {};
    }
    if (!read_host_and_port(url.text, "mllp://")) {
      findings_.error("E0402", listen.span, "\"" + url.text + "\" is not an address to listen on", "",
                      "write:  mllp://127.0.0.1:2575");
      return {};
    }
    endpoint_.kind = Endpoint::Kind::mllp_inlet;
    endpoint_.format = text_of("format");
    endpoint_.authority = text_of("authority");
    read_mode(false);
    if (endpoint_.is_client)
      read_client_tls();
    else
      read_door();
    read_release();
    read_charset();
    read_zone();
    endpoint_.ack = choice("ack", Endpoint::Ack::checked,
                           {{"stored", Endpoint::Ack::stored},
                            {"checked", Endpoint::Ack::checked},
                            {"delivered", Endpoint::Ack::delivered},
                            {"none", Endpoint::Ack::none}});
    if (const Node* ack = body_.find("ack")) endpoint_.ack_span = ack->span;
    endpoint_.original_acks_only = choice("ack_mode", false, {{"message", false}, {"original", true}});
    endpoint_.follows_sequence = choice("sequence", false, {{"yes", true}, {"no", false}});
    read_in_flight();
    endpoint_.application_acks_to = text_of("application_ack_to");
    endpoint_.joins_fragments = choice("fragments", true, {{"join", true}, {"ignore", false}});
    endpoint_.drops_unrouted = choice("unrouted", false, {{"drop", true}, {"reject", false}});
    endpoint_.parked_is_aa = choice("parked", false, {{"AA", true}, {"AE", false}});
    return endpoint_;
  }

  std::optional<Endpoint> read_outlet(const Node& send) {
    refuse_unknown_keys(body_,
                        {"send",       "mode",         "tls",   "certificate", "key",     "clients",   "from",
                         "accept",     "reply_within", "retry", "rejected",    "at_once", "in_flight", "sequence",
                         "answers_at", "release",      "rate",  "open",        "auth",    "about"},
                        findings_);
    if (!read_address(send)) return {};
    read_mode(true);
    if (endpoint_.is_client)
      read_client_tls();
    else
      read_door();
    read_release();
    read_accept();
    if (const Node* within = body_.find("reply_within")) endpoint_.reply_within = duration(*within);
    read_retry();
    endpoint_.rejected =
        choice("rejected", Endpoint::Policy::park,
               {{"park", Endpoint::Policy::park}, {"hold", Endpoint::Policy::hold}, {"drop", Endpoint::Policy::drop}});
    endpoint_.at_once = read_at_once(64).value_or(1);
    read_in_flight();
    read_numbering();
    endpoint_.answers_at = text_of("answers_at");
    read_rate();
    read_open_hours();
    read_auth();
    return endpoint_;
  }

  std::optional<Endpoint> read_viewer(const Node& link) {
    refuse_unknown_keys(body_, {"link", "iid", "about"}, findings_);
    endpoint_.kind = Endpoint::Kind::viewer;
    const Filled url = fill(link.text, lookup_);
    endpoint_.is_off = !url.unset.empty() || url.text.empty();
    endpoint_.link = url.text;
    if (const Node* iid = body_.find("iid")) endpoint_.iid = fill(iid->text, lookup_).text;
    return endpoint_;
  }

  bool read_address(const Node& send) {
    const Filled url = fill(send.text, lookup_);
    if (!url.unset.empty() || url.text.empty()) {
      findings_.warning("W0150", send.span,
                        (url.unset.empty() ? "the address" : url.unset) + std::string(" is not set, so ") +
                            endpoint_.name + " is off",
                        "set it, or give a default:  " + with_default(url.unset, "…"));
      endpoint_.is_off = true;
    }
    const std::string_view text = endpoint_.is_off ? std::string_view(send.text) : std::string_view(url.text);
    if (text.starts_with("http://") || text.starts_with("https://") || (endpoint_.is_off && text.starts_with("${"))) {
      endpoint_.kind = Endpoint::Kind::http_outlet;
      endpoint_.url = url.text;
      return true;
    }
    if (text.starts_with("sftp://")) {
      endpoint_.kind = Endpoint::Kind::sftp_outlet;
      endpoint_.url = url.text;
      return true;
    }
    if (text.starts_with("dicom://")) {
      endpoint_.kind = Endpoint::Kind::dicom_outlet;
      if (endpoint_.is_off || read_ae(url.text)) return true;
      findings_.error("E0402", send.span, "\"" + std::string(text) + "\" is not an application entity to send to", "",
                      "write:  dicom://host:port/AETITLE");
      return false;
    }
    endpoint_.kind = Endpoint::Kind::mllp_outlet;
    if (endpoint_.is_off ? text.starts_with("mllp://") : read_host_and_port(url.text, "mllp://")) return true;
    findings_.error("E0402", send.span, "\"" + std::string(text) + "\" is not an address to send to", "",
                    "write:  mllp://host:port, https://…, dicom://host:port/AETITLE or sftp://user@host/path");
    return false;
  }

  bool read_ae(const std::string& url) {
    const auto slash = url.rfind('/');
    endpoint_.ae_title = url.substr(slash + 1);
    return is_ae_title(endpoint_.ae_title) && read_host_and_port(std::string_view(url).substr(0, slash), "dicom://");
  }

  bool read_host_and_port(std::string_view url, std::string_view scheme) {
    if (!url.starts_with(scheme)) return false;
    url.remove_prefix(scheme.size());
    const auto colon = url.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view port = url.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint_.port);
    endpoint_.host = url.substr(0, colon);
    return error == std::errc{} && end == port.data() + port.size();
  }

  /// Who opens the connection. What goes with the other way is refused.
  void read_mode(bool is_client) {
    endpoint_.is_client = choice("mode", is_client, {{"client", true}, {"server", false}});
    if (const Node* mode = body_.find("mode"); mode && !endpoint_.is_inlet() && !is_mllp_outlet())
      findings_.error("E0403", mode->span, "mode: is of MLLP, and this endpoint sends otherwise", "", "leave it out");
    std::vector<const char*> of_the_other_way{"tls"};
    if (endpoint_.is_client) of_the_other_way = {"clients", "from"};
    if (endpoint_.is_client && endpoint_.is_inlet()) of_the_other_way.push_back("at_once");
    for (const char* key : of_the_other_way)
      if (const Node* node = body_.find(key))
        findings_.error(
            "E0403", node->span,
            std::string(key) + (endpoint_.is_client ? ": is about partners that call, and we call this one"
                                                    : ": is the authority of one that we call, and this one calls us"),
            "",
            endpoint_.is_client ? "leave it out, or write  mode: server"
                                : "write  certificate: and key:, or  mode: client");
  }

  bool is_mllp_outlet() const { return endpoint_.kind == Endpoint::Kind::mllp_outlet; }

  /// Where partners call: what we show, and whom we let in.
  void read_door() {
    read_server_tls();
    read_callers();
    if (!endpoint_.is_inlet()) return;
    if (const auto count = read_at_once(4096)) endpoint_.at_once_by_address = static_cast<std::size_t>(*count);
  }

  void read_charset() {
    endpoint_.charset = text_of("charset");
    if (!endpoint_.charset.empty() && !hl7::charset_named(endpoint_.charset))
      findings_.error("E0403", body_.find("charset")->span,
                      "\"" + endpoint_.charset + "\" is not a character set of HL7 table 0211", "",
                      "write:  latin1, UNICODE UTF-8, 8859/2 …");
  }

  void read_zone() {
    const Node* node = body_.find("zone");
    if (!node) return;
    if (const auto zone = Zone::named(node->text))
      endpoint_.zone = *zone;
    else
      findings_.error("E0403", node->span, "\"" + node->text + "\" is not a time zone", "", "write:  Europe/London");
  }

  void read_accept() {
    const Node* accept = body_.find("accept");
    if (!accept) return;
    if (!accept->is_list() || accept->items.empty()) {
      findings_.error("E0403", accept->span, "accept: wants a list of what MSA-1 may say", "",
                      "write:  accept: [AA, CA]");
      return;
    }
    endpoint_.accept.clear();
    for (const Node& each : accept->items) endpoint_.accept.push_back(each.text);
  }

  void read_retry() {
    const Node* retry = body_.find("retry");
    if (!retry) return;
    if (!retry->is_map()) {
      findings_.error("E0403", retry->span, "retry: wants its settings by name", "",
                      "write:  {every: 30s, up_to: 10m, for: 3d}");
      return;
    }
    refuse_unknown_keys(*retry, {"every", "up_to", "for", "then"}, findings_);
    if (const Node* every = retry->find("every")) endpoint_.retry.every = duration(*every);
    endpoint_.retry.up_to = std::max(endpoint_.retry.up_to, endpoint_.retry.every);
    if (const Node* up_to = retry->find("up_to")) endpoint_.retry.up_to = duration(*up_to);
    if (const Node* alert = retry->find("for")) endpoint_.retry.alert_after = duration(*alert);
    const Node* then = retry->find("then");
    if (then && then->text != "park")
      findings_.error("E0403", then->span, "after `for:` a delivery goes on, or is parked", "", "write:  then: park");
    endpoint_.retry.then_park = then != nullptr;
  }

  std::optional<int> read_at_once(int most) { return read_count("at_once", most, "connections"); }

  void read_in_flight() {
    const auto count = read_count("in_flight", 256, "messages");
    if (!count) return;
    endpoint_.in_flight = static_cast<std::size_t>(*count);
    const Span at = body_.find("in_flight")->span;
    if (!endpoint_.is_inlet() && !is_mllp_outlet())
      findings_.error("E0403", at, "in_flight: is of MLLP, and this endpoint sends otherwise", "",
                      "leave it out, or write  at_once: " + std::to_string(*count));
    if (*count > 1 && is_mllp_outlet() && endpoint_.mllp_release == 2)
      findings_.error("E0403", at, "release 2 of MLLP commits each message before the next is sent", "",
                      "leave in_flight: out, or write  release: 1");
    if (*count > 1 && endpoint_.ack == Endpoint::Ack::delivered)
      findings_.error("E0403", at, "under ack: delivered each message waits for its delivery", "",
                      "leave in_flight: out, or write  ack: checked");
  }

  /// Numbered messages go out one after the other.
  void read_numbering() {
    endpoint_.numbers_messages = choice("sequence", false, {{"yes", true}, {"no", false}});
    if (!endpoint_.numbers_messages) return;
    const Node* sequence = body_.find("sequence");
    if (!is_mllp_outlet())
      findings_.error("E0403", sequence->span, "sequence: is of MLLP, and this endpoint sends otherwise", "",
                      "leave it out");
    for (const char* key : {"at_once", "in_flight"})
      if (const Node* several = body_.find(key); several && several->text != "1")
        findings_.error("E0403", several->span,
                        "with sequence: yes each message waits until the one before it has been answered", "",
                        std::string("leave ") + key + ": out, or write  sequence: no");
  }

  std::optional<int> read_count(const char* key, int most, const char* what) {
    const Node* node = body_.find(key);
    if (!node) return {};
    int count = 0;
    const char* const text_end = node->text.data() + node->text.size();
    const auto [end, error] = std::from_chars(node->text.data(), text_end, count);
    if (error == std::errc{} && end == text_end && count >= 1 && count <= most) return count;
    findings_.error("E0403", node->span,
                    std::string(key) + ": is a number of " + what + ", 1 to " + std::to_string(most), "",
                    std::string("write:  ") + key + ": 4");
    return {};
  }

  /// `from:` is a list of callers, or a map from each to those whom it may speak for.
  void read_callers() {
    const Node* from = body_.find("from");
    if (!from) return;
    if (from->is_list() && !from->items.empty()) {
      for (const Node& each : from->items) add_caller(each, nullptr);
    } else if (from->is_map() && !from->entries.empty()) {
      for (const auto& [caller, names] : from->entries) add_caller(caller, &names);
    } else {
      findings_.error("E0403", from->span, "from: wants who may call", "",
                      "write:  from: [10.1.2.0/24]      or      from: {10.1.2.5: RIS|NORTH}");
    }
  }

  void add_caller(const Node& caller, const Node* names) {
    constexpr std::string_view kByCertificate = "CN=";
    Callers::Rule rule;
    const Filled who = fill(caller.text, lookup_);
    if (!who.unset.empty()) {
      findings_.error("E0150", caller.span, who.unset + " is not set", "set it, or leave the line out");
      return;
    }
    if (who.text.starts_with(kByCertificate)) {
      rule.certificate = who.text.substr(kByCertificate.size());
      if (rule.certificate.empty())
        findings_.error("E0403", caller.span, "CN= names nobody", "", "write:  CN=ris.example");
      if (!body_.find("clients"))
        findings_.error("E0411", caller.span, "partners show no certificate here", "",
                        "add:  clients: ${env:MLLP_CLIENTS}   a PEM file of the authorities of their certificates");
    } else if (!(rule.network = Network::parse(who.text))) {
      findings_.error("E0403", caller.span, "\"" + who.text + "\" is no address, network or certificate", "",
                      "write:  10.1.2.5, 10.1.2.0/24, fd00::/8 or CN=ris.example");
      return;
    }
    if (names && names->is_list())
      for (const Node& each : names->items) rule.names.push_back(each.text);
    else if (names && !names->text.empty())
      rule.names.push_back(names->text);
    endpoint_.callers.add(std::move(rule));
  }

  void read_rate() {
    const Node* node = body_.find("rate");
    if (!node) return;
    double number = 0;
    const char* end = node->text.data() + node->text.size();
    const auto [at, error] = std::from_chars(node->text.data(), end, number);
    const std::string_view unit(at, static_cast<std::size_t>(end - at));
    if (error != std::errc{} || number <= 0 || (unit != "/s" && unit != "/m" && unit != "/h")) {
      findings_.error("E0403", node->span, "\"" + node->text + "\" is not a rate", "", "write:  20/s, 100/m or 500/h");
      return;
    }
    endpoint_.per_second = number / (unit == "/s" ? 1 : unit == "/m" ? 60 : 3600);
  }

  void read_open_hours() {
    const Node* node = body_.find("open");
    if (!node) return;
    auto hours = OpenHours::parse(node->text);
    if (hours)
      endpoint_.open = *std::move(hours);
    else
      findings_.error("E0403", node->span, hours.fault().text, "", "write:  mon-fri 06:00-22:00 Europe/London");
  }

  void read_auth() {
    const Node* auth = body_.find("auth");
    if (!auth) return;
    if (!auth->is_map()) {
      findings_.error("E0403", auth->span, "auth: wants its settings by name", "",
                      "write:  {oauth2_client: imaging-engine, secret: ${secret:NAME}}");
      return;
    }
    refuse_unknown_keys(*auth, {"oauth2_client", "secret", "token_url"}, findings_);
    const Node* secret = auth->find("secret");
    if (!secret) return;
    if (holds_text_of_its_own(*secret)) {
      findings_.error("E0404", secret->span, "a secret must not stand in a file", "name it, and keep it elsewhere",
                      "write:  secret: ${secret:NAME}");
      return;
    }
    const Filled filled = fill(secret->text, lookup_);
    endpoint_.wants_oauth2 = filled.unset.empty() && !endpoint_.is_off;
    if (!filled.unset.empty() && !endpoint_.is_off)
      findings_.warning("W0150", secret->span, filled.unset + " is not set, so OAuth2 of " + endpoint_.name + " is off",
                        "set it to turn OAuth2 on");
  }

  /// A listener that shall be encrypted, or know its clients, is never open because a variable is not set or empty.
  void read_server_tls() {
    Endpoint::ServerTls tls{required_file("certificate"), required_file("key"), required_file("clients")};
    const bool names_certificate = body_.find("certificate"), names_key = body_.find("key");
    if (names_certificate != names_key || (!names_certificate && body_.find("clients")))
      findings_.error("E0411", endpoint_.span, "TLS wants a certificate and its key", "",
                      "write:  certificate: ${env:MLLP_CERTIFICATE}   and   key: ${env:MLLP_KEY}   with PEM files");
    if (!tls.certificate.empty()) endpoint_.server_tls = std::move(tls);
  }

  /// The authority of the server, and what we show to one that wants to know its clients.
  void read_client_tls() {
    endpoint_.tls_ca = optional_setting("tls", "TLS");
    if (!body_.find("certificate") && !body_.find("key")) return;
    if (endpoint_.is_off) return;
    endpoint_.tls_certificate = required_file("certificate");
    endpoint_.tls_key = required_file("key");
    if (!body_.find("certificate") || !body_.find("key") || !body_.find("tls") ||
        (!endpoint_.is_inlet() && !is_mllp_outlet() && endpoint_.kind != Endpoint::Kind::dicom_outlet))
      findings_.error("E0411", endpoint_.span, "a certificate of ours wants its key, and tls: over mllp:// or dicom://",
                      "", "write:  tls: ${env:EHR_CA}   certificate: ${env:OUR_CERTIFICATE}   key: ${env:OUR_KEY}");
  }

  void read_release() {
    endpoint_.mllp_release = choice("release", 1, {{"1", 1}, {"2", 2}});
    const Node* release = body_.find("release");
    if (release && !endpoint_.is_inlet() && !is_mllp_outlet())
      findings_.error("E0403", release->span,
                      endpoint_.kind == Endpoint::Kind::http_outlet
                          ? "release: is of MLLP, and this endpoint sends over HTTP"
                          : "release: is of MLLP, and this endpoint sends otherwise",
                      "leave it out");
  }

  std::string required_file(const char* key) {
    const Node* node = body_.find(key);
    if (!node) return {};
    const Filled filled = fill(node->text, lookup_);
    if (filled.unset.empty() && !filled.text.empty()) return filled.text;
    findings_.error("E0150", node->span,
                    filled.unset.empty() ? std::string(key) + ": names no file" : filled.unset + " is not set",
                    "name a PEM file, or leave the line out: without TLS");
    return {};
  }

  /// A setting that is off while its variable is not set.
  std::string optional_setting(const char* key, const char* what) {
    const Node* node = body_.find(key);
    if (!node) return {};
    const Filled filled = fill(node->text, lookup_);
    if (filled.unset.empty()) return filled.text;
    if (!endpoint_.is_off)
      findings_.warning("W0150", node->span,
                        filled.unset + " is not set, so " + what + " of " + endpoint_.name + " is off",
                        std::string("set it to turn ") + what + " on");
    return {};
  }

  std::string text_of(const char* key) const {
    const Node* node = body_.find(key);
    return node ? fill(node->text, lookup_).text : std::string();
  }

  Duration duration(const Node& node) {
    if (const auto read = parse_duration(node.text)) return *read;
    findings_.error("E0403", node.span, "\"" + node.text + "\" is no duration", "", "write:  30s, 15m, 2h or 3d");
    return std::chrono::seconds(30);
  }

  template <class T>
  T choice(const char* key, T otherwise, const std::vector<std::pair<std::string, T>>& words) {
    std::vector<std::string> known;
    for (const auto& [word, meaning] : words) known.push_back(word);
    const std::string said = one_word_of(body_, key, known, findings_);
    for (const auto& [word, meaning] : words)
      if (word == said) return meaning;
    return otherwise;
  }

  static std::string with_default(std::string variable, const std::string& value) {
    if (variable.empty()) return "${env:NAME:" + value + "}";
    variable.pop_back();
    return variable + ":" + value + "}";
  }

  Endpoint endpoint_;
  const Node& body_;
  const Lookup& lookup_;
  Findings& findings_;
};

}  // namespace

std::optional<Endpoint> read_endpoint(const Node& name, const Node& body, const Lookup& lookup, Findings& findings) {
  return EndpointReader(name, body, lookup, findings).read();
}

}  // namespace pons
