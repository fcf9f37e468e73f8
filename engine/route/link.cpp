#include "engine/route/link.h"

#include <utility>

#include "engine/hl7/fragments.h"
#include "engine/hl7/read.h"
#include "engine/message/answer.h"
#include "engine/route/fragments.h"
#include "engine/route/naming.h"
#include "engine/route/site.h"

namespace pons {

namespace {

/// In UTF-8, whatever the message is in.
std::string text_in(const Scope& scope, const char* path) {
  return hl7::text(hl7::find_first(*scope.message, *hl7::Path::parse(path)), scope.charset);
}

/// ": 204 Unknown key identifier", what an acknowledgement says beside its code; may hold patient data.
std::string said_more(const Scope& scope) {
  const std::string text = text_in(scope, "MSA-3"), code = text_in(scope, "ERR-3.1");
  return (code.empty() ? "" : ", error " + code) + (text.empty() ? "" : ": " + text);
}

}  // namespace

std::optional<Receipt> Link::fragment_kept(const hl7::Message& message) {
  if (const auto fault = envelope_.attributes.find("fragment_fault"); fault != envelope_.attributes.end())
    return refusal(Receipt::Outcome::refused, refused(fault->second, "MSH-14", 207));
  const hl7::Fragment fragment = hl7::fragment_of(message);
  const auto lane = [&](const std::string& pointer) { return fragment_lane(envelope_.inlet, message, pointer); };
  if (envelope_.pending == 0 && !fragment.continues.empty() && !book_.holder({lane(fragment.continues)}))
    return refusal(
        Receipt::Outcome::refused,
        refused("the fragment before it is not here; send the message again from its first fragment", "MSH-14", 204));
  if (!fragment.awaits_more()) return {};
  return keep_fragment(lane(fragment.pointer));
}

Receipt Link::keep_fragment(const std::string& lane) {
  const PendingRun* before = envelope_.pending != 0 ? book_.runs.find(envelope_.pending) : nullptr;
  const Instant since = before ? before->since : now_;
  if (before && now_ >= since + kFragmentPatience)
    return parked(envelope_.message, "the rest of this message has not come within " + to_text(kFragmentPatience));
  end_runs_of({lane});
  PendingRun waiting;
  waiting.id = before ? before->id : envelope_.message * PendingRun::kOfAMessage;
  waiting.message = envelope_.message;
  waiting.lanes = {lane};
  waiting.state = PendingRun::State::waiting;
  waiting.reason = "a fragment of a message; the rest is awaited";
  waiting.since = since;
  waiting.due = since + kFragmentPatience;
  Receipt receipt;
  receipt.outcome = Receipt::Outcome::waiting;
  receipt.text = waiting.reason;
  book_.runs.put(std::move(waiting));
  keeps_waiting_ = true;
  return receipt;
}

void Link::end_runs_of(const std::vector<std::string>& lanes) {
  for (const std::string& lane : lanes)
    while (const PendingRun* found = book_.holder({lane})) {
      if (found->id == envelope_.pending) break;
      PendingRun ended = *found;
      ended.state = PendingRun::State::ended;
      book_.runs.put(std::move(ended));
    }
}

std::optional<Receipt> Link::number_taken(const hl7::Message& message) {
  const std::string number = sequence_number_of(message);
  if (number.empty()) return {};
  sequence_ = follow_sequence(book_, sequence_link_of(envelope_.inlet, message), number);
  if (sequence_->refusal) return refusal(Receipt::Outcome::refused, *sequence_->refusal);
  if (!sequence_->is_about_the_link) return {};
  Receipt receipt;
  receipt.text = number == "0" ? "the link starts" : "the link starts anew, at any number";
  return receipt;
}

void Link::keep_number(Receipt& receipt) {
  if (!sequence_) return;
  receipt.expected_number = sequence_->expected;
  if (!sequence_->link) return;
  sequence_->link->last_was_refused = !sequence_->is_about_the_link && !receipt.took_effect();
  book_.sequence_links.put(*sequence_->link);
}

void Link::end(Receipt& receipt, std::vector<Parcel>& parcels) {
  keep_number(receipt);
  answer_later(receipt, parcels);
  if (receipt.took_effect() && envelope_.pending == 0) end_runs_of(lanes_of_whole(envelope_));
}

std::optional<Receipt> Link::answer_taken(const Scope& scope) {
  const std::string code = text_in(scope, "MSA-1");
  if (code != "AA" && code != "AE" && code != "AR") return {};
  for (const std::int64_t key : site_.answered_by(envelope_, *scope.message)) {
    const AwaitedAnswer* awaited = book_.awaited_answers.find(key);
    if (!awaited) continue;
    AwaitedAnswer answered = *awaited;
    answered.code = code;
    const std::string text = "the application of " + answered.outlet + " says " + code + " to " +
                             text_in(scope, "MSA-2") + " of message " + std::to_string(answered.message);
    book_.note({"answer", answered.message, code == "AA" ? "accept" : "refuse", text});
    if (code != "AA") book_.questions.put({book_.new_id(), answered.message, "answer", text + said_more(scope), true});
    book_.awaited_answers.put(std::move(answered));
    Receipt receipt;
    receipt.text = text;
    return receipt;
  }
  return {};
}

void Link::answer_later(const Receipt& receipt, std::vector<Parcel>& parcels) const {
  const Endpoint* inlet = site_.endpoint(envelope_.inlet);
  if (!inlet || inlet->application_acks_to.empty() || envelope_.pending != 0) return;
  Parcel ack;
  ack.control_id = "A" + std::to_string(envelope_.message);
  auto document = later_answer(*envelope_.bytes, receipt, inlet->dialect(), ack.control_id, now_);
  if (!document) return;
  ack.message = envelope_.message;
  ack.outlet = inlet->application_acks_to;
  ack.route = "(acknowledgement)";
  ack.lanes = {"answers|" + envelope_.inlet};
  ack.content_type = Parcel::kHl7;
  ack.document = *std::move(document);
  ack.due = now_;
  parcels.push_back(std::move(ack));
}

}  // namespace pons
