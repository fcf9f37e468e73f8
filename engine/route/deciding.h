#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/records/commitment_rules.h"
#include "engine/records/performed_rules.h"
#include "engine/records/stored_rules.h"
#include "engine/route/decide.h"
#include "engine/route/link.h"
#include "engine/route/run.h"

namespace pons {

/// Everything that is decided about one envelope. Its members are in decide.cpp, those of imaging events in
/// decide_imaging.cpp and decide_commitment.cpp.
class Deciding {
 public:
  Deciding(const Site& site, const Envelope& envelope, Book& book, Instant now, const Route* only)
      : site_(site), envelope_(envelope), book_(book), now_(now), only_(only), link_(site, envelope, book, now) {}

  std::optional<Decided> hl7();
  std::optional<Decided> mpps();
  std::optional<Decided> availability();
  std::optional<Decided> stored();
  std::optional<Decided> commitment_request();
  std::optional<Decided> commitment_result();
  std::optional<Decided> event(const json::Value& event, const json::Value& study);

 private:
  struct Ended {
    const Route* route;
    std::optional<Stop> stop;
    std::vector<std::string> lanes;
    std::int64_t run;  // its id, should it be set aside
  };

  static constexpr std::int64_t kOfTheStudy = PendingRun::kOfAMessage / 2;

  std::string attribute(const char* name) const;
  /// Whoever calls may not be whom he speaks for. What starts again was let in before; a site's tests come from nobody.
  std::optional<Fault> impostor(const Endpoint& inlet, const Scope& scope) const;
  void remark(const std::string& text) { remark_ += (remark_.empty() ? "" : "; ") + text; }
  void prepare(Scope& scope);
  /// Runs every route of the source that takes the message.
  void offer(Scope& scope, const Endpoint* inlet, std::string_view from);
  /// One route over the message; what it came to is remembered.
  void run(const Route& route, const Scope& scope, const Endpoint* inlet, Instant since);
  static std::string word(const std::optional<Stop>& stop);
  /// A message that completes a study is two events: each route may run once for each.
  std::int64_t number_of(const Route& route) const;
  /// Ascending in the order of effect: journal numbers are given under the patients' locks.
  std::int64_t run_id(const Route& route) const;
  bool has_ended(std::int64_t run) const;
  /// The one route of a run that was set aside, over the message or the event as it is now.
  std::optional<Decided> start_again(const Scope& scope, const Endpoint* inlet = nullptr);
  std::optional<Decided> start_event_again();
  const Study* study_of(const PerformedStep& performed) const;
  const Route* find_route(const std::string& name) const;
  json::Value event_object(const std::string& type) const;
  Scope event_scope(const json::Value& event, const json::Value& study);
  /// What routes may name when an examination says something.
  Scope event_scope(const std::string& type, const PerformedStep& performed, const Study* study);
  /// What routes may name when the archive says where images are.
  Scope notice_scope(const Study* study) { return event_scope(event_object("ian"), study ? study->patient : 0, study); }
  /// What routes may name when an object was sent to us.
  Scope stored_scope(const json::Value& header, StoredVerdict::First first, const Study* study);
  Scope event_scope(json::Value event, std::int64_t patient, const Study* study);
  void announce(const std::string& type, std::int64_t performed_id, std::int64_t study_id);
  bool is_asked(const Commitment& commitment) const;
  void tell_station(const Commitment& commitment);
  void queue_commitment(const std::string& outlet, const char* content_type, const std::string& transaction);
  /// What routes may name when an archive has committed itself, or has not.
  Scope commitment_scope(const json::Value& result, const Commitment* asked);
  /// AR when no route of the inlet could ever take the type, else AE with the nearest `when`.
  Receipt unrouted(const Endpoint* inlet) const;
  static std::string first_path(const std::string& clause) { return clause.substr(0, clause.find_first_of(" |)")); }
  PerformedVerdict perform(const json::Value& dataset);
  /// The envelope's data set, as JSON by keyword.
  Result<json::Value> dataset() const;
  static Receipt dicom_refusal(std::uint16_t status, std::string text, std::vector<std::uint32_t> attributes = {},
                               std::uint16_t error_id = 0);
  /// What the routes came to, all together. A refusal of one undoes all.
  Receipt conclusion(const Endpoint* inlet);
  void set_aside(const Ended& each);
  void ask(const Stop& stop);
  /// What came, for runs that wait for it.
  std::vector<std::string> awakes(const std::vector<Change>& changes) const;
  void end_pending();
  std::optional<Decided> finish(Receipt receipt);

  const Site& site_;
  const Envelope& envelope_;
  Book& book_;
  const Instant now_;
  const Route* const only_;
  Link link_;
  std::size_t traces_taken_ = 0;
  std::vector<RouteTrace> traces_;
  std::string remark_;               // how it came and had to be read, where that does not show in its bytes
  std::optional<Fault> unreadable_;  // a number that says whom the message is about
  std::vector<Ended> ended_;
  std::vector<Parcel> parcels_;
  std::vector<Sent> sent_;
  std::int64_t event_patient_ = 0;
  bool completes_study_ = false;
  std::int64_t ended_run_ = 0;
  bool set_aside_again_ = false;
};

}  // namespace pons
