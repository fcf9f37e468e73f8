#include "adapters/mllp/deframer.h"

#include <catch2/catch.hpp>
#include <vector>

using pons::Deframer;
using pons::frame;

namespace {

/// What comes out when the stream comes in pieces of this size.
std::vector<std::string> received(const std::string& stream, std::size_t piece) {
  Deframer deframer(1 << 20);
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    deframer.feed(std::string_view(stream).substr(at, piece));
    while (auto message = deframer.next()) messages.push_back(*message);
  }
  return messages;
}

}  // namespace

TEST_CASE("frames come out whole, however the stream is cut") {
  const std::string stream = frame("MSH|one") + frame("MSH|two\r") + "rubbish" + frame("MSH|three");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece)
    CHECK(received(stream, piece) == std::vector<std::string>{"MSH|one", "MSH|two\r", "MSH|three"});
}

TEST_CASE("a peer that leaves out the last CR is understood") {
  CHECK(received("\x0bMSH|one\x1c\x0bMSH|two\x1c", 3) == std::vector<std::string>{"MSH|one", "MSH|two"});
}

TEST_CASE("bytes between frames are counted, the frame's own CR is not") {
  Deframer deframer(1 << 20);
  deframer.feed(frame("one") + "abc" + frame("two"));
  CHECK(deframer.next() == "one");
  CHECK(deframer.next() == "two");
  CHECK(deframer.skipped() == 3);
}

TEST_CASE("rubbish between frames is counted alike, however the stream is cut") {
  const std::string stream = "a\rb" + frame("one") + "\r\nc\r" + frame("two") + "\r";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    Deframer deframer(1 << 20);
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      deframer.feed(std::string_view(stream).substr(at, piece));
      while (deframer.next()) {
      }
    }
    CHECK(deframer.skipped() == 8);
  }
}

TEST_CASE("large frames come out whole between small ones") {
  const std::string large = "MSH|" + std::string(3 << 20, 'x') + "|end";
  Deframer deframer(4 << 20);
  deframer.feed("rubbish" + frame("one") + frame(large).substr(0, 1 << 20));
  CHECK(deframer.next() == "one");
  CHECK_FALSE(deframer.next());
  deframer.feed(frame(large).substr(1 << 20) + frame("two"));
  CHECK((deframer.next() == large));
  CHECK(deframer.next() == "two");
  CHECK_FALSE(deframer.next());
  deframer.feed(frame(large) + "\x0bthr");
  CHECK((deframer.next() == large));
  CHECK_FALSE(deframer.next());
  deframer.feed("ee\x1c");
  CHECK(deframer.next() == "three");
  CHECK(deframer.skipped() == 7);
}

TEST_CASE("a frame without end is noticed at the limit") {
  Deframer deframer(100);
  deframer.feed("\x0b" + std::string(200, 'x'));
  CHECK_FALSE(deframer.next());
  CHECK(deframer.is_over_limit());
}
