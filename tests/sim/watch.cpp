#include "tests/sim/watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace pons::sim {

namespace {

bool share(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

void add(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const std::string& each : more)
    if (std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
}

/// Who and what: the bytes of an N-SET do not say about which step they are.
template <class Message>
std::string key_of(const Message& message, const std::string& bytes) {
  const auto uid = message.attributes.find("sop_instance_uid");
  return message.inlet + '\n' + (uid == message.attributes.end() ? "" : uid->second) + '\n' + bytes;
}

std::string name_of(const Parcel& parcel) {
  return fmt::format("parcel {} to {}", parcel.id, parcel.outlet);
}

bool same(const Receipt& a, const Receipt& b) {
  return a.message == b.message && a.outcome == b.outcome && a.text == b.text && a.faults.size() == b.faults.size() &&
         a.dicom_status == b.dicom_status;
}

}  // namespace

void Watch::sent(const Mail& mail) {
  labels_[key_of(mail, mail.bytes)] = mail.label;
  patients_[mail.label] = mail.patient;
}

std::string Watch::label_of(std::int64_t message) const {
  const auto found = label_by_message_.find(message);
  return found == label_by_message_.end() ? "" : found->second;
}

void Watch::committed(const std::string& node, Instant now, const std::vector<Subject>& subjects,
                      const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) {
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    if (!decisions[i]) continue;
    const Envelope& envelope = envelopes[i];
    const Decision& decision = *decisions[i];
    const auto label = labels_.find(key_of(envelope, *envelope.bytes));
    if (label == labels_.end())
      history_.violated("phantom", fmt::format("message {} was never sent by anybody", envelope.message));
    const std::string name = label == labels_.end() ? "" : label->second;
    history_.tell(
        node,
        fmt::format("commits message {} as {}{}, {} parcels", envelope.message, to_text(decision.receipt.outcome),
                    envelope.pending ? " (started again)" : "", decision.parcels.size()),
        name);
    label_by_message_[envelope.message] = name;
    if (envelope.pending == 0 && decision.receipt.took_effect()) {
      const auto [first, is_first] = first_answers_.try_emplace(name, decision.receipt);
      // A message that ended without effect may come again.
      const auto known = is_first ? std::nullopt : store_.find(first->second.message);
      if (!is_first && known && known->decision.receipt.took_effect())
        history_.violated("P3",
                          fmt::format("the same bytes took effect as message {} and again as message {}",
                                      first->second.message, envelope.message),
                          name);
      first->second = decision.receipt;
    }
    auto& lanes = lanes_said_[envelope.message];
    for (const Parcel& each : decision.parcels) lanes.push_back(each.lanes);
    commits_.push_back({now, envelope, subjects[i], decision, name});
  }
  learn_new_parcels();
}

void Watch::learn_new_parcels() {
  const std::int64_t last = parcels_.empty() ? 0 : parcels_.rbegin()->first;
  for (Parcel& each : store_.parcels(last)) {
    Known known;
    known.due = each.due;
    known.parcel = std::move(each);
    // What was decided, not what the store made of it. A message's parcels are saved in their order.
    auto& said = lanes_said_[known.parcel.message];
    if (!said.empty()) {
      known.said = said.front();
      add(known.parcel.lanes, known.said);
      said.erase(said.begin());
    }
    open_[known.parcel.outlet].insert(known.parcel.id);
    parcels_.emplace(known.parcel.id, std::move(known));
  }
}

void Watch::answered(const std::string& node, const Envelope& envelope, const Receipt& receipt) {
  const auto found = labels_.find(key_of(envelope, *envelope.bytes));
  const std::string label = found == labels_.end() ? "" : found->second;
  history_.tell(node,
                fmt::format("answers {} as message {}{}", to_text(receipt.outcome), receipt.message,
                            receipt.duplicate ? ", again" : ""),
                label);
  const auto entry = store_.find(receipt.message);
  if (!entry || *entry->envelope.bytes != *envelope.bytes)
    return history_.violated("P1", fmt::format("message {} was answered, and it is not there", receipt.message), label);
  if (!receipt.duplicate) return;
  const auto first = first_answers_.find(label);
  Receipt again = receipt;
  again.duplicate = false;
  if (first == first_answers_.end() || !same(first->second, again))
    history_.violated("P3", "the same bytes got another answer than at first", label);
  if (!entry->decision.receipt.took_effect() && entry->decision.parcels.empty() && entry->decision.changes.empty())
    history_.violated(
        "P3", fmt::format("message {} ended without effect, and the same bytes are not decided anew", receipt.message),
        label);
}

