#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/digest.h"
#include "engine/ports/parcels.h"
#include "engine/ports/store.h"

namespace pons::test {

inline Instant at(int seconds) {
  return Instant(std::chrono::seconds(1795514400 + seconds));
}

/// What a text may hold without being anything else than text.
inline const std::string kNasty =
    "\"quote\" \\back\\slash {a,b} 'x'; -- %s $1 \t tab \n line \r NULL \xc3\xa9\xe2\x82\xac";

inline Envelope envelope_of(const std::string& bytes) {
  Envelope made;
  made.inlet = "ris-mllp";
  made.peer = "127.0.0.1:1";
  made.arrived = at(0);
  made.bytes = std::make_shared<const std::string>(bytes);
  made.attributes = {{"SOPInstanceUID", "1.2.3"}, {kNasty, kNasty}};
  return made;
}

/// One who writes into a store, one envelope to a batch.
class Desk {
 public:
  explicit Desk(Store& store) : store_(store) {}

  /// Everything about the envelope of one batch. `subject.identity` is made from its bytes unless it is given.
  struct Entry {
    Subject subject = {};
    std::string bytes = {};
    Receipt::Outcome outcome = Receipt::Outcome::done;
    std::vector<Parcel> parcels = {};
    std::vector<std::string> awakes = {};
    Envelope envelope = {};  // of a run that starts again; else made from the bytes
  };

  template <class Write>
  std::int64_t write(Entry entry, Write&& write) {
    if (entry.subject.identity.empty()) entry.subject.identity = {"desk|" + entry.bytes, sha256(entry.bytes)};
    const bool again = entry.envelope.pending != 0;
    Envelope envelope = again ? entry.envelope : envelope_of(entry.bytes);
    const auto batch = store_.begin({entry.subject});
    envelope.message = batch->message(0);
    write(batch->book(), envelope.message);
    Decision decision;
    decision.receipt.message = envelope.message;
    decision.receipt.outcome = entry.outcome;
    decision.trace = again ? R"({"routes":[],"again":true})" : R"({"routes":[]})";
    decision.changes = batch->book().keep();
    decision.parcels = std::move(entry.parcels);
    decision.awakes = std::move(entry.awakes);
    batch->save({envelope}, {decision});
    return envelope.message;
  }
  std::int64_t write(Entry entry) {  // nothing but the journal
    return write(std::move(entry), [](Book&, std::int64_t) {});
  }

  /// Looks into the book of a batch that is then dropped.
  template <class Look>
  void look(const Subject& subject, Look&& look) {
    const auto batch = store_.begin({subject});
    look(batch->book());
  }

 private:
  Store& store_;
};

}  // namespace pons::test
