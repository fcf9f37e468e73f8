#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/open_hours.h"
#include "engine/base/time.h"
#include "engine/base/zone.h"
#include "engine/config/node.h"
#include "engine/mapping/map.h"
#include "engine/message/answer.h"
#include "engine/message/callers.h"
#include "engine/route/variables.h"

namespace pons {

/// One connection of routes/endpoints.yaml: everything that differs between test and production.
struct Endpoint {
  enum class Kind {
    mllp_inlet,    // listen: mllp://…
    mllp_outlet,   // send: mllp://…
    http_outlet,   // send: http(s)://…
    sftp_outlet,   // send: sftp://…
    dicom_outlet,  // send: dicom://host:port/AETITLE
    viewer,        // link: and iid:, where a person opens the images
  };
  /// When the sender reads its answer (LANGUAGE 6).
  enum class Ack { stored, checked, delivered, none };
  /// What becomes of a delivery that the other side refused, and of a run that failed.
  enum class Policy { reject, hold, park, drop };

  std::string name;
  Span span;
  Kind kind = Kind::mllp_inlet;
  bool is_off = false;  // its address names a variable that is not set

  std::string host;
  std::uint16_t port = 0;
  std::string url;       // of http_outlet, sftp_outlet
  std::string ae_title;  // of dicom_outlet: whom it calls

  int mllp_release = 1;       // `release:`; 2 commits frames before they are answered
  std::size_t in_flight = 1;  // `in_flight:`, messages of one connection that wait for their answers together
  bool is_client = false;  // `mode: client`, the default of what sends: we open the connection; else the partner does

  // listen
  Ack ack = Ack::checked;
  bool drops_unrouted = false;      // `unrouted: drop`: what no route takes is AA
  bool parked_is_aa = false;        // `parked: AA`, for partners that stop on AE
  bool original_acks_only = false;  // `ack_mode: original`: MSH-15 and MSH-16 are not listened to
  std::string application_acks_to;  // `application_ack_to:`, an endpoint that sends; empty: on the same connection
  bool follows_sequence = false;    // `sequence: yes`: MSH-13 is held to what came before
  bool joins_fragments = true;      // `fragments: ignore` takes DSC and MSH-14 for nothing
  std::string charset;              // for messages whose MSH-18 is empty
  std::string authority;            // for identifiers that come without one
  Zone zone;                        // of times that come without offset
  std::string format;               // mappings/formats/…
  Span ack_span;
  /// The sender reads what the steps came to: it can be told to mend the message.
  bool tells_what_steps_say() const { return ack == Ack::checked || ack == Ack::delivered; }

  /// TLS of a listener: PEM files. Nothing where no certificate is named.
  struct ServerTls {
    std::string certificate, key;  // with its chain; the key
    std::string clients;           // the authorities of clients' certificates; empty: clients show none
    bool operator==(const ServerTls&) const = default;
  };
  std::optional<ServerTls> server_tls;
  Callers callers;                       // `from:`
  std::size_t at_once_by_address = 256;  // `at_once:`, connections

  // send
  struct Retry {
    Duration every = std::chrono::seconds(30), up_to = std::chrono::minutes(10);
    std::optional<Duration> alert_after;  // `for:`
    bool then_park = false;
    bool operator==(const Retry&) const = default;
  };
  std::string tls_ca;                              // a CA file; empty: no TLS of its own (https has the system's)
  std::string tls_certificate, tls_key;            // PEM files of what we show; empty: nothing
  bool numbers_messages = false;                   // `sequence: yes`: MSH-13 counts up
  std::string answers_at;                          // `answers_at:`, the listener where the application answers later
  std::vector<std::string> accept = {"AA", "CA"};  // MSA-1 that means done
  Duration reply_within = std::chrono::seconds(30);
  Retry retry;
  Policy rejected = Policy::park;
  int at_once = 1;
  std::optional<double> per_second;  // `rate: 20/s`
  std::optional<OpenHours> open;     // "mon-fri 06:00-22:00 Europe/London"; nothing: always
  bool wants_oauth2 = false;

  // viewer
  std::string link, iid;

  /// Alike in all that it does, wherever it stands in its file.
  bool is_like(Endpoint other) const;
  /// How its senders are answered.
  Dialect dialect() const;
  bool is_inlet() const { return kind == Kind::mllp_inlet; }
  bool is_outlet() const { return !is_inlet() && kind != Kind::viewer; }

 private:
  bool operator==(const Endpoint&) const = default;
};

/// Reads `endpoints:`. Findings E04xx for what is wrong; W0150 for an endpoint, a TLS or an OAuth2 setting that is off
/// because its variable is not set. Endpoints that cannot be served by this engine are found by `servable()`.
std::map<std::string, Endpoint> load_endpoints(const Node& file, const Lookup& lookup, Findings& findings);

/// Findings for endpoints that this engine cannot deliver to yet: it refuses to start rather than drop.
void refuse_unservable(const std::map<std::string, Endpoint>& endpoints, Findings& findings);

}  // namespace pons
