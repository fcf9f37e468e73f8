#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/mail.h"
#include "tests/sim/node.h"

namespace pons::sim {

/// A system that sends over one connection: the next message when the one before was answered, the same bytes again
/// when it was not. It loses its power too, and then sends again what it may have sent already.
class Sender final {
 public:
  struct Rooms {
    World& world;
    History& history;
    Watch& watch;
    Weather& weather;
    std::vector<std::unique_ptr<Node>>& nodes;
  };

  Sender(Rooms rooms, std::string name, Chance chance);

  /// Behind what waits. `then` is called with the answer.
  void post(Mail mail, std::function<void(const Receipt&)> then = {});
  /// "RIS-1-7": a control id that it has not used yet.
  std::string new_control_id() { return name_ + '-' + std::to_string(++control_ids_); }
  const std::string& name() const { return name_; }
  /// Of what waits longest.
  std::string first_label() const { return waiting_.empty() ? "" : waiting_.front().mail.label; }
  bool has_sent_all() const { return waiting_.empty(); }
  const std::vector<Mail>& sent() const { return sent_; }
  /// When everything has drained.
  void check_order() const;

 private:
  struct Waiting {
    Mail mail;
    std::function<void(const Receipt&)> then;
  };

  void work(Task& task);
  Receipt send(Task& task, const Mail& mail);
  std::optional<Receipt> try_to_send(Task& task, const Mail& mail);
  void send_twin(const Mail& mail);
  static Envelope envelope_of(const Mail& mail);

  Rooms rooms_;
  const std::string name_;
  Chance chance_;
  std::deque<Waiting> waiting_;
  std::vector<Mail> sent_;  // those that were answered
  std::size_t control_ids_ = 0, mails_ = 0;
  Machine machine_;
  Task& task_;
};

}  // namespace pons::sim
