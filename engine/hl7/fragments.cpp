#include "engine/hl7/fragments.h"

#include "engine/base/text.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/read.h"

namespace pons::hl7 {

namespace {

constexpr std::size_t kAddHead = 4;  // "ADD|"

Path path_of(std::string_view text) {
  return *Path::parse(text);
}

/// The segments of a whole, as they come together.
class Whole {
 public:
  void add(const Message& fragment, bool is_first) {
    for (std::size_t i = 0; i < fragment.size(); ++i) {
      if ((i == 0 && !is_first) || fragment.is(i, "DSC")) continue;
      if (fragment.is(i, "ADD") && ends_.size() > 1)
        continue_last(fragment.raw(i));
      else
        begin(fragment.raw(i));
    }
  }

  std::string take() { return std::move(text_) + '\r'; }

 private:
  /// All that follows the separator belongs to the segment before; without one it only says that more will come.
  void continue_last(std::string_view addition) {
    if (addition.size() > kAddHead) text_ += addition.substr(kAddHead);
  }
  void begin(std::string_view segment) {
    if (!ends_.empty()) text_ += '\r';
    ends_.push_back(text_.size());
    text_ += segment;
  }

  std::string text_;
  std::vector<std::size_t> ends_;  // of the segments before
};

Result<std::string> with_header_of_last(std::string whole, const Message& last) {
  auto message = Message::parse(std::move(whole));
  if (!message) return message.fault();
  for (const char* field : {"MSH-10", "MSH-13"}) {
    const Path path = path_of(field);
    const auto raw = last.raw_field(0, static_cast<std::size_t>(path.field)).value_or("");
    const auto written = raw.empty() ? set(*message, path, State::absent) : set_raw(*message, path, raw);
    if (!written) return written.fault();
  }
  if (const auto cleared = set(*message, path_of("MSH-14"), State::absent); !cleared) return cleared.fault();
  return message->write();
}

}  // namespace

Fragment fragment_of(const Message& message) {
  Fragment fragment;
  fragment.continues = trim(text_at(message, "MSH-14"));
  if (message.locate("DSC") && text_at(message, "DSC-2") != "I") fragment.pointer = trim(text_at(message, "DSC-1"));
  return fragment;
}

Result<std::string> join(const std::vector<std::string_view>& fragments) {
  Whole whole;
  std::optional<Message> first, last;
  for (const std::string_view each : fragments) {
    auto message = Message::parse(std::string(each));
    if (!message) return message.fault();
    whole.add(*message, !first);
    if (!first) first = *message;
    last = *std::move(message);
    if (last->delimiters() != first->delimiters())
      return refused("the fragments of one message have different delimiters", "MSH-2", 102);
  }
  return with_header_of_last(whole.take(), *last);
}

Message with_additions(Message received) {
  if (!received.locate("ADD")) return received;
  Whole whole;
  whole.add(received, true);
  auto joined = Message::parse(whole.take());
  return joined ? *std::move(joined) : received;
}

}  // namespace pons::hl7
