#include "engine/route/decide.h"

#include <algorithm>
#include <array>

#include "engine/hl7/fragments.h"
#include "engine/route/binding.h"
#include "engine/route/carry.h"
#include "engine/route/deciding.h"
#include "engine/route/fragments.h"
#include "engine/route/naming.h"

namespace pons {

namespace {

constexpr std::array<std::string_view, 11> kVersions{"2.1",   "2.2", "2.3", "2.3.1", "2.4", "2.5",
                                                     "2.5.1", "2.6", "2.7", "2.7.1", "2.8"};

std::string text_of(const Scope& scope, const char* path) {
  return hl7::text(hl7::find_first(*scope.message, *hl7::Path::parse(path)), scope.charset);
}

/// HL7 v2.5.1 2.9.2.2: what MSH-11 and MSH-12 rule out is rejected, whatever the routes say.
std::optional<Receipt> unacceptable(const Scope& scope) {
  const auto reject = [](Fault fault) { return refusal(Receipt::Outcome::unrouted, std::move(fault), true); };
  const std::string processing = text_of(scope, "MSH-11.1"), version = text_of(scope, "MSH-12.1");
  if (processing != "P" && processing != "T" && processing != "D")
    return reject(refused("the processing ID is \"" + processing + "\"; write P, T or D", "MSH-11", 202));
  if (std::find(kVersions.begin(), kVersions.end(), version) == kVersions.end())
    return reject(refused("the version is \"" + version + "\"; 2.1 to 2.8 are read", "MSH-12", 203));
  return {};
}

/// "10.0.0.7:49152" and "[::1]:49152" without the port.
std::string address_of(const std::string& peer) {
  const std::string address = peer.substr(0, peer.rfind(':'));
  return address.starts_with('[') ? address.substr(1, address.size() - 2) : address;
}

}  // namespace

std::optional<Decided> Deciding::hl7() {
  const Endpoint* inlet = site_.endpoint(envelope_.inlet);
  auto received = hl7::Message::parse(envelope_.bytes);
  if (const std::string batch = attribute("batch"); !batch.empty()) remark("in batch " + batch);
  if (!received) return finish(refusal(Receipt::Outcome::refused, received.fault()));
  if (const std::string fault = attribute("batch_fault"); !fault.empty())
    return finish(refusal(Receipt::Outcome::refused, refused(fault, "", 100)));
  const hl7::Readable readable = hl7::readable(hl7::with_additions(*std::move(received)), inlet ? inlet->charset : "");
  const hl7::Message message = inlet ? completed(readable.message, *inlet, site_.format_of(*inlet)) : readable.message;
  Scope scope;
  scope.message = &message;
  scope.received = &readable.message;
  scope.charset = readable.charset;
  if (!scope.charset.remark.empty()) remark(scope.charset.remark + "; read as " + std::string(scope.charset.name));
  unreadable_ = unreadable_name(message, scope.charset);
  if (auto fault = inlet ? impostor(*inlet, scope) : std::nullopt)
    return finish(refusal(Receipt::Outcome::refused, *std::move(fault)));
  if (inlet && inlet->follows_sequence && envelope_.pending == 0)
    if (auto receipt = link_.number_taken(message)) return finish(*std::move(receipt));
  if (auto receipt = link_.answer_taken(scope)) return finish(*std::move(receipt));
  if (const auto orders = hl7::split(message, order_leader(message)); !orders)
    return finish(refusal(Receipt::Outcome::refused, orders.fault()));
  scope.version = hl7::text_at(message, "MSH-12.1");
  if (inlet) scope.zone = inlet->zone;
  prepare(scope);
  if (auto receipt = unacceptable(scope)) return finish(*std::move(receipt));
  if (envelope_.pending != 0 && has_ended(envelope_.pending)) return {};
  if (inlet && inlet->joins_fragments) {
    if (const std::string from = attribute("fragments"); !from.empty())
      remark("joined from the fragments in messages " + from + " and this one");
    if (auto receipt = link_.fragment_kept(message)) return finish(*std::move(receipt));
  }
  if (envelope_.pending != 0) return start_again(scope, inlet);
  offer(scope, inlet, envelope_.inlet);
  return traces_taken_ == 0 ? finish(unrouted(inlet)) : finish(conclusion(inlet));
}

std::string Deciding::attribute(const char* name) const {
  const auto found = envelope_.attributes.find(name);
  return found == envelope_.attributes.end() ? "" : found->second;
}

std::optional<Fault> Deciding::impostor(const Endpoint& inlet, const Scope& scope) const {
  if (inlet.callers.empty() || envelope_.pending != 0 || envelope_.peer.empty()) return {};
  const std::string address = address_of(envelope_.peer), application = text_of(scope, "MSH-3.1"),
                    facility = text_of(scope, "MSH-4.1");
  if (inlet.callers.may_speak_for({address, attribute("certificate")}, application, facility)) return {};
  return refused(address + " may not speak for \"" + application + '|' + facility + '"', "MSH-3", 103);
}

void Deciding::prepare(Scope& scope) {
  scope.now = now_;
  scope.survivor = [this](const Identifier& identifier) { return surviving(book_, identifier); };
}

void Deciding::offer(Scope& scope, const Endpoint* inlet, std::string_view from) {
  for (const Route& route : site_.routes()) {
    if (route.from != from || (only_ && only_ != &route)) continue;
    if (route.when) {
      const auto takes = route.when->holds(scope);
      if (!takes || !*takes) {
        traces_.push_back({route.name, takes ? route.when->why_not(scope) : takes.fault().text, {}, {}, {}, {}});
        continue;
      }
    }
    ++traces_taken_;
    run(route, scope, inlet, now_);
  }
}

void Deciding::run(const Route& route, const Scope& scope, const Endpoint* inlet, Instant since) {
  const Book::Mark mark = book_.mark();
  Run run{site_.parts(), route, inlet, envelope_, book_, since, scope};
  run.patient = scope.message ? known_patient(book_, scope) : event_patient_;
  run.sends_when_off = only_ != nullptr;
  run.trace.route = route.name;
  run.scope.new_control_id = [this, &run, number = number_of(route)] {
    return "P" + std::to_string(envelope_.message) + '-' + std::to_string(number) + '-' +
           std::to_string(++run.control_ids);
  };
  Ended ended{&route, {}, {}, run_id(route)};
  auto lanes = lanes_of(route, run.scope);
  if (unreadable_) {
    ended.stop = stop_for(run, *unreadable_, Endpoint::Policy::reject);
  } else if (!lanes) {
    // The route itself may say better what is missing; without a lane nothing can be held.
    ended.stop = run_route(run);
    if (!ended.stop || ended.stop->kind == Stop::Kind::hold || ended.stop->kind == Stop::Kind::wait)
      ended.stop = stop_for(run, lanes.fault(), Endpoint::Policy::reject);
  } else {
    run.lanes = ended.lanes = *std::move(lanes);
    if (const PendingRun* holder = book_.holder(ended.lanes, ended.run)) {
      ended.stop = Stop{Stop::Kind::hold,
                        refused("it stands behind message " + std::to_string(holder->message)),
                        {},
                        {"run|" + std::to_string(holder->id)},
                        {}};
    } else {
      ended.stop = run_route(run);
    }
  }
  if (ended.stop) {
    book_.undo_to(mark);
    run.trace.reason = ended.stop->fault.text;
  } else {
    for (Parcel& each : run.parcels) parcels_.push_back(std::move(each));
    sent_.insert(sent_.end(), run.sent.begin(), run.sent.end());
  }
  run.trace.outcome = word(ended.stop);
  traces_.push_back(std::move(run.trace));
  ended_.push_back(std::move(ended));
}

std::string Deciding::word(const std::optional<Stop>& stop) {
  if (!stop) return "done";
  constexpr std::array<const char*, 5> kWords{"refused", "held", "waiting", "parked", "dropped"};
  return kWords[static_cast<std::size_t>(stop->kind)];
}

std::int64_t Deciding::number_of(const Route& route) const {
  return &route - site_.routes().data() + 1 + (completes_study_ ? kOfTheStudy : 0);
}

std::int64_t Deciding::run_id(const Route& route) const {
  return envelope_.pending != 0 ? envelope_.pending : envelope_.message * PendingRun::kOfAMessage + number_of(route);
}

bool Deciding::has_ended(std::int64_t run) const {
  const PendingRun* pending = book_.runs.find(run);
  return !pending || pending->state == PendingRun::State::ended;
}

std::optional<Decided> Deciding::start_again(const Scope& scope, const Endpoint* inlet) {
  if (has_ended(envelope_.pending)) return {};
  const PendingRun& pending = *book_.runs.find(envelope_.pending);
  const Route* route = find_route(pending.route);
  if (!route) return finish(parked(envelope_.message, "the route " + pending.route + " is gone"));
  const Instant since = pending.since;
  run(*route, scope, inlet, since);
  return finish(conclusion(inlet));
}

const Route* Deciding::find_route(const std::string& name) const {
  for (const Route& each : site_.routes())
    if (each.name == name) return &each;
  return nullptr;
}

Receipt Deciding::unrouted(const Endpoint* inlet) const {
  if (inlet && inlet->drops_unrouted) {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::dropped;
    receipt.text = "no route takes it";
    return receipt;
  }
  const auto nearest = std::find_if(traces_.begin(), traces_.end(), [](const RouteTrace& each) {
    return each.why_not.find("MSH-9") == std::string::npos;
  });
  if (nearest != traces_.end())
    return refusal(Receipt::Outcome::unrouted,
                   refused("no route takes it: " + nearest->route + " wants " + nearest->why_not,
                           first_path(nearest->why_not), 103));
  const bool only_the_event = std::any_of(traces_.begin(), traces_.end(), [](const RouteTrace& each) {
    return each.why_not.find("MSH-9.1") == std::string::npos;
  });
  std::string wanted;
  for (const RouteTrace& each : traces_) wanted += (wanted.empty() ? "; wanted is " : " or ") + each.why_not;
  return refusal(Receipt::Outcome::unrouted,
                 refused("no route takes this type of message here" + wanted, "MSH-9", only_the_event ? 201 : 200),
                 true);
}

Receipt Deciding::conclusion(const Endpoint* inlet) {
  const bool too_late = !inlet || inlet->ack == Endpoint::Ack::stored || envelope_.pending != 0;
  for (Ended& each : ended_)
    if (each.stop && each.stop->kind == Stop::Kind::reject) {
      if (!too_late) return refusal(Receipt::Outcome::refused, each.stop->fault);
      each.stop->kind = Stop::Kind::park;
    }
  Receipt receipt;
  std::size_t dropped = 0;
  for (const Ended& each : ended_) {
    if (!each.stop) continue;
    receipt.faults.push_back(each.stop->fault);
    switch (each.stop->kind) {
      case Stop::Kind::park:
        receipt.outcome = Receipt::Outcome::parked;
        receipt.text = "parked " + std::to_string(envelope_.message);
        ask(*each.stop);
        break;
      case Stop::Kind::hold:
      case Stop::Kind::wait:
        set_aside(each);
        if (receipt.outcome != Receipt::Outcome::done) break;
        receipt.outcome = each.stop->kind == Stop::Kind::hold ? Receipt::Outcome::held : Receipt::Outcome::waiting;
        receipt.text = each.stop->fault.text;
        break;
      default:
        ++dropped;
    }
  }
  if (receipt.outcome != Receipt::Outcome::done || dropped == 0) return receipt;
  if (dropped == ended_.size()) receipt.outcome = Receipt::Outcome::dropped;
  receipt.text = receipt.faults.front().text;
  return receipt;
}

void Deciding::set_aside(const Ended& each) {
  const PendingRun* before = envelope_.pending != 0 ? book_.runs.find(envelope_.pending) : nullptr;
  PendingRun pending;
  pending.id = each.run;
  pending.message = envelope_.message;
  pending.route = each.route->name;
  pending.lanes = each.lanes;
  pending.patient = event_patient_;
  pending.state = each.stop->kind == Stop::Kind::wait ? PendingRun::State::waiting : PendingRun::State::held;
  pending.reason = each.stop->fault.text;
  pending.since = before ? before->since : now_;
  pending.due = each.stop->due;
  pending.wakes_on = each.stop->wakes_on;
  if (!before || before->reason != pending.reason) ask(*each.stop);
  book_.runs.put(std::move(pending));
  set_aside_again_ = true;
}

void Deciding::ask(const Stop& stop) {
  if (stop.question.empty()) return;
  book_.questions.put({book_.new_id(), envelope_.message, stop.question, stop.fault.text, true});
}

std::vector<std::string> Deciding::awakes(const std::vector<Change>& changes) const {
  std::vector<std::string> keys;
  const auto add = [&](const char* kind, const Identifier& number) {
    if (!number.empty()) keys.push_back(kind + number.key());
  };
  for (const Change& change : changes) {
    if (change.record == "order") {
      const Order* order = book_.orders.find(change.id);
      if (!order) continue;
      add("filler|", order->filler), add("placer|", order->placer), add("accession|", order->accession);
    } else if (change.record == "study") {
      const Study* study = book_.studies.find(change.id);
      if (!study) continue;
      add("accession|", study->accession);
      keys.push_back("study|" + study->study_uid);
    }
  }
  if (ended_run_ != 0) keys.push_back("run|" + std::to_string(ended_run_));
  return keys;
}

void Deciding::end_pending() {
  if (envelope_.pending == 0 || set_aside_again_ || link_.keeps_waiting()) return;
  const PendingRun* pending = book_.runs.find(envelope_.pending);
  if (!pending) return;
  PendingRun ended = *pending;
  ended.state = PendingRun::State::ended;
  book_.runs.put(std::move(ended));
  ended_run_ = envelope_.pending;
}

std::optional<Decided> Deciding::finish(Receipt receipt) {
  receipt.message = envelope_.message;
  Decided decided;
  const bool undone = receipt.outcome == Receipt::Outcome::refused || receipt.outcome == Receipt::Outcome::unrouted;
  if (undone) {
    book_.undo();
    sent_.clear();
  } else {
    decided.decision.parcels = std::move(parcels_);
  }
  link_.end(receipt, decided.decision.parcels);
  end_pending();
  decided.decision.changes = book_.keep();
  decided.decision.awakes = awakes(decided.decision.changes);
  decided.decision.trace = trace_of(site_.generation(), traces_, receipt, remark_).write();
  decided.decision.receipt = std::move(receipt);
  decided.sent = std::move(sent_);
  return decided;
}

std::optional<Decided> decide(const Site& site, const Envelope& envelope, Book& book, Instant now, const Route* only) {
  Deciding deciding(site, envelope, book, now, only);
  switch (envelope.kind) {
    case Envelope::Kind::hl7:
      return deciding.hl7();
    case Envelope::Kind::availability:
      return deciding.availability();
    case Envelope::Kind::stored:
      return deciding.stored();
    case Envelope::Kind::commitment_request:
      return deciding.commitment_request();
    case Envelope::Kind::commitment_result:
      return deciding.commitment_result();
    default:
      return deciding.mpps();
  }
}

std::optional<Decided> decide_event(const Site& site, const json::Value& event, const json::Value& study,
                                    const Envelope& envelope, Book& book, Instant now, const Route* only) {
  return Deciding(site, envelope, book, now, only).event(event, study);
}

}  // namespace pons
