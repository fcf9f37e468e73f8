#include <catch2/catch.hpp>

#include "engine/config/node.h"

using namespace pons;

namespace {

std::string codes(const std::string& text) {
  const Source source{"a.yaml", text};
  Findings findings;
  const auto node = parse_yaml(source, findings);
  CHECK(node.has_value() == findings.empty());
  std::string out;
  for (const Finding& finding : findings.all()) out += (out.empty() ? "" : " ") + finding.code;
  return out;
}

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string nested(std::size_t depth) {
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) out += std::string(i, ' ') + "a:\n";
  return out;
}

}  // namespace

TEST_CASE("codes are read as they are written, never as numbers, yes and no, or nothing") {
  const Source source{"a.yaml",
                      "NO: 001\nY: 1E5\n1.0: ~\nnull: true\nNull:\nNULL: null\nrow: [~, null, 'null', Null]\n"
                      "map: {null: NULL, ~: b}\nlast:\n"};
  Findings findings;
  const auto node = parse_yaml(source, findings);
  INFO(to_text(findings));
  REQUIRE(node);
  std::string read;
  for (const auto& [key, value] : node->entries) read += key.text + "=" + value.text + " ";
  CHECK(read == "NO=001 Y=1E5 1.0=~ null=true Null= NULL=null row= map= last= ");
  std::string row;
  for (const Node& item : node->find("row")->items) row += item.text + " ";
  CHECK(row == "~ null null Null ");
  CHECK(node->find("map")->find("null")->text == "NULL");
  CHECK(node->find("map")->find("~")->text == "b");
  CHECK(node->find("row")->items[1].span.text() == "null");
  CHECK(node->find("absent") == nullptr);
  CHECK(node->key("NO")->text == "NO");
}

TEST_CASE("64 levels are read, and the 65th is refused at its place") {
  CHECK(codes(nested(64)).empty());
  CHECK(codes(nested(65)) == "E0106");
}

TEST_CASE("a hundred thousand open brackets or dashes end in one finding") {
  CHECK(codes(repeat("[", 100'000)) == "E0106");
  CHECK(codes(repeat("{", 100'000)) == "E0106");
  CHECK(codes("a: " + repeat("[", 100'000)) == "E0106");
  CHECK(codes(repeat("- ", 100'000)) == "E0106");
  CHECK(codes(nested(1'000)) == "E0106");
}

TEST_CASE("more than 100,000 values or 1 MB are refused") {
  CHECK(codes("a:\n" + repeat("- b\n", 99'000)).empty());
  CHECK(codes("a:\n" + repeat("- b\n", 100'000)) == "E0106");
  CHECK(codes("a: " + std::string(1024 * 1024 - 3, 'x')).empty());
  CHECK(codes("a: " + std::string(1024 * 1024 - 2, 'x')) == "E0106");
}

TEST_CASE("a bomb of aliases goes off at no more than its first anchor") {
  CHECK(codes("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n") == "E0104");
}

TEST_CASE("a second document is refused, a marked first one is not") {
  CHECK(codes("---\nmap: a\n...\n").empty());
  CHECK(codes("map: a\n...\nmap: b\n") == "E0105");
  CHECK(codes("map: a\n---\n") == "E0105");
}

TEST_CASE("a tab indents nothing, and is welcome elsewhere") {
  CHECK(codes("a:\n\tb\n") == "E0102");
  CHECK(codes("\ta: 1\n") == "E0102");
  CHECK(codes("a: [x,\n\ty]\n") == "E0102");
  CHECK(codes("a:\t1\t# one\n").empty());
  CHECK(codes("a: |\n  b\tc\n").empty());
}

TEST_CASE("a comment behind a whole value is a comment") {
  CHECK(codes("a: text(\"CT\") # 3\nb: x#y\nc: '(' # 4\nd: \"(\" # 5\n").empty());
  CHECK(codes("a: text(\"CT # 3\")\n") == "E0108");
  CHECK(codes("a: (b # c\n") == "E0108");
  CHECK(codes("a: PID-3[5 = MR # c\n") == "E0108");
  CHECK(codes("{a: text(\"CT # 3\")}\n") == "E0108");
}

TEST_CASE("each duplicate of a file is told, up to twenty") {
  CHECK(codes("a: 1\na: 2\nb: {c: 1, 'c': 2}\n") == "E0103 E0103");
  Findings findings;
  const Source source{"a.yaml", repeat("a: 1\n", 1'000)};
  parse_yaml(source, findings);
  CHECK(findings.all().size() == 20);
}

TEST_CASE("the same key in two maps is no duplicate") {
  CHECK(codes("a: {x: 1}\nb: {x: 2}\n").empty());
  CHECK(codes("- x: 1\n- x: 2\n").empty());
}

TEST_CASE("one mistake gives one finding, though YAML stumbles again behind it") {
  CHECK(codes("x: !exists(A, B)\n") == "E0107");
  CHECK(codes("x: text(\"CT # 3\")\n  more: 1\n") == "E0108");
}

TEST_CASE("whatever begins with an exclamation mark is told to be a tag") {
  CHECK(codes("a: !\n") == "E0107");
  CHECK(codes("a: !!str 5\n") == "E0107");
  CHECK(codes("a: !x [b]\n") == "E0107");
  CHECK(codes("a: !x\n  b: 1\n") == "E0107");
  CHECK(codes("a: '!x'\nb: PID-3 != X\n").empty());
}

TEST_CASE("bytes that are no text are refused") {
  CHECK(codes(std::string("a: \xc0\xaf\n")) == "E0110");
  CHECK(codes(std::string("a\0:\0", 4)) == "E0110");
  CHECK(codes("a: b\rc: d\r") == "E0110");
  CHECK(codes("\xff\xfe") == "E0110");
}

TEST_CASE("an empty file is an empty value") {
  for (const char* text : {"", "# nothing yet\n", "---\n", "\xef\xbb\xbf"}) {
    const Source source{"a.yaml", text};
    Findings findings;
    const auto node = parse_yaml(source, findings);
    REQUIRE(node);
    CHECK(node->is_scalar());
    CHECK(node->text.empty());
  }
}

TEST_CASE("findings of an earlier file do not spoil the next one") {
  const Source bad{"bad.yaml", "a: 1\na: 2\n"}, good{"good.yaml", "a: 1\n"};
  Findings findings;
  CHECK_FALSE(parse_yaml(bad, findings));
  CHECK(parse_yaml(good, findings));
  CHECK(findings.all().size() == 1);
}
