/// The input is a stream. What it holds must not depend on how it was cut.
#include <string>
#include <vector>

#include "adapters/mllp/deframer.h"
#include "tests/fuzz/property.h"

using namespace pons;
using pons::fuzz::must;

namespace {

struct Outcome {
  std::vector<std::string> messages;
  std::size_t skipped = 0;
  bool is_inside = false, is_over_limit = false;

  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome received(std::string_view stream, NextSize next_size) {
  Deframer deframer(1000);
  Outcome outcome;
  while (!stream.empty()) {
    const auto piece = stream.substr(0, next_size());
    stream.remove_prefix(piece.size());
    deframer.feed(piece);
    while (auto message = deframer.next()) outcome.messages.push_back(*std::move(message));
  }
  outcome.skipped = deframer.skipped();
  outcome.is_inside = deframer.is_inside();
  outcome.is_over_limit = deframer.is_over_limit();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = fuzz::text_of(data, size);
  const Outcome whole = received(stream, [&] { return stream.size(); });
  fuzz::Slices slices(stream);
  must(received(stream, [&] { return slices.next(7); }) == whole,
       "a stream in slices gives what it gives in one piece");
  must(received(stream, [&] { return slices.next(500); }) == whole, "so it does in larger ones");
  if (size < 4096) must(received(stream, [] { return 1; }) == whole, "so it does byte by byte");

  std::size_t held = whole.skipped;
  for (const auto& message : whole.messages) {
    held += message.size() + 2;
    must(message.find('\x1c') == std::string::npos, "a message does not hold the end of its frame");
  }
  must(held <= size, "no byte comes out twice");

  if (stream.find('\x1c') != std::string_view::npos) return 0;
  const auto framed = received(frame(stream), [&] { return slices.next(100); });
  must(framed.messages == std::vector{std::string(stream)} && framed.skipped == 0, "what is framed comes out whole");
  return 0;
}
