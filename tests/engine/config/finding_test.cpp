#include "engine/config/finding.h"

#include <rapidjson/document.h>

#include <catch2/catch.hpp>

using namespace pons;

namespace {

Span span_of(const Source& source, const std::string& piece) {
  const std::size_t begin = source.text.find(piece);
  REQUIRE(begin != std::string::npos);
  return {&source, begin, begin + piece.size()};
}

}  // namespace

TEST_CASE("a finding shows the line, the carets, what was found and what to write") {
  const Source source{"routes/ris-orders.yaml", "\n\n\n\n\nwhen: !exists(ZDS)\n"};
  Findings findings;
  findings.error("E0107", span_of(source, "!"), "YAML read \"!exists(ZDS)\" as a tag, so this condition is empty",
                 "a value cannot begin with \"!\"", "write:  when: not exists(ZDS)");
  CHECK(to_text(findings) == R"text(error[E0107]: YAML read "!exists(ZDS)" as a tag, so this condition is empty
  --> routes/ris-orders.yaml:6:7
  |
6 | when: !exists(ZDS)
  |       ^ a value cannot begin with "!"
  = write:  when: not exists(ZDS)
)text");
}

TEST_CASE("a finding's second place is underlined with dashes") {
  const Source route{"routes/ris-orders.yaml",
                     std::string(12, '\n') + "    else: reject                       # AE + ERR\n"};
  const Source endpoints{"routes/endpoints.yaml", std::string(7, '\n') + "    ack: stored\n"};
  Findings findings;
  findings
      .error("E0405", span_of(route, "reject"), "this rejection can never reach the sender",
             "needs the answer to wait for the steps", "write:  ack: checked      or      else: park")
      .labels.push_back({span_of(endpoints, "stored"), "but ris-mllp answers AA as soon as the message is stored"});
  CHECK(to_text(findings) == R"(error[E0405]: this rejection can never reach the sender
  --> routes/ris-orders.yaml:13:11
   |
13 |     else: reject                       # AE + ERR
   |           ^^^^^^ needs the answer to wait for the steps
  --> routes/endpoints.yaml:8:10
  |
8 |     ack: stored
  |          ------ but ris-mllp answers AA as soon as the message is stored
  = write:  ack: checked      or      else: park
)");
}

TEST_CASE("carets count characters, and a tab is shown as one space") {
  const Source source{"a.yaml", "größe:\t\"Ærø\"\t# €\n"};
  Findings findings;
  findings.warning("W0501", span_of(source, "Ærø"), "an island");
  CHECK(to_text(findings) ==
        "warning[W0501]: an island\n  --> a.yaml:1:9\n  |\n"
        "1 | größe: \"Ærø\" # €\n  |         ^^^\n");
}

TEST_CASE("a place over several lines is underlined in its first line") {
  const Source source{"a.yaml", "when: one\r\n  two\r\n"};
  Findings findings;
  findings.error("E0200", {&source, 6, source.text.size() - 2}, "too long", "this");
  CHECK(to_text(findings) == "error[E0200]: too long\n  --> a.yaml:1:7\n  |\n1 | when: one\n  |       ^^^ this\n");
}

TEST_CASE("an empty place has one caret, also behind the end of the file") {
  const Source source{"a.yaml", "a:\n"};
  Findings findings;
  findings.error("E0200", {&source, 3, 3}, "nothing here");
  CHECK(to_text(findings) == "error[E0200]: nothing here\n  --> a.yaml:2:1\n  |\n2 |\n  | ^\n");
}

TEST_CASE("a line of a megabyte is shown around its carets") {
  const Source source{"a.yaml", std::string(500'000, 'x') + "HERE" + std::string(500'000, 'y')};
  Findings findings;
  findings.error("E0200", span_of(source, "HERE"), "long");
  const std::string text = to_text(findings);
  CHECK(text.size() < 600);
  CHECK(text.find("a.yaml:1:500001\n") != std::string::npos);
  CHECK(text.find("1 | …" + std::string(60, 'x') + "HERE" + std::string(96, 'y') + "…\n") != std::string::npos);
  CHECK(text.find("\n  | " + std::string(61, ' ') + "^^^^\n") != std::string::npos);
}

TEST_CASE("each line of the help has its own sign, and a finding without a file is one line") {
  Findings findings;
  findings.error("E0150", {}, "there is no folder routes/", {}, "one\ntwo");
  CHECK(to_text(findings) == "error[E0150]: there is no folder routes/\n  = one\n  = two\n");
}

TEST_CASE("findings stand file by file from the top, errors and warnings together") {
  const Source first{"b.yaml", "one\ntwo\n"}, second{"a.yaml", "three\n"};
  Findings findings;
  CHECK(findings.empty());
  findings.warning("W0002", span_of(first, "two"), "second");
  CHECK_FALSE(findings.has_errors());
  findings.error("E0003", span_of(second, "three"), "third");
  findings.error("E0001", span_of(first, "one"), "first");
  CHECK(findings.has_errors());
  const std::string text = to_text(findings);
  CHECK(text.find("E0001") < text.find("W0002"));
  CHECK(text.find("W0002") < text.find("E0003"));
  CHECK(text.find("\n\nwarning[W0002]") != std::string::npos);
  CHECK(text.find("\n\n\n") == std::string::npos);
}

TEST_CASE("a program gets the findings as JSON") {
  const Source source{"routes/a.yaml", "ä: \"x\"\n"};
  Findings findings;
  findings.error("E0200", span_of(source, "\"x\""), "say \"y\"", "did you mean z?", "one\ntwo");
  rapidjson::Document json;
  json.Parse(to_json(findings).c_str());
  REQUIRE(json.IsArray());
  REQUIRE(json.Size() == 1);
  const auto& finding = json[0];
  CHECK(finding["code"] == "E0200");
  CHECK(finding["severity"] == "error");
  CHECK(finding["message"] == "say \"y\"");
  CHECK(finding["path"] == "routes/a.yaml");
  CHECK(finding["line"].GetInt() == 1);
  CHECK(finding["column"].GetInt() == 4);
  CHECK(finding["label"] == "did you mean z?");
  CHECK(finding["help"] == "one\ntwo");
  CHECK(to_json({}) == "[]");
}