void Watch::check_place(const Known& claimed) const {
  for (const std::int64_t id : open_.at(claimed.parcel.outlet)) {
    if (id >= claimed.parcel.id) break;
    const Known& older = parcels_.at(id);
    if (!share(older.parcel.lanes, claimed.parcel.lanes)) continue;
    history_.violated("P4", name_of(claimed.parcel) + " is taken before " + name_of(older.parcel) + " has left",
                      label_of(claimed.parcel));
  }
}

void Watch::claimed(const std::string& node, const std::string& outlet, Instant now, const Parcels::Claim& claim) {
  learn_new_parcels();
  // A merge may have added lanes to what waits.
  for (const std::int64_t id : open_[outlet]) add(parcels_.at(id).parcel.lanes, store_.parcel(id)->lanes);
  for (const Parcel& each : claim.parcels) {
    const auto found = parcels_.find(each.id);
    if (found == parcels_.end()) {
      history_.violated("phantom", name_of(each) + " was taken, and nothing caused it");
      continue;
    }
    Known& known = found->second;
    const std::string label = label_of(each);
    history_.tell(node, fmt::format("takes {} under lease {}", name_of(each), claim.lease), label);
    if (known.state != Parcel::State::queued)
      history_.violated("P3", name_of(each) + " is taken again although it is " + to_text(known.state), label);
    if (known.lease != 0 && known.until > now)
      history_.violated("P4", name_of(each) + " is taken while somebody else has it", label);
    if (known.due > now) history_.violated("P4", name_of(each) + " is taken before it is due", label);
    check_place(known);
    known.lease = claim.lease;
    known.until = claim.until;
  }
}

void Watch::settles(const std::string& node, const std::vector<Settlement>& settlements) {
  before_.clear();
  for (const Settlement& each : settlements) {
    const auto parcel = store_.parcel(each.parcel);
    if (!parcel) continue;
    before_.emplace(each.parcel, *parcel);
    history_.tell(node,
                  fmt::format("settles {} as {}, {}, under lease {}", name_of(*parcel), to_text(each.delivery.outcome),
                              to_text(each.state), each.lease),
                  label_of(*parcel));
  }
}

void Watch::settled(const std::vector<Settlement>& settlements) {
  for (const Settlement& each : settlements) {
    const auto found = parcels_.find(each.parcel);
    const auto now = store_.parcel(each.parcel);
    if (found == parcels_.end() || !now) continue;
    Known& known = found->second;
    const Parcel& before = before_.at(each.parcel);
    if (known.lease != 0 && known.lease == each.lease) {
      if (now->state != each.state || now->attempts != each.attempt)
        history_.violated("P3", name_of(*now) + " was settled, and the store does not know it", label_of(*now));
      if (each.state == Parcel::State::delivered && known.accepted == 0)
        history_.violated("lost", name_of(*now) + " is delivered, and the other side does not have it", label_of(*now));
      known.state = each.state;
      known.due = each.due;
      known.lease = 0;
      if (!is_open(known)) open_[now->outlet].erase(each.parcel);
    } else if (now->state != before.state || now->attempts != before.attempts || now->due != before.due) {
      history_.violated("P3", name_of(*now) + fmt::format(" was settled under lease {}, which had ended", each.lease),
                        label_of(*now));
    }
  }
}

void Watch::released(const Parcels::Claim& claim) {
  for (const Parcel& each : claim.parcels)
    if (const auto found = parcels_.find(each.id); found != parcels_.end() && found->second.lease == claim.lease)
      found->second.lease = 0;
}

void Watch::brought_forward(const std::string& outlet, Instant latest, Instant now) {
  learn_new_parcels();
  for (const std::int64_t id : open_[outlet])
    if (Known& known = parcels_.at(id); known.state == Parcel::State::queued && known.due > latest) known.due = now;
}

