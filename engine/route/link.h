#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/message/receipt.h"
#include "engine/records/sequence_rules.h"
#include "engine/route/decide.h"

namespace pons {

/// What holds one message to others of its sender or receiver: sequence numbers (HL7 v2.5.1 2.10.1), fragments
/// (2.10.2), and an application's acknowledgement that comes later (2.9.3).
class Link {
 public:
  Link(const Site& site, const Envelope& envelope, Book& book, Instant now)
      : site_(site), envelope_(envelope), book_(book), now_(now) {}

  /// Nothing: the message may be taken.
  std::optional<Receipt> number_taken(const hl7::Message& message);
  /// What a receiver's application says of what was sent to it; nothing: the message is no such answer.
  std::optional<Receipt> answer_taken(const Scope& scope);
  /// Nothing: the message is whole.
  std::optional<Receipt> fragment_kept(const hl7::Message& message);
  /// The fragment in hand was set aside, perhaps again.
  bool keeps_waiting() const { return keeps_waiting_; }
  /// What the receipt of a message means for its link. Also of one that is refused: it arrived, and its number is used.
  void end(Receipt& receipt, std::vector<Parcel>& parcels);

 private:
  /// It waits in the lane of its pointer; what waited there under the same pointer was given up by its sender.
  Receipt keep_fragment(const std::string& lane);
  void end_runs_of(const std::vector<std::string>& lanes);
  void keep_number(Receipt& receipt);
  /// Where the sender asked for it, and the listener answers over a connection of ours.
  void answer_later(const Receipt& receipt, std::vector<Parcel>& parcels) const;

  const Site& site_;
  const Envelope& envelope_;
  Book& book_;
  const Instant now_;
  std::optional<SequenceVerdict> sequence_;
  bool keeps_waiting_ = false;
};

}  // namespace pons
