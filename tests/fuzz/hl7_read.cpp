/// The input is a message, or a batch of them. It is written as it was read, and everything that is found in it lies in
/// it.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/hl7/batch.h"
#include "engine/hl7/read.h"
#include "tests/fuzz/property.h"

using namespace pons;
using namespace pons::hl7;
using pons::fuzz::must;

namespace {

void check_segments(const Message& message) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const auto offset = message.offset_of(message.raw(i));
    must(offset && *offset >= end, "segments stand in the message one after another");
    end = *offset + message.raw(i).size();
    must(message.name(i).size() <= message.raw(i).size(), "a name is part of its segment");
    const auto last = message.field_count(i);
    must(last == 0 || message.raw_field(i, last).has_value(), "the last field is there");
    must(!message.raw_field(i, last + 1), "and none after it");
  }
  must(end <= message.bytes().size(), "segments end where the message ends");
}

void check_group(const Message& message, const Group& group) {
  must(!group.segments.empty() && group.segments.back() < message.size(), "a group is of the message");
  must(std::is_sorted(group.segments.begin(), group.segments.end()), "a group is in the order of the message");
  must(std::adjacent_find(group.segments.begin(), group.segments.end()) == group.segments.end(),
       "a group holds no segment twice");
  must(std::includes(group.segments.begin(), group.segments.end(), group.shared.begin(), group.shared.end()),
       "what is shared is in the group");
}

void check_batch(const std::string& bytes) {
  if (!is_batch(bytes)) return;
  const BatchFile file = read_batch(bytes);
  const char* end = bytes.data();
  std::vector<std::vector<std::string>> answers;
  for (const auto& batch : file.batches) {
    answers.emplace_back(batch.messages.size(), "MSH|^~\\&|\r");
    for (const auto each : batch.messages) {
      must(each.starts_with("MSH") && each.data() >= end, "messages stand in the batch one after another");
      end = each.data() + each.size();
    }
  }
  must(end <= bytes.data() + bytes.size(), "and end where it ends");
  const std::string answer = build_batch_answer(file, answers, "C", "20261125");
  const BatchFile read = read_batch(answer);
  must(file.fault || (!read.fault && read.batches.size() == file.batches.size()),
       "a batch that is whole has an answer that is whole");
}

void check_found(const Message& message, const Found& found) {
  must(found.state != State::absent && !found.raw.empty(), "what is found is there");
  must(message.bytes().substr(found.place.offset, found.place.length) == found.raw,
       "a place is where the value stands");
  must(Path::parse(found.place.path()).operator bool(), "a place is told as a path");
}

void check_reading(const Message& message, const Group* within) {
  const Charset charset = charset_of(message, {});
  for (const auto* text : {"MSH-9.2", "PID-3[*].1", "PID-3[5 = MR].1", "PID[last]-5[last].1.1", "OBX[*]-5[*]",
                           "OBX[3.1 = 59776-5]-5", "OBR[2]-4.2", "NTE", "ZDS-1.1"}) {
    const auto path = Path::parse(text);
    const auto all = find_each(message, *path, within);
    for (const auto& found : all) {
      check_found(message, found);
      must(is_utf8(hl7::text(found, charset)), "text is UTF-8");
    }
    const auto first = find_first(message, *path, within);
    must((first.state == State::absent) == find(message, *path, within).empty(),
         "the first is absent when there is none");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(fuzz::text_of(data, size));
  check_batch(bytes);
  const auto message = Message::parse(bytes);
  if (!message) {
    must(!message.fault().text.empty(), "a refusal says why");
    return 0;
  }
  must(message->write() == bytes, "a message is written as it was read");
  check_segments(*message);
  check_reading(*message, nullptr);
  for (const auto* leader : {"OBR", "MRG", "IPC", "OBX", "ZDS"}) {
    const auto split_by = split(*message, leader);
    if (!split_by) continue;
    const auto& groups = *split_by;
    std::size_t held = 0;
    for (const auto& group : groups) held += group.segments.size();
    must(held <= 1'100'000, "groups hold no more than they may");  // what follows the last one comes on top
    for (const auto& group : groups) check_group(*message, group);
    if (!groups.empty()) check_reading(*message, &groups.back());
  }
  return 0;
}