void Watch::arrived(const Parcel& parcel, bool accepted) {
  ++arrivals_;
  const std::string label = label_of(parcel);
  history_.tell(parcel.outlet,
                fmt::format("{} parcel {}", accepted ? "reads and takes" : "reads and refuses", parcel.id), label);
  const auto found = parcels_.find(parcel.id);
  if (found == parcels_.end()) return history_.violated("phantom", name_of(parcel) + " arrived from nowhere");
  Known& known = found->second;
  if (parcel.control_id != known.parcel.control_id || parcel.document != known.parcel.document)
    history_.violated("P3", name_of(parcel) + " came again as something else", label);
  if (known.read++ == 0) known.first_read = ++first_reads_;
  if (accepted) ++known.accepted;
}

std::optional<Instant> Watch::next_claim(const std::string& outlet, Instant now) const {
  const auto found = open_.find(outlet);
  if (found == open_.end()) return {};
  std::optional<Instant> next;
  std::set<std::string> taken;
  for (const std::int64_t id : found->second) {
    const Known& known = parcels_.at(id);
    const auto& lanes = known.parcel.lanes;
    const bool is_head =
        std::none_of(lanes.begin(), lanes.end(), [&](const auto& lane) { return taken.contains(lane); });
    taken.insert(lanes.begin(), lanes.end());
    if (!is_head || known.state != Parcel::State::queued) continue;
    const Instant ready = std::max({known.due, known.lease != 0 ? known.until : known.due, now});
    next = std::min(next.value_or(ready), ready);
  }
  return next;
}

bool Watch::has_open_parcels() const {
  return std::any_of(open_.begin(), open_.end(), [](const auto& each) { return !each.second.empty(); });
}

void Watch::check_parcels() {
  learn_new_parcels();
  for (const auto& [message, said] : lanes_said_)
    if (!said.empty())
      history_.violated("P1", fmt::format("message {} caused {} parcels that are not there", message, said.size()),
                        label_of(message));
  std::map<std::string, std::size_t> last_read;      // by outlet and lane: the first reading of the one before
  std::map<std::string, std::int64_t> last_message;  // by route's lane: a run that was set aside keeps its place
  for (const auto& [id, known] : parcels_) {
    const Parcel& parcel = known.parcel;
    const std::string label = label_of(parcel);
    const Parcel now = *store_.parcel(id);
    if (is_open(known) || now.state == Parcel::State::queued || now.state == Parcel::State::held)
      history_.violated("drain", name_of(parcel) + " is still " + to_text(now.state), label);
    if (known.state != now.state)
      history_.violated("P3", name_of(parcel) + " is " + to_text(now.state) + ", but it was settled otherwise", label);
    if (known.state == Parcel::State::delivered && known.accepted == 0)
      history_.violated("lost", name_of(parcel) + " never reached the other side", label);
    if (known.read == 0) continue;
    // Whatever lanes the engine had for it: about one patient nothing overtakes anything.
    auto lanes = known.said;
    if (const auto patient = patients_.find(label); patient != patients_.end())
      lanes.push_back("patient:" + patient->second);
    for (const std::string& lane : lanes) {
      if (!lane.starts_with("patient:")) {
        std::int64_t& message = last_message[parcel.outlet + lane];
        if (parcel.message < message)
          history_.violated("P4",
                            fmt::format("{} of message {} took effect after message {} of its lane", name_of(parcel),
                                        parcel.message, message),
                            label);
        message = std::max(message, parcel.message);
      }
      std::size_t& read = last_read[parcel.outlet + lane];
      if (known.first_read < read)
        history_.violated("P4", name_of(parcel) + " was read after a later one of its lane", label);
      read = std::max(read, known.first_read);
    }
  }
}

void Watch::check_commits() {
  std::map<std::string, std::int64_t> done;  // events of modalities have no identity but themselves
  for (const Commit& each : commits_) {
    if (each.envelope.kind == Envelope::Kind::hl7 || each.envelope.pending != 0) continue;
    if (!each.decision.receipt.took_effect()) continue;
    if (!done.emplace(each.label, each.envelope.message).second)
      history_.violated("P3", fmt::format("message {} took effect a second time", each.envelope.message), each.label);
  }
}

}  // namespace pons::sim
