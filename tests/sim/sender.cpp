#include "tests/sim/sender.h"

#include <fmt/format.h>

namespace pons::sim {

namespace {

using namespace std::chrono_literals;

constexpr Duration kAnswerWithin = 30s;

}  // namespace

Sender::Sender(Rooms rooms, std::string name, Chance chance)
    : rooms_(rooms),
      name_(std::move(name)),
      chance_(chance),
      machine_(rooms_.world),
      task_(machine_.start([this](Task& task) { work(task); })) {}

void Sender::post(Mail mail, std::function<void(const Receipt&)> then) {
  mail.label = name_ + ' ' + std::to_string(++mails_);
  rooms_.watch.sent(mail);
  waiting_.push_back({std::move(mail), std::move(then)});
  task_.wake();
}

Envelope Sender::envelope_of(const Mail& mail) {
  Envelope envelope;
  envelope.kind = mail.kind;
  envelope.inlet = mail.inlet;
  envelope.attributes = mail.attributes;
  envelope.bytes = std::make_shared<const std::string>(mail.bytes);
  return envelope;
}

void Sender::work(Task& task) {
  while (true) {
    while (waiting_.empty()) task.wait();
    Waiting& next = waiting_.front();
    next.mail.answer = send(task, next.mail);
    sent_.push_back(next.mail);
    if (next.then) next.then(*next.mail.answer);
    waiting_.pop_front();
    if (rooms_.weather.strikes(chance_, rooms_.weather.twins / 4)) {
      rooms_.history.tell(name_, "starts anew, and sends its last messages again");
      for (std::size_t i = sent_.size() - std::min<std::size_t>(sent_.size(), 3); i < sent_.size(); ++i)
        send(task, sent_[i]);
    }
  }
}

Receipt Sender::send(Task& task, const Mail& mail) {
  while (true) {
    if (auto receipt = try_to_send(task, mail)) return *std::move(receipt);
    task.sleep(chance_.between(Duration(500ms), Duration(10s)));
  }
}

std::optional<Receipt> Sender::try_to_send(Task& task, const Mail& mail) {
  const Weather& weather = rooms_.weather;
  task.sleep(chance_.between(Duration(1ms), Duration(20ms)));
  rooms_.history.tell(name_, "sends", mail.label);
  if (weather.strikes(chance_, weather.twins)) send_twin(mail);
  if (weather.strikes(chance_, weather.mails)) {
    task.sleep(kAnswerWithin);
    return {};
  }
  struct Answer {
    bool has_come = false;
    std::optional<Receipt> receipt;
  };
  const auto answer = std::make_shared<Answer>();
  const bool is_connected =
      chance_.one_of(rooms_.nodes)->accept(envelope_of(mail), [this, answer](const std::optional<Receipt>& receipt) {
        answer->has_come = true;
        answer->receipt = receipt;
        task_.wake();
      });
  if (!is_connected) return {};
  const Duration end = rooms_.world.now() + kAnswerWithin;
  while (!answer->has_come && rooms_.world.now() < end) task.sleep(end - rooms_.world.now());
  if (!answer->receipt) return {};
  if (weather.strikes(chance_, weather.answers)) {
    task.sleep(end - rooms_.world.now());
    return {};
  }
  rooms_.history.tell(name_, "reads the answer " + to_text(answer->receipt->outcome), mail.label);
  return answer->receipt;
}

/// A copy that has taken another way, and that nobody waits for.
void Sender::send_twin(const Mail& mail) {
  const Duration wait = chance_.happens(0.5) ? Duration::zero() : chance_.about(10min);
  Node& node = *chance_.one_of(rooms_.nodes);
  rooms_.world.after(wait, [&node, mail, this] {
    rooms_.history.tell(name_, "a copy arrives", mail.label);
    node.accept(envelope_of(mail), [](const std::optional<Receipt>&) {});
  });
}

void Sender::check_order() const {
  std::int64_t last = 0;
  for (const Mail& each : sent_) {
    if (!each.answer->took_effect()) continue;
    if (each.answer->message <= last)
      rooms_.history.violated(
          "P4", fmt::format("it was sent after message {}, and became message {}", last, each.answer->message),
          each.label);
    last = each.answer->message;
  }
}

}  // namespace pons::sim
