#include <catch2/catch.hpp>

#include "engine/config/node.h"

using namespace pons;

namespace {

/// One file, read; it must be without findings.
struct File {
  explicit File(std::string text) : source{"a.yaml", std::move(text)} {
    auto read = parse_yaml(source, findings);
    INFO(to_text(findings));
    REQUIRE(read);
    root = std::move(*read);
  }
  const Node& at(const char* key) const {
    const Node* found = root.find(key);
    REQUIRE(found);
    return *found;
  }

  Source source;
  Findings findings;
  Node root;
};

std::string place(const Span& span) {
  const Position at = span.position();
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string part_text(const Node& node, const std::string& piece) {
  const std::size_t begin = node.text.find(piece);
  REQUIRE(begin != std::string::npos);
  return std::string(node.part(begin, begin + piece.size()).text());
}

void check_parts_within(const Node& node) {
  for (std::size_t begin = 0; begin <= node.text.size(); ++begin) {
    for (std::size_t end = begin; end <= node.text.size(); ++end) {
      const Span part = node.part(begin, end);
      REQUIRE(part.begin >= node.span.begin);
      REQUIRE(part.begin <= part.end);
      REQUIRE(part.end <= node.span.end);
    }
  }
}

}  // namespace

TEST_CASE("a value's place is the value as written, without the comment behind it") {
  const File file("when: MSH-9.1 = ADT   # only these\n");
  CHECK(file.at("when").span.text() == "MSH-9.1 = ADT");
  CHECK(place(file.at("when").span) == "1:7");
  CHECK(file.root.key("when")->span.text() == "when");
  CHECK(part_text(file.at("when"), "ADT") == "ADT");
}

TEST_CASE("columns count characters, not bytes") {
  const File file("größe: Müller | upper\n");
  CHECK(place(file.at("größe").span) == "1:8");
  CHECK(place(file.at("größe").part(10, 15)) == "1:17");
  CHECK(file.at("größe").part(10, 15).text() == "upper");
}

TEST_CASE("a quoted value's place holds its quotes, its parts do not") {
  const File file("a: 'it''s # one'\nb: \"x\\\"y\\u00e4z\\tend\"\n");
  const Node& single = file.at("a");
  CHECK(single.text == "it's # one");
  CHECK(single.quoted);
  CHECK(single.span.text() == "'it''s # one'");
  CHECK(part_text(single, "'s") == "''s");
  CHECK(part_text(single, "one") == "one");
  const Node& twice = file.at("b");
  CHECK(twice.text == "x\"yäz\tend");
  CHECK(part_text(twice, "ä") == "\\u00e4");
  CHECK(part_text(twice, "end") == "end");
  CHECK(part_text(twice, "\"y") == "\\\"y");
}

TEST_CASE("a value over several lines has its parts in their lines") {
  const File file("when: MSH-9.1 = ORM   \n  and PID-3 = X\n\n  or OBR-4 # all\nnext: 1\n");
  const Node& when = file.at("when");
  CHECK(when.text == "MSH-9.1 = ORM and PID-3 = X\nor OBR-4");
  CHECK(place(when.part(when.text.find("PID"), when.text.size())) == "2:7");
  CHECK(part_text(when, "OBR-4") == "OBR-4");
  CHECK(place(when.part(when.text.find("OBR"), when.text.size())) == "4:6");
  CHECK(when.span.end == file.source.text.find(" # all"));
}

TEST_CASE("a quoted value over several lines has its parts in their lines") {
  const File file("a: \"one\n  two \\\n    three\\n four\"\nb: 'five\n\n  six'\n");
  CHECK(file.at("a").text == "one two three\n four");
  CHECK(place(file.at("a").part(4, 7)) == "2:3");
  CHECK(part_text(file.at("a"), "three") == "three");
  CHECK(part_text(file.at("a"), "four") == "four");
  CHECK(place(file.at("b").part(5, 8)) == "6:3");
}

TEST_CASE("a text block's parts are in the lines that they came from") {
  const File file("a: |\n  first line\n    deeper\n\n  last\nb: >-\n  folded\n  here\n\n  apart\nc: 1\n");
  const Node& block = file.at("a");
  CHECK(block.text == "first line\n  deeper\n\nlast\n");
  CHECK_FALSE(block.quoted);
  CHECK(part_text(block, "line") == "line");
  CHECK(part_text(block, "deeper") == "deeper");
  CHECK(place(block.part(block.text.find("last"), block.text.size())) == "5:3");
  const Node& folded = file.at("b");
  CHECK(folded.text == "folded here\napart");
  CHECK(place(folded.part(7, 11)) == "8:3");
  CHECK(part_text(folded, "apart") == "apart");
  CHECK(folded.span.end == file.source.text.find("\nc: 1"));
}

TEST_CASE("a text block with a given indentation ends where YAML ends it") {
  const File file("- a: |2\n      x\n     y\n  b: 1\n");
  const Node& block = *file.root.items[0].find("a");
  CHECK(block.text == "  x\n y\n");
  CHECK(part_text(block, "y") == "y");
  CHECK(block.span.text() == "|2\n      x\n     y");
}

TEST_CASE("no part of a value lies outside the value") {
  const File file(
      "a: one  two\n   three\nb: 'it''s\n   so '\nc: \"\\x41\\u20ac \\\n   \\U0001F600\n\n  z\"\n"
      "d: |+\n\n   x\n  \n\ne: >\n  x\n   y\n\n\nf: |\ng: ''\nh:\ni: >2\n   ü\n  ö\n");
  for (const auto& [key, value] : file.root.entries) {
    INFO(key.text);
    check_parts_within(value);
    check_parts_within(key);
  }
}

TEST_CASE("a byte-order mark and lines that end with CR LF move no place") {
  const File file("\xef\xbb\xbfmap: a\r\nfields:\r\n  PatientName: PID-5\r\nabout: one\r\n  two\r\n");
  CHECK(place(file.root.key("map")->span) == "1:1");
  CHECK(file.at("fields").find("PatientName")->span.text() == "PID-5");
  CHECK(file.at("about").text == "one two");
  CHECK(place(file.at("about").part(4, 7)) == "5:3");
  CHECK(file.at("about").span.end == file.source.text.size() - 2);
}

TEST_CASE("a list's and a map's place reaches from the first to the last of what they hold") {
  const File file("a: [ x, y ] # flow\nb:\n  - one\n  - two: 2\n    three: 3\nc: { d: e, }\nf: []\n");
  CHECK(file.at("a").span.text() == "[ x, y ]");
  CHECK(file.at("b").span.text() == "- one\n  - two: 2\n    three: 3");
  CHECK(file.at("b").items[1].span.text() == "two: 2\n    three: 3");
  CHECK(file.at("c").span.text() == "{ d: e, }");
  CHECK(file.at("f").span.text() == "[]");
}

TEST_CASE("a value that was not written stands behind its colon or its dash") {
  const File file("a:   # nothing\nb:\n  -\n  - x\n  -\n");
  CHECK(file.at("a").is_scalar());
  CHECK(file.at("a").text.empty());
  CHECK(place(file.at("a").span) == "1:3");
  CHECK(place(file.at("b").items[0].span) == "3:4");
  CHECK(place(file.at("b").items[2].span) == "5:4");
}

TEST_CASE("a span says its file and line, and nothing without a source") {
  const File file("a: 1\nb: 2\n");
  CHECK(file.at("b").span.where() == "a.yaml:2");
  CHECK(Span{}.where().empty());
  CHECK(Span{}.text().empty());
}
