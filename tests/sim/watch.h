#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "adapters/memory/store.h"
#include "engine/route/site.h"
#include "tests/sim/history.h"
#include "tests/sim/mail.h"

namespace pons::sim {

/// Looks at everything that passes the store's door, and knows at each moment what has to be so. It takes nobody's word
/// for it: it keeps count of its own, and looks into the store itself.
class Watch final {
 public:
  Watch(const World& world, const MemoryStore& store, History& history)
      : world_(world), store_(store), history_(history) {}

  /// What was committed about one envelope, at which time.
  struct Commit {
    Instant now;
    Envelope envelope;
    Subject subject;
    Decision decision;
    std::string label;
  };

  void sent(const Mail& mail);
  void committed(const std::string& node, Instant now, const std::vector<Subject>& subjects,
                 const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions);
  void answered(const std::string& node, const Envelope& envelope, const Receipt& receipt);
  void claimed(const std::string& node, const std::string& outlet, Instant now, const Parcels::Claim& claim);
  /// Before the store settles them, and afterwards.
  void settles(const std::string& node, const std::vector<Settlement>& settlements);
  void settled(const std::vector<Settlement>& settlements);
  void released(const Parcels::Claim& claim);
  void brought_forward(const std::string& outlet, Instant latest, Instant now);
  /// The other side has read it, and says this.
  void arrived(const Parcel& parcel, bool accepted);

  /// When the next parcel of the outlet can be claimed by somebody whose clock says `now`; nothing: none waits.
  std::optional<Instant> next_claim(const std::string& outlet, Instant now) const;
  bool has_open_parcels() const;
  std::string label_of(std::int64_t message) const;
  std::string label_of(const Parcel& parcel) const { return label_of(parcel.message); }

  /// When everything has drained.
  void check_parcels();
  void check_commits();
  const std::vector<Commit>& commits() const { return commits_; }
  std::size_t arrivals() const { return arrivals_; }

 private:
  struct Known {
    Parcel parcel;                  // its lanes are all that it ever stood in
    std::vector<std::string> said;  // the lanes that were decided
    Parcel::State state = Parcel::State::queued;
    std::int64_t lease = 0;
    Instant until, due;
    std::size_t read = 0, accepted = 0;  // by the other side, how often
    std::size_t first_read = 0;          // the how-many-th of all first readings
  };

  void learn_new_parcels();
  void check_place(const Known& claimed) const;
  bool is_open(const Known& known) const {
    return known.state == Parcel::State::queued || known.state == Parcel::State::held;
  }

  const World& world_;
  const MemoryStore& store_;
  History& history_;
  std::unordered_map<std::string, std::string> labels_;  // by inlet and bytes
  std::map<std::string, std::string> patients_;          // by label
  std::map<std::int64_t, std::string> label_by_message_;
  std::vector<Commit> commits_;
  std::map<std::string, Receipt> first_answers_;  // by label: of the commit that took effect
  std::map<std::int64_t, Known> parcels_;
  std::map<std::string, std::set<std::int64_t>> open_;                        // by outlet
  std::map<std::int64_t, std::vector<std::vector<std::string>>> lanes_said_;  // by message, parcel by parcel
  std::map<std::int64_t, Parcel> before_;
  std::size_t arrivals_ = 0, first_reads_ = 0;
};

}  // namespace pons::sim
