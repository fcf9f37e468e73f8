#include "engine/hl7/batch.h"

#include <catch2/catch.hpp>

using namespace pons::hl7;

namespace {

const std::string kOne = "MSH|^~\\&|A|B|C|D|20261125||ADT^A08|M1|P|2.5.1\rPID|||1\r",
                  kTwo = "MSH|^~\\&|A|B|C|D|20261125||ADT^A08|M2|P|2.5.1\rNTE|1||BTS is not here\r",
                  kBhs = "BHS|^~\\&|A|B|C|D|20261125||NAME||B7\r", kFhs = "FHS|^~\\&|A|B|C|D|20261125||||F3\r";

std::string fault_of(const std::string& bytes) {
  const auto file = read_batch(bytes);
  return file.fault ? file.fault->text.substr(0, file.fault->text.find(';')) : "";
}

}  // namespace

TEST_CASE("a batch is taken apart into its messages, byte for byte") {
  const std::string bytes = kBhs + kOne + kTwo + "BTS|2\r";
  REQUIRE(is_batch(bytes));
  const auto file = read_batch(bytes);
  CHECK_FALSE(file.fault);
  REQUIRE(file.batches.size() == 1);
  CHECK(name_of_batch(file.batches[0].header) == "B7");
  CHECK(file.batches[0].messages == std::vector<std::string_view>{kOne, kTwo});
}

TEST_CASE("a file holds batches, or messages alone") {
  const std::string in_batches = kFhs + kBhs + kOne + "BTS|1\r" + kBhs + "BTS|0|nothing today\r" + "FTS|2\r",
                    alone = kFhs + kOne + kTwo + "FTS\r";
  const auto file = read_batch(in_batches);
  CHECK_FALSE(file.fault);
  REQUIRE(file.batches.size() == 2);
  CHECK(file.batches[0].messages.size() == 1);
  CHECK(file.batches[1].messages.empty());
  const auto messages = read_batch(alone);
  CHECK_FALSE(messages.fault);
  REQUIRE(messages.batches.size() == 1);
  CHECK(messages.batches[0].messages.size() == 2);
}

TEST_CASE("lines may end in LF, CRLF or not at all") {
  std::string bytes = kBhs + kOne + kTwo + "BTS|2";
  for (const std::string end : {"\n", "\r\n"}) {
    std::string other;
    for (const char c : bytes) c == '\r' ? other += end : other += c;
    const auto file = read_batch(other);
    CHECK_FALSE(file.fault);
    REQUIRE(file.batches.size() == 1);
    CHECK(file.batches[0].messages.size() == 2);
  }
}

TEST_CASE("a byte order mark or blank lines before a batch do not hide it") {
  for (const std::string before : {"\xEF\xBB\xBF", "\r\n", " \n\n"}) {
    const std::string bytes = before + kBhs + kOne + "BTS|1\r";
    REQUIRE(is_batch(bytes));
    const auto file = read_batch(bytes);
    CHECK_FALSE(file.fault);
    REQUIRE(file.batches.size() == 1);
    CHECK(file.batches[0].messages == std::vector<std::string_view>{kOne});
  }
  CHECK_FALSE(is_batch("\r" + kOne));
  CHECK_FALSE(is_batch(""));
}

TEST_CASE("a batch that cannot be whole says why") {
  CHECK(fault_of(kBhs + kOne + "BTS|2\r") == "BTS-1 says 2, and 1 messages came");
  CHECK(fault_of(kBhs + kOne + "BTS|two\r") == "BTS-1 says no number, and 1 messages came");
  CHECK(fault_of(kBhs + kOne) == "the last batch has no BTS: its end may be missing");
  CHECK(fault_of(kFhs + kBhs + kOne + "BTS|1\r") == "the file has no FTS: its end may be missing");
  CHECK(fault_of(kFhs + kBhs + kOne + "BTS|1\rFTS|3\r") == "FTS-1 says 3, and 1 batches came");
  CHECK(fault_of(kBhs + kBhs + kOne + "BTS|1\r") ==
        "a batch begins, and the one before it has no BTS: its end may be missing");
  CHECK(fault_of(kBhs + "PID|||1\r" + kOne + "BTS|1\r") == "a segment stands between the messages");
  CHECK(fault_of(kFhs + "FTS|0\r" + kOne) == "something follows FTS");
  CHECK(fault_of("BHS\rBTS|9\r") == "BTS-1 says 9, and 0 messages came");
}

TEST_CASE("a count may be left out") {
  CHECK(fault_of(kFhs + kBhs + kOne + "BTS\rFTS||a comment\r").empty());
}

TEST_CASE("a batch is answered in its own form, and refers to it") {
  const std::string bytes = kFhs + kBhs + kOne + kTwo + "BTS|2\rFTS|1\r";
  CHECK(build_batch_answer(read_batch(bytes), {{"MSH|1\r", "MSH|2\r"}}, "C", "T") ==
        "FHS|^~\\&|C|D|A|B|T||||C|F3\rBHS|^~\\&|C|D|A|B|T||||C.1|B7\rMSH|1\rMSH|2\rBTS|2\rFTS|1\r");
  const std::string alone = kBhs + kOne + "BTS|5\r";
  CHECK(build_batch_answer(read_batch(alone), {{"MSH|1\r"}}, "C", "T") ==
        "BHS|^~\\&|C|D|A|B|T||||C.1|B7\rMSH|1\rBTS|1|BTS-1 says 5, and 1 messages came; nothing of it was taken, send "
        "it again\r");
}
