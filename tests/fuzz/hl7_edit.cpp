/// The input is a path on the first line, a value on the second, and a message. What is set reads back, stays one
/// value, and is the only change.
#include <vector>

#include "engine/hl7/edit.h"
#include "tests/fuzz/property.h"

using namespace pons;
using namespace pons::hl7;
using pons::fuzz::must;

namespace {

/// Where the value will stand; nothing for a path that means several places or makes a new one.
std::optional<Path> single_place(const Path& path) {
  const auto is_single = [](const Selector& s) {
    return s.kind == Selector::Kind::first || s.kind == Selector::Kind::number;
  };
  if (path.field == 0 || !is_single(path.occurrence) || !is_single(path.repetition)) return std::nullopt;
  // PID-5 is the whole field, PID-5.1 is in the first repetition.
  return path;
}

Message reread(const Message& message) {
  const auto again = Message::parse(message.write());
  must(again.operator bool(), "what was edited can be read");
  must(again->size() == message.size(), "no value becomes a segment, no segment is lost");
  for (std::size_t i = 0; i < message.size(); ++i)
    must(again->raw(i) == message.raw(i), "an edited segment is read as it was written");
  return *again;
}

std::size_t count(const Message& message, std::string_view name) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < message.size(); ++i) found += message.is(i, name);
  return found;
}

void check_set(const Message& before, const Path& path, State state, std::string_view value) {
  Message message = before;
  if (!set(message, path, state, value)) return;
  const Message after = reread(message);
  must(after.size() <= before.size() + 1, "at most one segment is made");
  for (const auto* name : {"PID", "OBX", "ZZZ"})
    must(path.segment == name || count(after, name) == count(before, name), "other segments stay");

  const auto place = single_place(path);
  if (!place) return;
  const auto found = find_first(after, *place);
  if (state == State::value && !value.empty()) must(text(found) == value, "an edited field reads back as it was set");
  if (state == State::null) must(found.state == State::null, "null reads back as null");
}

void check_structure(const Message& before, const Path& path, std::string_view raw) {
  for (const Delimiters& from : {Delimiters{}, before.delimiters(), Delimiters{'!', '@', '#', '%', '*', 0}}) {
    Message message = before;
    if (set_raw(message, path, raw, from)) reread(message);
    Message longer = before;
    if (add_raw_segment(longer, 1, raw, from)) reread(longer);
    Message longest = before;
    if (add_raw_segment(longest, before.size(), raw, from)) reread(longest);
  }
}

void check_removal(const Message& before) {
  for (std::size_t i = 1; i < before.size() && i < 4; ++i) {
    Message message = before;
    must(remove_segment(message, i).operator bool(), "any segment but the MSH goes");
    reread(message);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = fuzz::text_of(data, size);
  const auto path = Path::parse(fuzz::take_line(input));
  const auto value = fuzz::take_line(input);
  const auto message = Message::parse(std::string(input));
  if (!path || !message) return 0;
  for (const State state : {State::value, State::null, State::absent}) check_set(*message, *path, state, value);
  check_set(*message, *path, State::value, input.substr(0, 100));
  check_structure(*message, *path, value);
  check_removal(*message);
  Message utf8 = *message;
  if (set(utf8, *path, State::value, value, charset_of(*message, {}))) reread(utf8);
  return 0;
}
